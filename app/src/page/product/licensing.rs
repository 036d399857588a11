//! Tab "Licensing": the name, what a new license gets, and the end of a product.

use domain::KeyFormat;
use domain::license_rules::ExpiryStart;
use domain::view::ProductView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::apply_limits::ApplyLimits;
use super::stored::{self, value_of};
use super::tab_form::TabForm;
use crate::component::{Field, FormMessage, FormState, PostForm, Select, StoredFields, pluralize};
use crate::server_fn::product::{ArchiveProduct, ChangeLicensing, DeleteProduct};

/// The tab.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Licensing(
    product: ProductView,
    may_change: bool,
    /// Whether the member may change licenses.
    may_apply: bool,
) -> impl IntoView {
    let stored = stored::licensing(&product);
    let form = FormState::of::<ChangeLicensing>().with_stored(&stored);
    let fields = view! { <LicensingFields form stored=stored.clone() is_new=false/> };
    let apply = (may_apply && product.licenses > 0)
        .then(|| view! { <ApplyLimits product=product.clone() saved=form/> });
    view! {
        <section class="card">
            <h2>"Licensing"</h2>
            <TabForm to=ChangeLicensing::url() id=product.id form stored may_change>{fields}</TabForm>
        </section>
        {apply}
        {may_change.then(|| view! { <End product/> })}
    }
}

/// The fields, also of a new product.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn LicensingFields(form: FormState, stored: StoredFields, is_new: bool) -> impl IntoView {
    let value = |name| value_of(&stored, name);
    let name_hint = if is_new {
        "As your customers know it."
    } else {
        "Applies at once to all licenses, also in answers to apps."
    };
    let slug_hint = if is_new {
        "Its name in the API. Empty: made from the name."
    } else {
        "Its name in the API. Applies at once; apps that send the old slug must be changed."
    };
    let formats =
        KeyFormat::ALL.iter().map(|format| (format.as_str().to_owned(), format.label().to_owned())).collect();
    let starts =
        ExpiryStart::ALL.iter().map(|start| (start.as_str().to_owned(), start.label().to_owned())).collect();
    let effect = (!is_new).then(|| {
        view! { <p class="field-hint">"Applies to new licenses only. Licenses that exist keep their limits, expiry and key."</p> }
    });
    view! {
        <Field form name="name" label="Name" value=value("name") required=true hint=name_hint/>
        <Field form name="slug" label="Slug" value=value("slug") hint=slug_hint/>
        <fieldset>
            <legend>"What a new license gets"</legend>
            {effect}
            <Field form name="domain_limit" label="Domain limit" kind="number" value=value("domain_limit")
                hint="Empty for unlimited."/>
            <Field form name="machine_limit" label="Machine limit" kind="number" value=value("machine_limit")
                hint="Empty for unlimited."/>
            <Field form name="validity" label="Validity" value=value("validity")
                hint="Such as 1 year, 6 months or 30 days. Empty for no expiry."/>
            <Select form name="start" label="Validity begins" options=starts value=value("start")/>
            <Select form name="key_format" label="Key pattern" options=formats value=value("key_format")
                hint="Some clients of the machine API require the hexadecimal pattern."/>
            <Field form name="key_prefix" label="Key prefix" value=value("key_prefix")
                hint="2 to 8 letters or digits; for keys that have one."/>
        </fieldset>
    }
}

/// Archive and delete.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn End(product: ProductView) -> impl IntoView {
    let (archive, delete) = (FormState::of::<ArchiveProduct>(), FormState::of::<DeleteProduct>());
    let id = product.id.to_string();
    let is_unused = product.availability().is_unused();
    let archive_form = product.archived_at.is_none().then(|| {
        let licenses = pluralize(product.licenses, "license");
        let id = id.clone();
        view! {
            <FormMessage form=archive/>
            <PostForm to=ArchiveProduct::url() class="stack">
                <p>
                    "An archived product gets no new licenses and starts no new trials. Its " {licenses}
                    " go on verifying and can be changed, and running trials go on."
                    " You can restore the product at any time."
                </p>
                <input type="hidden" name="id" value=id/>
                <button class="button">"Archive"</button>
            </PostForm>
        }
    });
    let delete_form = if is_unused {
        view! {
            <details class="action" id="delete-product" open=delete.was_rejected()>
                <summary class="button button-danger">"Delete…"</summary>
                <PostForm to=DeleteProduct::url() class="stack panel">
                    <p>"No license was ever issued for it. Its signing keys are deleted too. " <strong>"This can’t be undone."</strong></p>
                    <input type="hidden" name="id" value=id/>
                    <button class="button button-danger">"Delete for good"</button>
                </PostForm>
            </details>
        }
        .into_any()
    } else {
        view! { <p class="muted">"It can’t be deleted, because it has licenses or trials."</p> }.into_any()
    };
    view! {
        <section class="card">
            <h2>"Archive or delete"</h2>
            {archive_form}
            <FormMessage form=delete/>
            {delete_form}
        </section>
    }
}
