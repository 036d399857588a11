//! Page that makes a license template.

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::template::{NOT_ALLOWED, TemplateFields};
use crate::component::{Card, FormMessage, FormState, PageTitle, PostForm, RequirePermission};
use crate::server_fn::license_template::{CreateLicenseTemplate, new_template_texts};

/// The page.
#[component]
pub fn NewLicenseTemplate() -> impl IntoView {
    let form = FormState::of::<CreateLicenseTemplate>();
    view! {
        <PageTitle text="New license template"/>
        <p class="breadcrumb"><a href="/license-templates">"License templates"</a></p>
        <h1>"New license template"</h1>
        <RequirePermission to=Permission::WriteProduct otherwise=NOT_ALLOWED>
            <Card title="Name and rules">
                <p class="field-hint">"Products made by programs may use it, and share it with others."</p>
                <PostForm to=CreateLicenseTemplate::url() novalidate=true>
                    <FormMessage form/>
                    <TemplateFields form name=String::new() texts=new_template_texts()/>
                    <button class="button button-primary">"Make the template"</button>
                </PostForm>
            </Card>
        </RequirePermission>
    }
}
