//! Actions that a license's standing allows. Each panel opens in place and works without JavaScript.
//! Irreversible actions describe their effect first.

use domain::LicenseId;
use domain::license::{Limit, Standing};
use domain::view::LicenseView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Field, FormMessage, FormState, PostForm, Select};
use crate::server_fn::license::{ChangeLimit, ReinstateLicense, RenewLicense, RevokeLicense, SuspendLicense};

/// The buttons of the allowed actions.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Actions(license: LicenseView) -> impl IntoView {
    let id = license.id;
    let domains = license.domains_used + license.machines_used;
    let switch = match license.standing {
        Standing::Revoked => ().into_any(),
        Standing::Suspended => view! { <Reinstate id/> }.into_any(),
        Standing::Active | Standing::Expired => view! { <Suspend id/> }.into_any(),
    };
    let editable = license.standing != Standing::Revoked;
    let change = editable.then(|| {
        view! {
            <ChangeLimits id domains=license.domain_limit machines=license.machine_limit/>
            <Renew id never=license.expires_at.is_none() token=license.form_token.clone()/>
            <Revoke id in_use=domains/>
        }
    });
    let offline = editable.then(|| {
        view! { <a class="button" href=format!("/licenses/{id}/offline")>"Offline activation…"</a> }
    });
    view! { <div class="actions">{switch} {change} {offline}</div> }
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
fn Suspend(id: LicenseId) -> impl IntoView {
    let form = FormState::of::<SuspendLicense>();
    view! {
        <details class="action" id="suspend" name="action" open=form.was_rejected()>
            <summary class="button">"Suspend…"</summary>
            <PostForm to=SuspendLicense::url() class="stack panel">
                <FormMessage form/>
                <p>"Its domains stop verifying at once, until it is reinstated."</p>
                <Id id/>
                <Field form name="reason" label="Reason (optional)" id="suspend-reason"/>
                <button class="button button-primary">"Suspend"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Reinstate(id: LicenseId) -> impl IntoView {
    view! {
        <PostForm to=ReinstateLicense::url() class="action">
            <Id id/>
            <button class="button button-primary">"Reinstate"</button>
        </PostForm>
    }
}

#[component]
fn ChangeLimits(id: LicenseId, domains: Limit, machines: Limit) -> impl IntoView {
    let form = FormState::of::<ChangeLimit>();
    let text = |limit: Limit| limit.slots().map(|n| n.to_string()).unwrap_or_default();
    view! {
        <details class="action" id="change-limit" name="action" open=form.was_rejected()>
            <summary class="button">"Change limits…"</summary>
            <PostForm to=ChangeLimit::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id/>
                <PreviousValue form name="domain_limit_was" limit=domains/>
                <PreviousValue form name="machine_limit_was" limit=machines/>
                <Field form name="domain_limit" label="Domains" kind="number" value=text(domains)
                    hint="Empty for unlimited. Below what is in use, active domains stay and new ones are refused."/>
                <Field form name="machine_limit" label="Machines" kind="number" value=text(machines)
                    hint="Empty for unlimited."/>
                <button class="button button-primary">"Change"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Renew(id: LicenseId, never: bool, token: String) -> impl IntoView {
    let form = FormState::of::<RenewLicense>();
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
        <details class="action" id="renew" name="action" open=form.was_rejected()>
            <summary class="button">"Renew…"</summary>
            <PostForm to=RenewLicense::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id/>
                <input type="hidden" name="form_token" value=token/>
                <Select form name="expiry" label="New expiry" options=options/>
                <Field form name="expires_at" label="Date" kind="date" hint="To the end of that day, UTC."/>
                <button class="button button-primary">"Renew"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Revoke(id: LicenseId, in_use: u32) -> impl IntoView {
    let form = FormState::of::<RevokeLicense>();
    let stops = match in_use {
        0 => "Nothing is active on it. ".to_owned(),
        1 => "1 activation stops verifying at once. ".to_owned(),
        n => format!("{n} activations stop verifying at once. "),
    };
    view! {
        <details class="action" id="revoke" name="action" open=form.was_rejected()>
            <summary class="button button-danger">"Revoke…"</summary>
            <PostForm to=RevokeLicense::url() class="stack panel">
                <FormMessage form/>
                <p>{stops} <strong>"This can’t be undone."</strong></p>
                <Id id/>
                <Field form name="reason" label="Reason (optional)" id="revoke-reason"/>
                <button class="button button-danger">"Revoke for good"</button>
            </PostForm>
        </details>
    }
}
