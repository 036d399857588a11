//! A license on the customer's page: its standing, the rule of releases, and its domains and machines.

use domain::activation::Kind;
use domain::customer_release::{CustomerRelease, ReleaseAllowance};
use domain::view::{OwnLicenseView, SellerBrand};
use leptos::prelude::*;

use super::list::{Close, StandingWord, standing_sentence};
use super::message::Failure;
use super::offline::{OfflineForm, OfflineResponseText};
use super::slots::Slots;
use crate::component::FormState;
use crate::context::{self, PageTexts};
use crate::paths::CUSTOMER_PAGE_PATH;
use crate::server_fn::customer_page::{CustomerPageParams, FreeOwnActivation, MoveOwnDomain};

/// The license.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn LicensePart(
    brand: SellerBrand,
    license: OwnLicenseView,
    /// Whether the page has a list of licenses.
    has_list: bool,
    /// The offline response that was just made.
    response: Option<String>,
    params: CustomerPageParams,
) -> impl IntoView {
    let texts = context::texts();
    let path = format!("{CUSTOMER_PAGE_PATH}/{}", brand.slug);
    let back = has_list.then(|| {
        view! { <p class="breadcrumb"><a href=path.clone()>{texts.text("license-back")}</a></p> }
    });
    let key = license.last_four.as_deref().map(|end| {
        let text = texts.format("license-key", &[("end", end.into())]);
        view! { <p class="muted">{text}</p> }
    });
    // The page says above that nothing can be freed.
    let rule = (!brand.are_apps_stopped).then(|| {
        let text = rule_text(&texts, license.rule, license.allowance);
        view! { <p>{text}</p> }
    });
    let offline = (!brand.are_apps_stopped).then(|| view! { <OfflineForm license=license.clone()/> });
    let response = response.map(|response| view! { <OfflineResponseText response/> });
    let hidden = license.domains.is_none().then(|| {
        let by_link = context::sends_mail() && license.has_address;
        let text = texts.text(if by_link { "list-hidden" } else { "list-hidden-ask" });
        view! { <p class="muted">{text}</p> }
    });
    let base = if has_list { format!("{path}/licenses/{}", license.license.id) } else { path };
    view! {
        {back}
        <h1><bdi>{license.license.product.clone()}</bdi></h1>
        <Done/>
        {response}
        <p><StandingWord standing=license.license.standing/> " " {standing_sentence(&texts, &license.license)}</p>
        {key}
        <Slots kind=Kind::Domain license=license.clone() params=params.clone() base=base.clone()/>
        <Slots kind=Kind::Machine license=license.clone() params base/>
        {offline}
        {hidden}
        {rule}
        {(!has_list).then(|| view! { <Close open_as=texts.text("open-as-key")/> })}
    }
}

/// The outcome of the last form.
#[component]
fn Done() -> impl IntoView {
    let texts = context::texts();
    let (free, mover) = (FormState::of::<FreeOwnActivation>(), FormState::of::<MoveOwnDomain>());
    let done = [(free, "freed"), (mover, "moved")].into_iter().find(|(form, _)| form.has_succeeded());
    let done = done.map(|(_, text)| {
        view! { <p class="alert alert-success" role="status">{texts.text(text)}</p> }
    });
    // A fault of the field is beside it.
    let has_fault = mover.error_for("to").is_some();
    let failed = (!has_fault).then(|| view! { <Failure form=mover/> });
    view! { {done} <Failure form=free/> {failed} }
}

fn rule_text(texts: &PageTexts, rule: CustomerRelease, allowance: ReleaseAllowance) -> String {
    match (rule, allowance) {
        (CustomerRelease::Never, _) | (_, ReleaseAllowance::Never) => texts.text("rule-never"),
        (_, ReleaseAllowance::From(at)) => {
            let date = texts.date_and_time(at);
            texts.format("rule-from", &[("date", date.as_str().into())])
        }
        (CustomerRelease::Always, _) => texts.text("rule-always"),
        (CustomerRelease::OnceInDays(days), _) => {
            texts.format("rule-once", &[("days", u32::from(days).into())])
        }
    }
}
