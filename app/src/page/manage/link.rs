//! The page that the link of a mail leads to. A button opens the licenses, because mail scanners open links.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::frame::Frame;
use super::message::{Failure, NotLoaded};
use super::start::UnknownSeller;
use crate::component::{FormState, PostForm};
use crate::context;
use crate::paths::CUSTOMER_PAGE_PATH;
use crate::server_fn::customer_page::{CustomerLinkPage, OpenCustomerLink, customer_link};

/// The page.
#[component]
pub fn CustomerLink() -> impl IntoView {
    let params = use_params_map();
    let param = move |name: &str| params.read_untracked().get(name).unwrap_or_default();
    let (seller, token) = (param("seller"), param("token"));
    let asked = (seller, token.clone());
    let page = Resource::new(
        move || asked.clone(),
        |(seller, token)| async move { customer_link(seller, token).await },
    );
    view! {
        <Suspense>
            {move || {
                let token = token.clone();
                Suspend::new(async move {
                    match page.await {
                        Ok(page) => view! { <Link page token/> }.into_any(),
                        Err(error) if error.code == "not_found" => view! { <UnknownSeller/> }.into_any(),
                        Err(error) => view! { <Frame brand=None><NotLoaded error/></Frame> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Link(page: CustomerLinkPage, token: String) -> impl IntoView {
    let texts = context::texts();
    let form = FormState::of::<OpenCustomerLink>();
    let CustomerLinkPage { brand, is_valid } = page;
    let seller = brand.slug.clone();
    let content = if is_valid {
        view! {
            <h1>{texts.text("link-title")}</h1>
            <p>{texts.text("link-text")}</p>
            <PostForm to=OpenCustomerLink::url() class="stack">
                <Failure form/>
                <input type="hidden" name="seller" value=seller/>
                <input type="hidden" name="token" value=token/>
                <button class="button button-primary">{texts.text("link-button")}</button>
            </PostForm>
        }
        .into_any()
    } else {
        view! {
            <h1>{texts.text("link-invalid-title")}</h1>
            <p>{texts.text("link-invalid-text")}</p>
            <a class="button button-primary" href=format!("{CUSTOMER_PAGE_PATH}/{seller}")>{texts.text("link-again")}</a>
        }
        .into_any()
    };
    view! { <Frame brand=Some(brand)>{content}</Frame> }
}
