//! Pages of trial policies: the list, and one policy with the products that use it.

use domain::TrialPolicyId;
use domain::permission::Permission;
use domain::view::{TrialPolicyList, TrialPolicyPage, TrialPolicyRow};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::by_id::page_by_id;
use super::shared_rules::{DeleteRules, ProductsOfRules};
use crate::component::{
    Checkbox, EmptyState, ErrorState, Fact, Facts, Field, FormMessage, FormState, OlderLink, PageTitle,
    PostForm, RelativeTime, RequirePermission, Saved, StoredFields, StoredValues,
};
use crate::server_fn::trial_policy::{
    ChangeTrialPolicy, CreateTrialPolicy, DeleteTrialPolicy, trial_policies, trial_policy,
};

/// The list, and the form that makes a policy.
#[component]
pub fn TrialPolicies() -> impl IntoView {
    let query = use_query_map();
    let before = move || query.read().get("before").and_then(|id| id.parse::<TrialPolicyId>().ok());
    let list = Resource::new(before, trial_policies);
    view! {
        <PageTitle text="Trial policies"/>
        <p class="breadcrumb"><a href="/products">"Products"</a></p>
        <div class="page-header"><h1>"Trial policies"</h1></div>
        <p class="muted">"The rules of trials. A product whose trials are set in its form has a policy of its own; products may also share one. A product without a policy has no trials."</p>
        <Transition>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) if list.policies.is_empty() => view! {
                        <EmptyState title="No trial policy yet"><p>"Make one here, or allow trials in the form of a product."</p></EmptyState>
                    }
                    .into_any(),
                    Ok(TrialPolicyList { policies, older }) => {
                        let older = older.map(|id| format!("/trial-policies?before={id}"));
                        view! { <Table list=policies/> <OlderLink href=older/> }.into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
        <RequirePermission to=Permission::WriteProduct><New/></RequirePermission>
    }
}

#[component]
fn Table(list: Vec<TrialPolicyRow>) -> impl IntoView {
    let rows: Vec<_> = list
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row" class="name"><a href=format!("/trial-policies/{}", row.id)>{row.name}</a></th>
                    <td data-label="Length">{row.length}</td>
                    <td data-label="Machines" class="number">{row.limit}</td>
                    <td data-label="Made"><RelativeTime at=row.created_at/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Trial policies"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Policy"</th>
                        <th scope="col">"Length"</th>
                        <th scope="col">"Machines"</th>
                        <th scope="col">"Made"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

/// The fields of a policy.
#[component]
fn PolicyFields(
    form: FormState,
    name: String,
    length: String,
    limit: String,
    allow_vm: bool,
    allow_container: bool,
) -> impl IntoView {
    view! {
        <Field form name="name" label="Name" value=name required=true/>
        <Field form name="trial_days" label="A trial lasts" value=length required=true
            hint="Such as 14 days, 2 weeks or 36 hours. Trials that run keep their end."/>
        <Field form name="trial_limit" label="Trials on at most … machines" kind="number" value=limit
            hint="For each product. Empty for unlimited."/>
        <Checkbox form name="allow_vm" label="Virtual machines are allowed" checked=allow_vm/>
        <Checkbox form name="allow_container" label="Containers are allowed" checked=allow_container/>
    }
}

#[component]
fn New() -> impl IntoView {
    let form = FormState::of::<CreateTrialPolicy>();
    view! {
        <section class="card">
            <h2>"New trial policy"</h2>
            <FormMessage form/>
            <PostForm to=CreateTrialPolicy::url() class="stack" novalidate=true>
                <PolicyFields form name=String::new() length=String::new() limit=String::new()
                    allow_vm=true allow_container=true/>
                <button class="button button-primary">"Make the policy"</button>
            </PostForm>
        </section>
    }
}

/// One policy.
#[component]
pub fn TrialPolicy() -> impl IntoView {
    page_by_id("Trial policy", Permission::WriteProduct, trial_policy, |policy, may_change| {
        view! { <Body policy may_change/> }.into_any()
    })
}

#[component]
fn Body(policy: TrialPolicyPage, may_change: bool) -> impl IntoView {
    let is_used = !policy.products.is_empty();
    let facts: Vec<_> =
        policy.rules.iter().cloned().map(|(name, value)| view! { <Fact name=name>{value}</Fact> }).collect();
    let products = policy.products.clone();
    let name = policy.name.clone();
    let delete = (may_change && !is_used).then(|| {
        let form = FormState::of::<DeleteTrialPolicy>();
        let id = policy.id.to_string();
        view! { <DeleteRules form to=DeleteTrialPolicy::url() panel="delete-policy" id/> }
    });
    let change = may_change.then(|| view! { <Change policy/> });
    view! {
        <PageTitle text=name.clone()/>
        <p class="breadcrumb"><a href="/trial-policies">"Trial policies"</a></p>
        <div class="page-header"><h1>{name}</h1></div>
        <section class="card"><h2>"Rules"</h2><Facts>{facts}</Facts></section>
        <ProductsOfRules products tab="/machines"/>
        {change}
        {delete}
    }
}

#[component]
fn Change(policy: TrialPolicyPage) -> impl IntoView {
    let TrialPolicyPage { id, name, length, limit, allow_vm, allow_container, .. } = policy;
    let checkbox = |on: bool| if on { "on" } else { "" }.to_owned();
    let stored: StoredFields = vec![
        ("name", name.clone()),
        ("trial_days", length.clone()),
        ("trial_limit", limit.clone()),
        ("allow_vm", checkbox(allow_vm)),
        ("allow_container", checkbox(allow_container)),
    ];
    let form = FormState::of::<ChangeTrialPolicy>().with_stored(&stored);
    view! {
        <section class="card">
            <h2>"Change"</h2>
            <p class="field-hint">"Its products follow at once."</p>
            <FormMessage form/>
            <PostForm to=ChangeTrialPolicy::url() class="stack" novalidate=true>
                <input type="hidden" name="id" value=id.to_string()/>
                <StoredValues form stored/>
                <PolicyFields form name length limit allow_vm allow_container/>
                <Saved form/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </section>
    }
}
