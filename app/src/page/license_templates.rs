//! Pages of license templates: the list, and one template with the products that use it.

use domain::LicenseTemplateId;
use domain::permission::Permission;
use domain::view::{LicenseTemplateList, LicenseTemplatePage, LicenseTemplateRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::by_id::page_by_id;
use super::shared_rules::{DeleteRules, ProductsOfRules};
use crate::component::{
    EmptyState, ErrorState, Fact, Facts, FormState, OlderLink, PageTitle, RelativeTime, RequirePermission,
};
use crate::server_fn::license_template::{DeleteLicenseTemplate, license_template, license_templates};

/// The list.
#[component]
pub fn LicenseTemplates() -> impl IntoView {
    let query = use_query_map();
    let before = move || query.read().get("before").and_then(|id| id.parse::<LicenseTemplateId>().ok());
    let list = Resource::new(before, license_templates);
    view! {
        <PageTitle text="License templates"/>
        <p class="breadcrumb"><a href="/products">"Products"</a></p>
        <div class="page-header"><h1>"License templates"</h1></div>
        <p class="muted">"The rules of licenses. Each product made here has a template of its own, which its form changes; programs may let products share one."</p>
        <RequirePermission to=Permission::WriteProduct>
            <p><a class="button" href="/license-templates/new">"New template"</a></p>
        </RequirePermission>
        <Transition>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) if list.templates.is_empty() => view! {
                        <EmptyState title="No template yet"><p>"Make a product, and its template is listed here."</p></EmptyState>
                    }
                    .into_any(),
                    Ok(LicenseTemplateList { templates, older }) => {
                        let older = older.map(|id| format!("/license-templates?before={id}"));
                        view! { <Table list=templates/> <OlderLink href=older/> }.into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Table(list: Vec<LicenseTemplateRow>) -> impl IntoView {
    let rows: Vec<_> = list
        .into_iter()
        .map(|row| {
            let validity = if row.interval.is_empty() { "without an expiry".to_owned() } else { row.interval };
            view! {
                <tr>
                    <th scope="row" class="name"><a href=format!("/license-templates/{}", row.id)>{row.name}</a></th>
                    <td data-label="Type">{row.kind}</td>
                    <td data-label="Machines" class="number">{row.machine_limit}</td>
                    <td data-label="Valid">{validity}</td>
                    <td data-label="Made"><RelativeTime at=row.created_at/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"License templates"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Template"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col">"Machines"</th>
                        <th scope="col">"Valid"</th>
                        <th scope="col">"Made"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

/// One template.
#[component]
pub fn LicenseTemplate() -> impl IntoView {
    page_by_id("License template", Permission::WriteProduct, license_template, |template, may_change| {
        view! { <Body template may_change/> }.into_any()
    })
}

#[component]
fn Body(template: LicenseTemplatePage, may_change: bool) -> impl IntoView {
    let LicenseTemplatePage { id, name, rules, products, .. } = template;
    let is_used = !products.is_empty();
    let facts: Vec<_> =
        rules.into_iter().map(|(name, value)| view! { <Fact name=name>{value}</Fact> }).collect();
    let id = id.to_string();
    let change = may_change.then(|| {
        view! { <a class="button" href=format!("/license-templates/{id}/edit")>"Change…"</a> }
    });
    let delete = (may_change && !is_used).then(|| {
        let form = FormState::of::<DeleteLicenseTemplate>();
        view! { <DeleteRules form to=DeleteLicenseTemplate::url() panel="delete-template" id/> }
    });
    view! {
        <PageTitle text=name.clone()/>
        <p class="breadcrumb"><a href="/license-templates">"License templates"</a></p>
        <div class="page-header"><h1>{name}</h1></div>
        <section class="card"><h2>"Rules"</h2><Facts>{facts}</Facts> {change}</section>
        <ProductsOfRules products tab=""/>
        {delete}
    }
}
