//! Page that changes a license template, and the fields of its form.

use domain::permission::Permission;
use domain::view::{LicenseTemplatePage, TemplateTexts};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::fields::{RuleFields, stored_of};
use crate::component::{
    Field, FormMessage, FormState, PageTitle, PostForm, Saved, StoredFields, StoredValues, TextArea,
};
use crate::page::by_id::page_by_id;
use crate::server_fn::license_template::{ChangeLicenseTemplate, license_template};

/// What members read who may not change templates.
pub const NOT_ALLOWED: &str = "Owners and admins change license templates.";

/// The page.
#[component]
pub fn EditLicenseTemplate() -> impl IntoView {
    page_by_id("License template", Permission::WriteProduct, license_template, |template, may_change| {
        view! { <Body template may_change/> }.into_any()
    })
}

#[component]
fn Body(template: LicenseTemplatePage, may_change: bool) -> impl IntoView {
    let href = format!("/license-templates/{}", template.id);
    let title = format!("Change {}", template.name);
    let name = template.name.clone();
    let change = if may_change {
        view! { <Change template/> }.into_any()
    } else {
        view! { <p class="muted">{NOT_ALLOWED}</p> }.into_any()
    };
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb">
            <a href="/license-templates">"License templates"</a> " › " <a href=href><bdi>{name}</bdi></a>
        </p>
        <h1>"Change the license template"</h1>
        {change}
    }
}

#[component]
fn Change(template: LicenseTemplatePage) -> impl IntoView {
    let LicenseTemplatePage { id, name, texts, .. } = template;
    let mut stored = stored_of(&texts.rules, |field| field != "max_release");
    stored.extend(own_fields(&name, &texts));
    let form = FormState::of::<ChangeLicenseTemplate>().with_stored(&stored);
    view! {
        <section class="card">
            <p class="field-hint">"Its products follow at once, and their licenses where they have no rule of their own. Licenses that exist keep their limits and expiry."</p>
            <PostForm to=ChangeLicenseTemplate::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=id.to_string()/>
                <StoredValues form stored/>
                <TemplateFields form name texts/>
                <Saved form/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </section>
    }
}

/// Returns the fields that only templates have.
fn own_fields(name: &str, texts: &TemplateTexts) -> StoredFields {
    vec![
        ("name", name.to_owned()),
        ("key", texts.key.clone()),
        ("machine_limit", texts.machine_limit.clone()),
        ("domain_limit", texts.domain_limit.clone()),
        ("required_metadata", texts.required_metadata.clone()),
        ("required_meters", texts.required_meters.clone()),
    ]
}

/// The fields, also of a new template.
#[component]
pub fn TemplateFields(form: FormState, name: String, texts: TemplateTexts) -> impl IntoView {
    view! {
        <Field form name="name" label="Name" value=name required=true/>
        <fieldset>
            <legend>"What a new license gets"</legend>
            <Field form name="machine_limit" label="Machine limit" value=texts.machine_limit
                hint="A number, or “unlimited”. 0: no machines."/>
            <Field form name="domain_limit" label="Domain limit" value=texts.domain_limit
                hint="A number, or “unlimited”. 0: no domains."/>
            <Field form name="key" label="Key prefix or pattern" value=texts.key
                hint="A prefix of 2 to 8 letters or digits such as LIC, or a regular expression such as ^TPL-[A-Z0-9]{16}$. Empty: hexadecimal keys."/>
            <TextArea form name="required_metadata" label="Required metadata" value=texts.required_metadata
                hint="Names of fields that programs must give a new license, one a line."/>
            <TextArea form name="required_meters" label="Required meters" value=texts.required_meters
                hint="Names of meters that a new license gets, one a line."/>
        </fieldset>
        <RuleFields form texts=texts.rules of_product=None/>
    }
}
