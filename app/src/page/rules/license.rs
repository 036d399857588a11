//! Page on which a license gets rules of its own.

use domain::license::Standing;
use domain::license_rules::LicenseKind;
use domain::permission::Permission;
use domain::view::LicenseRulesView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::fields::{RuleFields, stored_of};
use crate::component::{Card, Fact, Facts, FormMessage, FormState, PageTitle, PostForm, Saved, StoredValues};
use crate::page::by_id::page_by_id;
use crate::server_fn::license_rules::{ChangeLicenseRules, license_rules};

/// The page.
#[component]
pub fn LicenseRules() -> impl IntoView {
    page_by_id("Rules", Permission::WriteLicense, license_rules, |rules, may_write| {
        view! { <Body rules may_write/> }.into_any()
    })
}

#[component]
fn Body(rules: LicenseRulesView, may_write: bool) -> impl IntoView {
    let href = format!("/licenses/{}", rules.id);
    let product = format!("/products/{}", rules.product_id);
    let kind = match rules.kind {
        LicenseKind::NodeLocked => "Node-locked",
        LicenseKind::HostedFloating => "Floating",
        LicenseKind::OnPremiseFloating => "Floating on the customer’s own server",
    };
    let (machines, domains) = (rules.machine_limit.to_string(), rules.domain_limit.to_string());
    let limits = format!("{href}#terms");
    let name = rules.product.clone();
    let change = if rules.standing == Standing::Revoked {
        view! {
            <FormMessage form={FormState::of::<ChangeLicenseRules>()}/>
            <p class="muted">"The license is revoked, and its rules can’t be changed."</p>
        }
        .into_any()
    } else if may_write {
        view! { <Change rules/> }.into_any()
    } else {
        view! { <p class="muted">"Viewers change no rules: ask an owner, an admin or support."</p> }
            .into_any()
    };
    view! {
        <PageTitle text="Rules of a license"/>
        <p class="breadcrumb"><a href=href>"License"</a></p>
        <h1>"Rules of the license"</h1>
        <p>
            "Without a rule of its own, the license follows its product "
            <a href=product><bdi>{name}</bdi></a>
            " at once. A rule of its own stays when the product changes."
        </p>
        <Card title="Fixed and changed elsewhere">
            <Facts>
                <Fact name="Type">{kind}</Fact>
                <Fact name="Machines">{machines}</Fact>
                <Fact name="Domains">{domains}</Fact>
            </Facts>
            <p class="muted">"The type is fixed. The limits are changed in " <a href=limits>"the terms of the license"</a> ": 0 machines is none at all."</p>
        </Card>
        {change}
    }
}

#[component]
fn Change(rules: LicenseRulesView) -> impl IntoView {
    let stored = stored_of(&rules.own, |field| field != "kind");
    let form = FormState::of::<ChangeLicenseRules>().with_stored(&stored);
    view! {
        <section class="card">
            <h2>"Rules of its own"</h2>
            <PostForm to=ChangeLicenseRules::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=rules.id.to_string()/>
                <StoredValues form stored/>
                <RuleFields form texts=rules.own of_product=Some(rules.of_product)/>
                <Saved form/>
                <button class="button button-primary">"Save"</button>
            </PostForm>
        </section>
    }
}
