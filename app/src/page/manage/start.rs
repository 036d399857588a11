//! The forms that open the customer's page, and the page that belongs to no seller: it asks for the key
//! alone.

use domain::view::SellerBrand;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::frame::Frame;
use super::message::Failure;
use crate::component::{Field, FormState, PostForm};
use crate::context;
use crate::server_fn::customer_page::{OpenCustomerPage, RequestCustomerLink};

/// The page without a seller. The key finds its seller.
#[component]
pub fn StartCustomerPage() -> impl IntoView {
    // A refused key is in its form again.
    context::mark_secret();
    let texts = context::texts();
    view! {
        <Frame brand=None>
            <h1>{texts.text("page-title")}</h1>
            <p>{texts.text("start-text")}</p>
            <KeyForm seller=None/>
        </Frame>
    }
}

/// The page of an unknown path below the customer's page, with status 404.
#[component]
pub fn NoCustomerPage() -> impl IntoView {
    context::not_found();
    // A refused key is in its form again.
    context::mark_secret();
    view! { <UnknownSeller/> }
}

/// The page of an unknown seller.
#[component]
pub fn UnknownSeller() -> impl IntoView {
    let texts = context::texts();
    view! {
        <Frame brand=None>
            <h1>{texts.text("seller-unknown-title")}</h1>
            <p>{texts.text("seller-unknown-text")}</p>
            <KeyForm seller=None/>
        </Frame>
    }
}

/// The forms of a seller's page: by key, and by mail if this server sends mail.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Forms(brand: SellerBrand, sends_mail: bool) -> impl IntoView {
    let texts = context::texts();
    let mail = sends_mail.then(|| view! { <MailForm seller=brand.slug.clone()/> });
    view! {
        <h1>{texts.text("page-title")}</h1>
        <p>{texts.text("start-text")}</p>
        {mail}
        <KeyForm seller=Some(brand.slug)/>
    }
}

/// Asks for the key, which is posted, so that it gets into no address.
#[component]
fn KeyForm(seller: Option<String>) -> impl IntoView {
    let texts = context::texts();
    let form = FormState::of::<OpenCustomerPage>();
    let seller = seller.map(|seller| view! { <input type="hidden" name="seller" value=seller/> });
    view! {
        <section class="card">
            <h2>{texts.text("key-title")}</h2>
            <PostForm to=OpenCustomerPage::url() class="stack" autocomplete="off">
                <Failure form/>
                {seller}
                <Field form name="license_key" label=texts.text("key-label") hint=texts.text("key-hint") required=true/>
                <button class="button button-primary">{texts.text("key-button")}</button>
            </PostForm>
        </section>
    }
}

/// Asks for the address that gets a link.
#[component]
fn MailForm(seller: String) -> impl IntoView {
    let texts = context::texts();
    let form = FormState::of::<RequestCustomerLink>();
    let sent = form.has_succeeded().then(|| {
        view! {
            <div class="alert alert-success" role="status">
                <p><strong>{texts.text("mail-sent-title")}</strong></p>
                <p>{texts.text("mail-sent-text")}</p>
            </div>
        }
    });
    view! {
        <section class="card">
            <h2>{texts.text("mail-title")}</h2>
            {sent}
            <PostForm to=RequestCustomerLink::url() class="stack">
                <Failure form/>
                <input type="hidden" name="seller" value=seller/>
                <Field form name="email" label=texts.text("mail-label") kind="email" hint=texts.text("mail-hint")
                    required=true autocomplete="email"/>
                <button class="button button-primary">{texts.text("mail-button")}</button>
            </PostForm>
        </section>
    }
}
