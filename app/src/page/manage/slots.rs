//! The domains or the machines of a license on the customer's page, each with the actions that the seller
//! allows.

use domain::activation::Kind;
use domain::customer_release::ReleaseAllowance;
use domain::license::Standing;
use domain::locale::TextValue;
use domain::unicode::strip_deceptive;
use domain::view::{ActivationPage, ActivationRow, OwnLicenseView};
use domain::{ActivationId, LicenseId, OfflineResponse};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::params::ParamsMap;

use super::list::slots_text;
use crate::component::{Field, FormState, PostForm};
use crate::context::{self, PageTexts};
use crate::server_fn::customer_page::{CustomerPageParams, FreeOwnActivation, MoveOwnDomain};

/// The slots of one kind: how many are used, and the list if the page has it.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Slots(
    kind: Kind,
    license: OwnLicenseView,
    params: CustomerPageParams,
    /// The path of the license.
    base: String,
) -> impl IntoView {
    let texts = context::texts();
    let own = &license.license;
    let (name, used, limit, page, current) = match kind {
        Kind::Domain => {
            ("domains", own.domains_used, own.domain_limit, license.domains, params.activations.domains)
        }
        Kind::Machine => {
            ("machines", own.machines_used, own.machine_limit, license.machines, params.activations.machines)
        }
    };
    // A product without machines has no part about them.
    let is_shown = used > 0 || limit.slots() != Some(0);
    let may_move = kind == Kind::Domain && own.standing == Standing::Active;
    let id = own.id;
    let list = page.map(|ActivationPage { rows, more }| {
        let is_empty = rows.is_empty() && current.is_none();
        let rows: Vec<_> = rows.iter().map(|row| item(&texts, id, row, may_move)).collect();
        let older = more.map(|cursor| {
            let mut query = ParamsMap::new();
            query.insert(name, cursor);
            let href = format!("{base}{}#{name}", query.to_query_string());
            view! { <p class="older"><a class="button button-small" href=href>{texts.text("list-more")}</a></p> }
        });
        if is_empty {
            view! { <p class="muted">{texts.text(&format!("{name}-none"))}</p> }.into_any()
        } else {
            view! { <ul class="item-list">{rows}</ul> {older} }.into_any()
        }
    });
    is_shown.then(|| {
        view! {
            <section class="card" id=name>
                <div class="card-header">
                    <h2>{texts.text(&format!("{name}-title"))}</h2>
                    <span class="muted small">{slots_text(&texts, used, limit)}</span>
                </div>
                {list}
            </section>
        }
    })
}

fn item(texts: &PageTexts, license: LicenseId, row: &ActivationRow, may_move: bool) -> impl IntoView + use<> {
    let machine = row.machine.as_ref();
    let name = match machine {
        // A machine gives itself its name.
        Some(machine) => match strip_deceptive(&machine.hostname) {
            hostname if hostname.is_empty() => texts.text("machine-unnamed"),
            hostname => hostname.into_owned(),
        },
        None => row.unicode.clone().unwrap_or_else(|| row.subject.clone()),
    };
    let last = machine.map_or(row.last_verified_at, |machine| machine.last_synced_at);
    let on = |name: &str, at| {
        let date = texts.date(at);
        texts.format(name, &[("date", date.as_str().into())])
    };
    let seen = last.map_or_else(|| texts.text("seen-never"), |at| on("seen-last", at));
    let facts = format!("{} · {seen}", on("used-since", row.activated_at));
    let response = machine.and_then(|machine| machine.response);
    let allowance = response.map_or(ReleaseAllowance::Now, |response| response.allowance(context::now()));
    let offline = response.and_then(|response| match (response, allowance) {
        (OfflineResponse::OfSeller, _) => Some(texts.text("offline-seller")),
        (OfflineResponse::EndsAt(end), ReleaseAllowance::From(_)) if row.id.is_some() => {
            Some(on("offline-until-free", end))
        }
        (OfflineResponse::EndsAt(end), ReleaseAllowance::From(_)) => Some(on("offline-until", end)),
        (OfflineResponse::EndsAt(end), _) => {
            machine.is_some_and(|machine| machine.offline).then(|| on("offline-ended", end))
        }
    });
    let offline = offline.map(|text| view! { <span class="muted">{text}</span> });
    let effect = match machine {
        Some(_) => "free-machine-text",
        None if row.takes_slot => "free-domain-text",
        None => "free-development-text",
    };
    // Its slot stays while the machine works without the server.
    let free_id = row.id.filter(|_| allowance == ReleaseAllowance::Now);
    let actions = free_id.map(|id| {
        let mover = may_move.then(|| view! { <Move license id name=name.clone()/> });
        view! { <div class="row-actions">{mover} <Free license id name=name.clone() effect/></div> }
    });
    view! {
        <li>
            <div>
                <strong class="item-title text-break"><bdi>{name}</bdi></strong>
                <span class="muted">{facts}</span>
                {offline}
            </div>
            {actions}
        </li>
    }
}

/// Asks before it frees, because the software stops being licensed.
#[component]
fn Free(license: LicenseId, id: ActivationId, name: String, effect: &'static str) -> impl IntoView {
    let texts = context::texts();
    let named = |text: &str| texts.format(text, &[("name", TextValue::Name(&name))]);
    let (effect, button) = (named(effect), named("free-button"));
    let summary = texts.text("free-summary");
    view! {
        <details class="action" id=format!("free-{id}") name="action">
            <summary class="button button-small">{summary} <bdi class="visually-hidden">{name}</bdi></summary>
            <PostForm to=FreeOwnActivation::url() class="stack panel">
                <p class="text-break">{effect}</p>
                <input type="hidden" name="license" value=license.to_string()/>
                <input type="hidden" name="activation" value=id.to_string()/>
                <button class="button button-danger text-break">{button}</button>
            </PostForm>
        </details>
    }
}

/// Asks for the domain that takes the place. Only the row whose form was refused shows the fault.
#[component]
fn Move(license: LicenseId, id: ActivationId, name: String) -> impl IntoView {
    let texts = context::texts();
    let form = FormState::of::<MoveOwnDomain>();
    let is_rejected = form.was_rejected() && form.initial("activation", String::new()) == id.to_string();
    let form = if is_rejected { form } else { FormState::unsubmitted() };
    let hint = texts.format("move-hint", &[("name", TextValue::Name(&name))]);
    let (label, button, summary) =
        (texts.text("move-label"), texts.text("move-button"), texts.text("move-summary"));
    view! {
        <details class="action" id=format!("move-{id}") name="action" open=is_rejected>
            <summary class="button button-small">{summary} <bdi class="visually-hidden">{name}</bdi></summary>
            <PostForm to=MoveOwnDomain::url() class="stack panel" novalidate=true>
                <input type="hidden" name="license" value=license.to_string()/>
                <input type="hidden" name="activation" value=id.to_string()/>
                <Field form name="to" label=label hint=hint id=format!("to-{id}") required=true/>
                <button class="button button-primary">{button}</button>
            </PostForm>
        </details>
    }
}
