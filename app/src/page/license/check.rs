//! The check of a license: the answers of both APIs for a domain or machine of a mail, in words, with
//! the remedies as buttons.

use domain::LicenseId;
use domain::activation::Kind;
use domain::license::Standing;
use domain::refusal::RefusalReason;
use domain::view::{AppAnswer, LicenseView, MovableDomain};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::actions::Id;
use crate::component::{Field, FormMessage, FormState, PostForm};
use crate::server_fn::license::ReinstateLicense;
use crate::server_fn::license_page::{AllowDomain, CheckLicense, MoveDomain};

/// The form, and the answer if there is one.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Check(license: LicenseView, answer: Option<AppAnswer>, may_write: bool) -> impl IntoView {
    let form = FormState::of::<CheckLicense>();
    let subject = answer.as_ref().map(|answer| answer.subject.clone()).unwrap_or_default();
    let answer = answer.map(|answer| view! { <Answer license=license.clone() answer may_write/> });
    view! {
        <section class="card" id="check">
            <h2>"What would an app be told?"</h2>
            <PostForm to=CheckLicense::url() class="check-form" novalidate=true autocomplete="off">
                <FormMessage form/>
                <Id id=license.id/>
                <Field form name="subject" label="URL, domain or machine, as the mail says it" value=subject/>
                <button class="button">"Check"</button>
            </PostForm>
            <FormMessage form={FormState::of::<AllowDomain>()}/>
            {answer}
        </section>
    }
}

#[component]
fn Answer(license: LicenseView, answer: AppAnswer, may_write: bool) -> impl IntoView {
    let (tone, code) = match (answer.verification, answer.activation) {
        (None, None) if answer.is_active || answer.kind == Kind::Machine => ("good", "valid"),
        (_, Some(reason)) if !answer.is_active => ("bad", api_code(answer.kind, reason)),
        (Some(reason), _) => ("bad", api_code(answer.kind, reason)),
        _ => ("bad", "invalid_domain"),
    };
    let text = explain(&license, &answer);
    view! {
        <div class="check-answer" role="status">
            <p>
                <code class=format!("answer answer-{tone}")>{code}</code> " " <bdi class="subject">{answer.subject.clone()}</bdi>
                " " {text}
            </p>
            {may_write.then(|| view! { <Remedies license answer/> })}
        </div>
    }
}

/// Returns the word that the API gives.
fn api_code(kind: Kind, reason: RefusalReason) -> &'static str {
    match (kind, reason) {
        (Kind::Domain, RefusalReason::LimitReached) => "domain_limit_reached",
        (Kind::Machine, RefusalReason::LimitReached) => "ACTIVATION_LIMIT_REACHED",
        (_, reason) => reason.as_str(),
    }
}

/// Explains the answer in a sentence.
fn explain(license: &LicenseView, answer: &AppAnswer) -> String {
    let taken = match answer.kind {
        Kind::Domain => format!("{} of {} domains are taken", license.domains_used, license.domain_limit),
        Kind::Machine => format!("{} of {} machines are taken", license.machines_used, license.machine_limit),
    };
    match (license.standing, answer.kind, answer.is_active) {
        (Standing::Revoked, ..) => "is refused, because the license is revoked.".to_owned(),
        (Standing::Suspended, Kind::Domain, _) => "is refused, because the license is suspended.".to_owned(),
        (Standing::Expired, Kind::Domain, _) => "is refused, because the license has expired.".to_owned(),
        (Standing::Suspended, Kind::Machine, true) => {
            "gets a token that says that the license is suspended.".to_owned()
        }
        (Standing::Expired, Kind::Machine, true) => {
            "gets a token that says that the license has expired.".to_owned()
        }
        (Standing::Active, Kind::Domain, true) => "is active here: verifications succeed.".to_owned(),
        (Standing::Active, Kind::Machine, true) => "is active here and gets its token.".to_owned(),
        (_, kind, false) => {
            let verify =
                if kind == Kind::Domain { " Until then, verifications get invalid_domain." } else { "" };
            match answer.activation {
                Some(_) => format!("is not active here, and {taken}. An activation is refused."),
                None if answer.is_free => {
                    format!("is a development host: its activation takes no slot.{verify}")
                }
                None => format!("is not active here. {taken}, so the app can activate it.{verify}"),
            }
        }
    }
}

/// The actions that let the app in.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Remedies(license: LicenseView, answer: AppAnswer) -> impl IntoView {
    let id = license.id;
    match license.standing {
        Standing::Revoked => return ().into_any(),
        Standing::Suspended => {
            return view! {
                <PostForm to=ReinstateLicense::url() class="remedies">
                    <Id id/>
                    <button class="button button-small">"Reinstate the license"</button>
                </PostForm>
            }
            .into_any();
        }
        Standing::Expired => {
            return view! { <p class="remedies"><a class="button button-small" href="#terms">"Renew the license"</a></p> }
                .into_any();
        }
        Standing::Active if answer.is_active => return ().into_any(),
        Standing::Active => {}
    }
    if answer.kind == Kind::Machine {
        return answer
            .activation
            .map(|_| view! { <p class="remedies"><a class="button button-small" href="#terms">"Raise the machine limit"</a></p> })
            .into_any();
    }
    let domain = answer.subject;
    let allow = match (answer.activation, license.domain_limit.slots()) {
        (Some(RefusalReason::LimitReached), Some(_)) => {
            format!("Allow it as domain {}", license.domains_used.saturating_add(1))
        }
        _ => "Activate it now".to_owned(),
    };
    view! {
        <div class="remedies">
            {answer.movable.map(|movable| view! { <MoveHere id movable to=domain.clone()/> })}
            <Allow id domain label=allow/>
            <a class="button button-small" href=format!("/products/{}", license.product_id)>"Make it a development host"</a>
        </div>
    }
    .into_any()
}

#[component]
fn MoveHere(id: LicenseId, movable: MovableDomain, to: String) -> impl IntoView {
    view! {
        <PostForm to=MoveDomain::url() class="">
            <input type="hidden" name="license" value=id.to_string()/>
            <input type="hidden" name="activation" value=movable.id.to_string()/>
            <input type="hidden" name="to" value=to/>
            <button class="button button-small">"Move " <bdi>{movable.domain}</bdi> " here"</button>
        </PostForm>
    }
}

/// The button that activates a domain.
#[component]
pub fn Allow(id: LicenseId, domain: String, #[prop(into)] label: String) -> impl IntoView {
    let name = format!("{label}: {domain}");
    view! {
        <PostForm to=AllowDomain::url() class="">
            <Id id/>
            <input type="hidden" name="domain" value=domain/>
            <button class="button button-small" aria-label=name>{label}</button>
        </PostForm>
    }
}
