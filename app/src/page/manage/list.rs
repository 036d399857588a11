//! The licenses of a customer.

use domain::license::{Limit, Standing};
use domain::view::{OwnLicense, OwnLicenses, SellerBrand};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::PostForm;
use crate::context::{self, PageTexts};
use crate::paths::CUSTOMER_PAGE_PATH;
use crate::server_fn::customer_page::CloseCustomerPage;

/// The list.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn LicenseList(brand: SellerBrand, list: OwnLicenses) -> impl IntoView {
    let texts = context::texts();
    let OwnLicenses { email, licenses, older } = list;
    let path = format!("{CUSTOMER_PAGE_PATH}/{}", brand.slug);
    let items: Vec<_> = licenses.into_iter().map(|license| item(&texts, &path, license)).collect();
    let items = if items.is_empty() {
        view! { <p class="muted">{texts.text("licenses-none")}</p> }.into_any()
    } else {
        view! { <section class="card"><ul class="item-list">{items}</ul></section> }.into_any()
    };
    let older = older.map(|id| {
        view! { <p><a class="button" href=format!("{path}?before={id}")>{texts.text("licenses-more")}</a></p> }
    });
    let open_as = texts.format("open-as-mail", &[("email", email.as_str().into())]);
    view! {
        <h1>{texts.text("licenses-title")}</h1>
        {items}
        {older}
        <Close open_as/>
    }
}

fn item(texts: &PageTexts, path: &str, license: OwnLicense) -> impl IntoView + use<> {
    let href = format!("{path}/licenses/{}", license.id);
    let sentence = standing_sentence(texts, &license);
    let slots = [
        ("domains-title", license.domains_used, license.domain_limit),
        ("machines-title", license.machines_used, license.machine_limit),
    ];
    let slots: Vec<String> = slots
        .into_iter()
        .filter(|(_, used, limit)| *used > 0 || limit.slots() != Some(0))
        .map(|(title, used, limit)| format!("{}: {}", texts.text(title), slots_text(texts, used, limit)))
        .collect();
    view! {
        <li>
            <div>
                <a class="item-title" href=href><bdi>{license.product}</bdi></a> " "
                <StandingWord standing=license.standing/>
                <p class="muted">{sentence}</p>
                <p class="muted">{slots.join(" · ")}</p>
            </div>
        </li>
    }
}

/// The standing in a word, with the mark of the dashboard.
#[component]
pub fn StandingWord(standing: Standing) -> impl IntoView {
    let word = context::texts().text(&format!("standing-{standing}"));
    view! { <span class=format!("standing {standing}")>{word}</span> }
}

/// The standing in a sentence for customers. The seller's reasons are not for them.
pub fn standing_sentence(texts: &PageTexts, license: &OwnLicense) -> String {
    let date = license.expires_at.map(|at| texts.date(at)).unwrap_or_default();
    let dated = |name| texts.format(name, &[("date", date.as_str().into())]);
    match license.standing {
        Standing::Active if license.expires_at.is_none() => texts.text("standing-active-text"),
        Standing::Active => dated("standing-active-until"),
        Standing::Expired => dated("standing-expired-text"),
        Standing::Suspended => texts.text("standing-suspended-text"),
        Standing::Revoked => texts.text("standing-revoked-text"),
    }
}

/// The used slots of a limit, in words.
pub fn slots_text(texts: &PageTexts, used: u32, limit: Limit) -> String {
    match limit.slots() {
        Some(slots) => texts.format("slots-used", &[("used", used.into()), ("limit", slots.into())]),
        None => texts.format("slots-unlimited", &[("used", used.into())]),
    }
}

/// The proof by which the page is open, and the button that closes it.
#[component]
pub fn Close(open_as: String) -> impl IntoView {
    let button = context::texts().text("leave-button");
    view! {
        <div class="manage-end">
            <p class="muted small text-break">{open_as}</p>
            <PostForm to=CloseCustomerPage::url() class="">
                <button class="button button-small">{button}</button>
            </PostForm>
        </div>
    }
}
