//! The seller's own fields of a license, and who sees them.

use domain::license::metadata_to_lines;
use domain::view::LicenseView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::actions::Id;
use crate::component::{FormMessage, FormState, PostForm, StoredValues, TextArea};
use crate::server_fn::license_page::SetLicenseMetadata;
use crate::server_fn::license_rules::SetMetadataReaders;

/// The seller's own fields.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Metadata(license: LicenseView, may_write: bool) -> impl IntoView {
    let form = FormState::of::<SetLicenseMetadata>();
    let [apps, customer] = &license.metadata_readers;
    let rows: Vec<_> = license
        .metadata
        .iter()
        .map(|(name, value)| {
            let readers = match (apps.contains(name), customer.contains(name)) {
                (true, true) => Some("Apps and the customer see it."),
                (true, false) => Some("Apps see it."),
                (false, true) => Some("The customer sees it."),
                (false, false) => None,
            };
            let readers = readers.map(|text| view! { " " <span class="muted small">{text}</span> });
            view! { <dt><code>{name.clone()}</code></dt><dd><code>{value.clone()}</code> {readers}</dd> }
        })
        .collect();
    let shown = if rows.is_empty() {
        view! { <p class="muted">"None. Fields such as an order number are found by the search."</p> }
            .into_any()
    } else {
        view! { <dl class="facts">{rows}</dl> }.into_any()
    };
    let lines =
        metadata_to_lines(license.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let edit = may_write.then(|| {
        let was =
            if form.has_conflict() { lines.clone() } else { form.initial("metadata_was", lines.clone()) };
        view! {
            <details class="action" id="edit-metadata" name="action" open=form.was_rejected()>
                <summary class="button button-small">"Edit metadata…"</summary>
                <PostForm to=SetLicenseMetadata::url() class="stack panel" novalidate=true>
                    <FormMessage form/>
                    <Id id=license.id/>
                    <input type="hidden" name="metadata_was" value=was/>
                    <TextArea form name="metadata" id="metadata-text" label="Metadata" value=lines.clone() rows=4
                        hint="One field a line: name = value."/>
                    <button class="button button-primary">"Save"</button>
                </PostForm>
            </details>
        }
    });
    let readers = (may_write && !license.metadata.is_empty()).then(|| view! { <Readers license/> });
    view! {
        <section class="card" id="metadata">
            <h2>"Metadata"</h2>
            {shown}
            <div class="actions">{edit} {readers}</div>
        </section>
    }
}

/// The form of who sees which field.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Readers(license: LicenseView) -> impl IntoView {
    let [apps, customer] = license.metadata_readers.map(|names| names.join("\n"));
    let stored = vec![("visible_to_apps", apps.clone()), ("visible_to_customer", customer.clone())];
    let form = FormState::of::<SetMetadataReaders>().with_stored(&stored);
    view! {
        <details class="action" id="metadata-readers" name="action" open=form.was_rejected()>
            <summary class="button button-small">"Who sees it…"</summary>
            <PostForm to=SetMetadataReaders::url() class="stack panel" novalidate=true>
                <FormMessage form/>
                <Id id=license.id/>
                <StoredValues form stored/>
                <TextArea form name="visible_to_apps" label="Fields that apps see" value=apps
                    hint="One name a line. They are in the tokens of machines."/>
                <TextArea form name="visible_to_customer" label="Fields that the customer sees" value=customer
                    hint="One name a line. Others are seen by you alone."/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </details>
    }
}
