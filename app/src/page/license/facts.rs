//! The facts beside a license's lists: customer, terms and notes, each changed in place.

use domain::license::Standing;
use domain::view::LicenseView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::actions::{ChangeLimits, Id, Renew};
use crate::component::{
    CustomerNameChoice, Field, FormMessage, FormState, PostForm, RelativeTime, TextArea, format_times,
};
use crate::server_fn::license_page::{SetLicenseGroups, SetLicenseNotes, TransferLicense};

/// The customer, and the form that transfers the license.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Customer(license: LicenseView, may_write: bool) -> impl IntoView {
    let form = FormState::of::<TransferLicense>();
    let name = license.customer_name.clone();
    let email = license.customer_email.clone();
    let shown = name.clone().or_else(|| email.clone()).unwrap_or_else(|| "none".to_owned());
    let shown = match license.customer_id {
        Some(id) => view! { <a href=format!("/customers/{id}")><bdi>{shown}</bdi></a> }.into_any(),
        None => view! { <span class="muted">{shown}</span> }.into_any(),
    };
    let email = email.filter(|_| name.is_some()).map(|email| {
        view! { <dt>"E-mail"</dt><dd><bdi>{email}</bdi></dd> }
    });
    let organization = license.organization.clone().map(|(id, name)| {
        let link = view! { <a href=format!("/organizations/{id}")><bdi>{name}</bdi></a> };
        view! { <dt>"Organization"</dt><dd class="text-break">{link}</dd> }
    });
    let tags = (!license.tags.is_empty()).then(|| {
        view! { <dt>"Tags"</dt><dd class="text-break"><bdi>{license.tags.join(", ")}</bdi></dd> }
    });
    let group = may_write.then(|| view! { <Group license=license.clone()/> });
    let transfer = may_write.then(|| {
        view! {
            <details class="action" id="transfer" name="action" open=form.was_rejected()>
                <summary class="button button-small">"Transfer…"</summary>
                <PostForm to=TransferLicense::url() class="stack panel" novalidate=true>
                    <FormMessage form/>
                    <p>"Key, activations and terms stay. The same address is the same customer."</p>
                    <Id id=license.id/>
                    <Field form name="customer_email" label="E-mail of the new customer" kind="email" autocomplete="off"/>
                    <Field form name="customer_name" label="Name" autocomplete="off"/>
                    <CustomerNameChoice form/>
                    <button class="button button-primary">"Transfer"</button>
                </PostForm>
            </details>
        }
    });
    view! {
        <section class="card" id="customer">
            <h2>"Customer"</h2>
            <dl class="facts"><dt>"Name"</dt><dd>{shown}</dd> {email} {organization} {tags}</dl>
            <div class="actions">{transfer} {group}</div>
        </section>
    }
}

/// The form of the organization and the tags.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Group(license: LicenseView) -> impl IntoView {
    let form = FormState::of::<SetLicenseGroups>();
    let organization = license.organization.map(|(_, name)| name).unwrap_or_default();
    let tags = license.tags.join(", ");
    view! {
        <details class="action" id="group" name="action" open=form.was_rejected()>
            <summary class="button button-small">"Group…"</summary>
            <PostForm to=SetLicenseGroups::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id=license.id/>
                <input type="hidden" name="organization_was" value=organization.clone()/>
                <input type="hidden" name="tags_was" value=tags.clone()/>
                <Field form name="organization" label="Organization" value=organization id="group-organization" autocomplete="off"
                    hint="The name of an organization that you have made."/>
                <Field form name="tags" label="Tags" value=tags id="group-tags" autocomplete="off"
                    hint="At most 5, with commas between. New ones are made."/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </details>
    }
}

/// Limits and expiry.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Terms(license: LicenseView, may_write: bool) -> impl IntoView {
    let expires = match license.expires_at {
        Some(at) => view! { {at.date()} " (" <RelativeTime at/> ")" }.into_any(),
        None => "never".into_any(),
    };
    let last = license.last_verified_at.map(|at| view! { ", last " <RelativeTime at/> });
    let meters = license.meters.iter().map(|(name, used, allowed)| {
        let of = allowed.map(|n| format!(" of {n}")).unwrap_or_default();
        view! { <dt>{name.clone()}</dt><dd>{format!("{used}{of} used")}</dd> }
    });
    let meters: Vec<_> = meters.collect();
    let editable = may_write && license.standing != Standing::Revoked;
    let change = editable.then(|| {
        view! {
            <div class="actions">
                <ChangeLimits id=license.id domains=license.domain_limit machines=license.machine_limit/>
                <Renew id=license.id expires_at=license.expires_at token=license.form_token.clone()/>
            </div>
        }
    });
    view! {
        <section class="card" id="terms">
            <h2>"Terms"</h2>
            <dl class="facts">
                <dt>"Domains"</dt><dd>{license.domain_limit.to_string()}</dd>
                <dt>"Machines"</dt><dd>{license.machine_limit.to_string()}</dd>
                <dt>"Expires"</dt><dd>{expires}</dd>
                <dt>"Issued"</dt><dd><RelativeTime at=license.created_at/></dd>
                <dt>"Product"</dt>
                <dd><a href=format!("/products/{}", license.product_id)>{license.product.clone()}</a></dd>
                {meters}
                <dt>"Found valid"</dt><dd>{format_times(license.verification_count)} {last}</dd>
            </dl>
            {change}
        </section>
    }
}

/// The seller's notes.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Notes(license: LicenseView, may_write: bool) -> impl IntoView {
    let form = FormState::of::<SetLicenseNotes>();
    let notes = license.notes.clone();
    let shown = match notes.clone() {
        Some(notes) => view! { <p class="notes">{notes}</p> }.into_any(),
        None => view! { <p class="muted">"None. Your customer never sees them."</p> }.into_any(),
    };
    let text = notes.unwrap_or_default();
    let edit = may_write.then(|| {
        // After a conflict, saving again replaces the notes that the page shows.
        let was = if form.has_conflict() { text.clone() } else { form.initial("notes_were", text.clone()) };
        view! {
            <details class="action" id="edit-notes" name="action" open=form.was_rejected()>
                <summary class="button button-small">"Edit notes…"</summary>
                <PostForm to=SetLicenseNotes::url() class="stack panel" novalidate=true>
                    <FormMessage form/>
                    <Id id=license.id/>
                    <input type="hidden" name="notes_were" value=was/>
                    <TextArea form name="notes" id="notes-text" label="Notes" value=text.clone() rows=4/>
                    <button class="button button-primary">"Save"</button>
                </PostForm>
            </details>
        }
    });
    view! { <section class="card" id="notes"><h2>"Notes"</h2> {shown} {edit}</section> }
}
