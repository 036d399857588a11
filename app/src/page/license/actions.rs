//! Actions that a license's standing allows. Each panel opens in place and works without JavaScript.
//! Irreversible actions describe their effect first.

use domain::LicenseId;
use domain::license::{Limit, Standing};
use domain::view::LicenseView;
use leptos::form::ActionForm;
use leptos::html::Details;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::license_actions::LicenseActions;
use crate::component::{Field, FormMessage, FormState, Select};
use crate::context;

/// The buttons of the allowed actions.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Actions(license: LicenseView, actions: LicenseActions) -> impl IntoView {
    let id = license.id;
    let domains = license.domains_used + license.machines_used;
    let switch = match license.standing {
        Standing::Revoked => ().into_any(),
        Standing::Suspended => view! { <Reinstate id actions/> }.into_any(),
        Standing::Active | Standing::Expired => view! { <Suspend id actions/> }.into_any(),
    };
    let editable = license.standing != Standing::Revoked;
    let change = editable.then(|| {
        view! {
            <ChangeLimits id actions domains=license.domain_limit machines=license.machine_limit/>
            <Renew id actions never=license.expires_at.is_none() token=license.form_token.clone()/>
            <Revoke id actions in_use=domains/>
        }
    });
    let offline = editable.then(|| {
        view! { <a class="button" href=format!("/licenses/{id}/offline")>"Offline activation…"</a> }
    });
    view! { <div class="actions">{switch} {change} {offline}</div> }
}

/// Returns the reference of a panel that closes when `action` succeeds.
fn close_on_success<S>(action: ServerAction<S>) -> NodeRef<Details>
where
    S: ServerFn + Send + Sync + Clone + 'static,
    S::Output: Send + Sync + 'static,
    S::Error: Send + Sync + 'static,
{
    let panel = NodeRef::<Details>::new();
    Effect::new(move |_| {
        if matches!(action.value().read().as_ref(), Some(Ok(_)))
            && let Some(panel) = panel.get_untracked()
        {
            panel.set_open(false);
            // The typed values are saved, so the fields show the server's values again.
            context::reset_form(&panel);
        }
    });
    panel
}

#[component]
fn Id(id: LicenseId) -> impl IntoView {
    view! { <input type="hidden" name="id" value=id.to_string()/> }
}

/// The limit when the form was rendered, as a hidden field. No limit is sent as a word, because the server
/// receives empty values as missing.
#[component]
fn PreviousValue(form: FormState, name: &'static str, limit: Limit) -> impl IntoView {
    view! { <input type="hidden" name=name value=form.initial(name, limit.to_string())/> }
}

#[component]
fn Suspend(id: LicenseId, actions: LicenseActions) -> impl IntoView {
    let form = FormState::from_action(actions.suspend);
    view! {
        <details class="action" name="action" open=form.was_rejected() node_ref=close_on_success(actions.suspend)>
            <summary class="button">"Suspend…"</summary>
            <ActionForm action=actions.suspend attr:class="stack panel">
                <FormMessage form/>
                <p>"Its domains stop verifying at once, until it is reinstated."</p>
                <Id id/>
                <Field form name="reason" label="Reason (optional)" id="suspend-reason"/>
                <button class="button button-primary" disabled=move || actions.suspend.pending().get()>"Suspend"</button>
            </ActionForm>
        </details>
    }
}

#[component]
fn Reinstate(id: LicenseId, actions: LicenseActions) -> impl IntoView {
    view! {
        <ActionForm action=actions.reinstate attr:class="action">
            <Id id/>
            <button class="button button-primary" disabled=move || actions.reinstate.pending().get()>"Reinstate"</button>
        </ActionForm>
    }
}

#[component]
fn ChangeLimits(id: LicenseId, actions: LicenseActions, domains: Limit, machines: Limit) -> impl IntoView {
    let form = FormState::from_action(actions.change_limit);
    let text = |limit: Limit| limit.slots().map(|n| n.to_string()).unwrap_or_default();
    view! {
        <details class="action" name="action" open=form.was_rejected() node_ref=close_on_success(actions.change_limit)>
            <summary class="button">"Change limits…"</summary>
            <ActionForm action=actions.change_limit attr:class="stack panel" attr:novalidate=true>
                <FormMessage form/>
                <Id id/>
                <PreviousValue form name="domain_limit_was" limit=domains/>
                <PreviousValue form name="machine_limit_was" limit=machines/>
                <Field form name="domain_limit" label="Domains" kind="number" value=text(domains)
                    hint="Empty for unlimited. Below what is in use, active domains stay and new ones are refused."/>
                <Field form name="machine_limit" label="Machines" kind="number" value=text(machines)
                    hint="Empty for unlimited."/>
                <button class="button button-primary" disabled=move || actions.change_limit.pending().get()>"Change"</button>
            </ActionForm>
        </details>
    }
}

#[component]
fn Renew(id: LicenseId, actions: LicenseActions, never: bool, token: String) -> impl IntoView {
    let form = FormState::from_action(actions.renew);
    let options = [
        ("P1Y", "Extend by a year"),
        ("P1M", "Extend by a month"),
        ("P30D", "Extend by 30 days"),
        ("P7D", "Extend by 7 days"),
        ("date", "Until the date below"),
        ("never", "Never expires"),
    ]
    .into_iter()
    // A license without an expiry can only be given a date.
    .filter(|(value, _)| !never || *value == "date")
    .map(|(value, label)| (value.to_owned(), label.to_owned()))
    .collect();
    view! {
        <details class="action" name="action" open=form.was_rejected() node_ref=close_on_success(actions.renew)>
            <summary class="button">"Renew…"</summary>
            <ActionForm action=actions.renew attr:class="stack panel" attr:novalidate=true>
                <FormMessage form/>
                <Id id/>
                <input type="hidden" name="form_token" value=token/>
                <Select form name="expiry" label="New expiry" options=options/>
                <Field form name="expires_at" label="Date" kind="date" hint="To the end of that day, UTC."/>
                <button class="button button-primary" disabled=move || actions.renew.pending().get()>"Renew"</button>
            </ActionForm>
        </details>
    }
}

#[component]
fn Revoke(id: LicenseId, actions: LicenseActions, in_use: u32) -> impl IntoView {
    let form = FormState::from_action(actions.revoke);
    let stops = match in_use {
        0 => "Nothing is active on it. ".to_owned(),
        1 => "1 activation stops verifying at once. ".to_owned(),
        n => format!("{n} activations stop verifying at once. "),
    };
    view! {
        <details class="action" name="action" open=form.was_rejected() node_ref=close_on_success(actions.revoke)>
            <summary class="button button-danger">"Revoke…"</summary>
            <ActionForm action=actions.revoke attr:class="stack panel">
                <FormMessage form/>
                <p>{stops} <strong>"This can’t be undone."</strong></p>
                <Id id/>
                <Field form name="reason" label="Reason (optional)" id="revoke-reason"/>
                <button class="button button-danger" disabled=move || actions.revoke.pending().get()>"Revoke for good"</button>
            </ActionForm>
        </details>
    }
}
