//! Settings of the customer's page: its address, and the seller's name, logo text and color on it.

use domain::brand::{Color, accents};
use domain::view::CustomerPageSettings as Settings;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Card, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm, Saved, StoredFields, StoredValues,
};
use crate::island::CopyButton;
use crate::server_fn::customer_page_settings::{
    ChangeCustomerPage, CustomerPageSettingsPage, own_customer_page,
};

/// The page.
#[component]
pub fn CustomerPageSettings() -> impl IntoView {
    let page = Resource::new(|| (), |()| own_customer_page());
    view! {
        <PageTitle text="Customers’ page"/>
        <h1>"Customers’ page"</h1>
        <Suspense>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Parts(page: CustomerPageSettingsPage) -> impl IntoView {
    let CustomerPageSettingsPage { settings, url, sends_mail } = page;
    let way = if sends_mail {
        "Customers open it with a license key, or with a link that they get at their e-mail address."
    } else {
        "Customers open it with a license key. Links by mail need a mail server, which whoever runs this server can set up."
    };
    view! {
        <Card title="Address">
            <p>"Give this address to your customers, such as in the mail of a purchase."</p>
            <p class="text-break">
                <a href=url.clone() rel="external">{url.clone()}</a> " " <CopyButton text=url/>
            </p>
            <p class="muted">{way} " With a link they see standing, domains and machines of their licenses. With a key they see domains and machines only if they may free."</p>
            <p class="muted">"Whether they may free or move a domain or a machine is a rule of each product, in its tab “Customers”."</p>
        </Card>
        <Look settings/>
    }
}

#[component]
fn Look(settings: Settings) -> impl IntoView {
    let Settings { slug: _, account, name, logo, color } = settings;
    let (name, logo, color) = (name.unwrap_or_default(), logo.unwrap_or_default(), color.unwrap_or_default());
    let stored: StoredFields = vec![("name", name.clone()), ("logo", logo.clone()), ("color", color.clone())];
    let form = FormState::of::<ChangeCustomerPage>().with_stored(&stored);
    let name_hint = format!("As your customers know you. Empty: {account}.");
    let swatches = Color::parse(&color).ok().map(|color| view! { <Swatches color/> });
    view! {
        <Card title="Look">
            <PostForm to=ChangeCustomerPage::url() novalidate=true>
                <FormMessage form/>
                <StoredValues form stored/>
                <Field form name="name" label="Name" value=name hint=name_hint/>
                <Field form name="logo" label="Logo text" value=logo
                    hint="At the top of the page. Empty: the name."/>
                <Field form name="color" label="Color" value=color
                    hint="Of buttons and links, such as #1f5f56. It is darkened or lightened until texts are readable. Empty: the color of this server."/>
                {swatches}
                <Saved form/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </Card>
    }
}

/// The stored color as the page shows it in both themes. The color is an attribute of a drawing, because the
/// content security policy forbids styles of elements.
#[component]
fn Swatches(color: Color) -> impl IntoView {
    let [light, dark] = accents(color);
    let swatch = |label: &'static str, color: Color| {
        let color = color.to_string();
        view! {
            <span class="row">
                <svg width="20" height="20" aria-hidden="true"><rect width="20" height="20" rx="4" fill=color.clone()></rect></svg>
                <span>{label} " " <code>{color}</code></span>
            </span>
        }
    };
    view! { <div class="row">{swatch("Light theme:", light.color)} {swatch("Dark theme:", dark.color)}</div> }
}
