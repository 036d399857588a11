//! The frame of the customer's page: the seller's logo text and color, and the choice of the language.

use domain::brand::{Color, style_sheet, version};
use domain::view::SellerBrand;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{PageTitle, PostForm};
use crate::context;
use crate::paths::CUSTOMER_PAGE_PATH;
use crate::server_fn::customer_page::SetLanguage;

/// The frame. Without a seller, the page of all sellers.
#[component]
pub fn Frame(brand: Option<SellerBrand>, children: Children) -> impl IntoView {
    let texts = context::texts();
    let (title, unreachable) = (texts.text("page-title"), texts.text("error-unreachable"));
    let title = brand.as_ref().map_or_else(|| title.clone(), |brand| format!("{title} · {}", brand.name));
    let sheet = brand.as_ref().and_then(|brand| {
        let color = Color::parse(brand.color.as_deref()?).ok()?;
        // A release that changes the sheet changes its URL.
        let version = version(&style_sheet(Some(color)));
        let href = format!("{CUSTOMER_PAGE_PATH}/{}/brand.css?v={version}", brand.slug);
        Some(view! { <link rel="stylesheet" href=href/> })
    });
    let logo = brand.map(|brand| {
        let href = format!("{CUSTOMER_PAGE_PATH}/{}", brand.slug);
        view! { <a class="brand" href=href><bdi>{brand.logo}</bdi></a> }
    });
    view! {
        <PageTitle text=title/>
        {sheet}
        // For the script of pages.
        <div class="manage" data-unreachable=unreachable>
            <header class="manage-header">
                {logo}
                <Languages/>
            </header>
            <main id="main">{children()}</main>
        </div>
    }
}

/// The languages of this instance, as buttons, so that the page works without JavaScript.
#[component]
fn Languages() -> impl IntoView {
    let texts = context::texts();
    let current = texts.language();
    let languages = context::languages();
    (languages.len() > 1).then(|| {
        let buttons: Vec<_> = languages
            .into_iter()
            .map(|(language, name)| {
                let pressed = if language == current { "true" } else { "false" };
                view! {
                    <button name="language" value=language.clone() lang=language class="theme-option"
                        aria-pressed=pressed>{name}</button>
                }
            })
            .collect();
        view! {
            <PostForm to=SetLanguage::url() class="theme-switch">
                <fieldset>
                    <legend>{texts.text("language-label")}</legend>
                    {buttons}
                </fieldset>
            </PostForm>
        }
    })
}
