//! Actions that a license's standing allows. Each panel opens in place and works without JavaScript.
//! Irreversible actions describe their effect first.

use domain::license::{Limit, Standing};
use domain::permission::Permission;
use domain::view::LicenseView;
use domain::{LicenseId, Timestamp};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Field, FormMessage, FormState, Permissions, PostForm, Select, StoredValues};
use crate::form::shown_expiry;
use crate::server_fn::license::{ChangeLimit, RenewLicense, RevokeLicense, SuspendLicense};
use crate::server_fn::license_page::ReplaceLicenseKey;

/// The buttons of the allowed actions.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Actions(license: LicenseView, permissions: Permissions) -> impl IntoView {
    let id = license.id;
    let in_use = license.domains_used + license.machines_used;
    let may_suspend = matches!(license.standing, Standing::Active | Standing::Expired);
    let suspend = may_suspend.then(|| view! { <Suspend id/> });
    let editable = license.standing != Standing::Revoked;
    let replace =
        (editable && permissions.allows(Permission::RevealKey)).then(|| view! { <ReplaceKey id in_use/> });
    let rest = editable.then(|| {
        view! {
            <a class="button" href=format!("/licenses/{id}/offline")>"Offline activation…"</a>
            {replace}
            <Revoke id in_use/>
        }
    });
    view! { <div class="actions">{suspend} {rest}</div> }
}

/// The id of the license, as a hidden field.
#[component]
pub fn Id(id: LicenseId) -> impl IntoView {
    view! { <input type="hidden" name="id" value=id.to_string()/> }
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
fn ReplaceKey(id: LicenseId, in_use: u32) -> impl IntoView {
    let form = FormState::of::<ReplaceLicenseKey>();
    let stays = match in_use {
        0 => "The license gets a new key.".to_owned(),
        1 => "The license gets a new key, and its activation stays.".to_owned(),
        n => format!("The license gets a new key, and its {n} activations stay."),
    };
    view! {
        <details class="action" id="replace-key" name="action" open=form.was_rejected()>
            <summary class="button">"Replace key…"</summary>
            <PostForm to=ReplaceLicenseKey::url() class="stack panel">
                <FormMessage form/>
                <p>{stays} " When the former key ends, apps that send it get " <code>"invalid_key"</code> "."</p>
                <Id id/>
                <Select form name="grace_days" label="The former key" options=grace_times() value="0"
                    hint="Choose “ends at once” for a key that leaked."/>
                <button class="button button-danger">"Replace the key"</button>
            </PostForm>
        </details>
    }
}

/// The offered grace times: days, and their label.
fn grace_times() -> Vec<(String, String)> {
    let times = [
        ("0", "ends at once"),
        ("1", "works for one more day"),
        ("7", "works for 7 more days"),
        ("30", "works for 30 more days"),
        ("90", "works for 90 more days"),
    ];
    times.map(|(days, label)| (days.to_owned(), label.to_owned())).to_vec()
}

/// The limits, changed in place.
#[component]
pub fn ChangeLimits(id: LicenseId, domains: Limit, machines: Limit) -> impl IntoView {
    let text = |limit: Limit| limit.slots().map(|n| n.to_string()).unwrap_or_default();
    let stored = vec![("domain_limit", text(domains)), ("machine_limit", text(machines))];
    let form = FormState::of::<ChangeLimit>().with_stored(&stored);
    view! {
        <details class="action" id="change-limit" name="action" open=form.was_rejected()>
            <summary class="button">"Change limits…"</summary>
            <PostForm to=ChangeLimit::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id/>
                <StoredValues form stored/>
                <Field form name="domain_limit" label="Domains" kind="number" value=text(domains)
                    hint="Empty for unlimited. Below what is in use, active domains stay and new ones are refused."/>
                <Field form name="machine_limit" label="Machines" kind="number" value=text(machines)
                    hint="Empty for unlimited, 0 for no machines."/>
                <button class="button button-primary">"Change"</button>
            </PostForm>
        </details>
    }
}

/// The expiry, changed in place.
#[component]
pub fn Renew(id: LicenseId, expires_at: Option<Timestamp>, token: String) -> impl IntoView {
    let form = FormState::of::<RenewLicense>();
    let never = expires_at.is_none();
    // After a conflict, the form has shown the stored expiry.
    let stored = shown_expiry(expires_at);
    let was = if form.has_conflict() { stored } else { form.initial("expires_at_was", stored) };
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
                <input type="hidden" name="expires_at_was" value=was/>
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
                <p>{stops} <strong>"Only owners and admins can undo this."</strong></p>
                <Id id/>
                <Field form name="reason" label="Reason (optional)" id="revoke-reason"/>
                <button class="button button-danger">"Revoke for good"</button>
            </PostForm>
        </details>
    }
}
