//! The search form of the list, and its filters as links.

use domain::license::Standing;
use domain::view::{Condition, LicenseQuery, ProductOption, Sort};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::PostForm;
use crate::form::{query_fields, url_of_query};
use crate::server_fn::license::{OwnerNames, SearchLicenses};

/// The search form. Filters of the links are kept.
#[component]
pub fn Search(query: LicenseQuery, products: Vec<ProductOption>) -> impl IntoView {
    let products: Vec<_> = products
        .into_iter()
        .map(|p| view! { <option value=p.id.to_string() selected=query.product == Some(p.id)>{p.name}</option> })
        .collect();
    let sorts = Sort::ALL.map(|s| {
        view! { <option value=s.as_str() selected=query.sort == s>{s.label()}</option> }
    });
    let standing = query.standing.map(Standing::as_str).unwrap_or_default();
    let kept: Vec<_> = query_fields(&query)
        .into_iter()
        .filter(|(name, _)| matches!(*name, "condition" | "customer" | "organization" | "tag"))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect();
    view! {
        <PostForm to=SearchLicenses::url() class="filters" role="search" autocomplete="off">
            <div class="field field-grow">
                <label for="search">"Search"</label>
                <input id="search" type="search" name="q" value=query.search maxlength="200"
                    placeholder="Key, last four, customer or domain"/>
            </div>
            <div class="field">
                <label for="product">"Product"</label>
                <select id="product" name="product"><option value="">"All"</option>{products}</select>
            </div>
            <div class="field">
                <label for="sort">"Order"</label>
                <select id="sort" name="sort">{sorts}</select>
            </div>
            <input type="hidden" name="standing" value=standing/>
            {kept}
            <button class="button">"Show"</button>
        </PostForm>
    }
}

/// The filters as links. The chosen one leads back to the list without it.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Chips(
    query: LicenseQuery,
    /// The names of the customer, the organization and the tag whose licenses are shown.
    owners: OwnerNames,
) -> impl IntoView {
    let query = LicenseQuery { cursor: None, ..query };
    let standing = |standing: Standing| {
        let is_chosen = query.standing == Some(standing) && query.condition.is_none();
        let target = LicenseQuery {
            standing: Some(standing).filter(|_| !is_chosen),
            condition: None,
            ..query.clone()
        };
        chip(label(standing).to_owned(), &target, is_chosen)
    };
    let condition = |condition: Condition| {
        let is_chosen = query.condition == Some(condition);
        let target = LicenseQuery {
            standing: None,
            condition: Some(condition).filter(|_| !is_chosen),
            ..query.clone()
        };
        chip(condition.label().to_owned(), &target, is_chosen)
    };
    let OwnerNames { customer, organization, tag } = owners;
    let name = |name: Option<String>| name.unwrap_or_else(|| "not found".to_owned());
    let customer = query.customer.is_some().then(|| {
        let label = format!("Customer: {}", name(customer));
        chip(label, &LicenseQuery { customer: None, ..query.clone() }, true)
    });
    let organization = query.organization.is_some().then(|| {
        let label = format!("Organization: {}", name(organization));
        chip(label, &LicenseQuery { organization: None, ..query.clone() }, true)
    });
    let tag = query.tag.is_some().then(|| {
        let label = format!("Tag: {}", name(tag));
        chip(label, &LicenseQuery { tag: None, ..query.clone() }, true)
    });
    view! {
        <nav class="chips" aria-label="Filters">
            {Standing::ALL.map(standing)}
            {Condition::ALL.map(condition)}
            {customer}
            {organization}
            {tag}
        </nav>
    }
}

fn label(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "Active",
        Standing::Suspended => "Suspended",
        Standing::Expired => "Expired",
        Standing::Revoked => "Revoked",
    }
}

fn chip(label: String, target: &LicenseQuery, is_chosen: bool) -> impl IntoView + use<> {
    let remove = is_chosen.then(|| view! { <span aria-hidden="true">" ×"</span> });
    view! {
        <a class="chip" href=url_of_query(target) aria-current=is_chosen.then_some("true")>{label} {remove}</a>
    }
}
