//! Pages of a product, one a tab, and the page that creates one.

mod apply_limits;
mod header;
mod keys;
mod licensing;
mod rules;
mod stored;
mod tab_form;
mod trial_policy;

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, PageTitle, Permissions, PostForm,
    RequirePermission,
};
use crate::server_fn::product::{CreateProduct, ProductPage, product};
pub(super) use header::{ProductHeader, Tab};
use keys::Keys;
use licensing::{Licensing, LicensingFields};
use rules::{Customers, Domains, Machines, Meters};
use trial_policy::{POLICY_SEARCH, TrialPolicyChoice};

/// The form for a new product.
#[component]
pub fn NewProduct() -> impl IntoView {
    let form = FormState::of::<CreateProduct>();
    view! {
        <PageTitle text="Make a product"/>
        <p class="breadcrumb"><a href="/products">"Products"</a></p>
        <h1>"Make a product"</h1>
        <RequirePermission to=Permission::WriteProduct otherwise="Owners and admins make products.">
            <PostForm to=CreateProduct::url() novalidate=true>
                <FormMessage form/>
                <LicensingFields form stored=stored::new_product() is_new=true/>
                <p class="muted">"Development hosts, machine rules and meters are on the product’s page."</p>
                <button class="button button-primary">"Make the product"</button>
            </PostForm>
        </RequirePermission>
    }
}

/// The tab "Licensing", a product's first page.
#[component]
pub fn Product() -> impl IntoView {
    tab_page(Tab::Licensing)
}

/// The tab "Domains".
#[component]
pub fn ProductDomains() -> impl IntoView {
    tab_page(Tab::Domains)
}

/// The tab "Machines".
#[component]
pub fn ProductMachines() -> impl IntoView {
    tab_page(Tab::Machines)
}

/// The tab "Meters".
#[component]
pub fn ProductMeters() -> impl IntoView {
    tab_page(Tab::Meters)
}

/// The tab "Customers".
#[component]
pub fn ProductCustomers() -> impl IntoView {
    tab_page(Tab::Customers)
}

/// The tab "Signing keys".
#[component]
pub fn ProductKeys() -> impl IntoView {
    tab_page(Tab::Keys)
}

fn tab_page(tab: Tab) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let query = use_query_map();
    // The search for a trial policy. Only the tab "Machines" has it.
    let search = Memo::new(move |_| query.read().get(POLICY_SEARCH).filter(|_| tab == Tab::Machines));
    let page = Resource::new(
        move || (id.get(), search.get()),
        move |(id, search)| product(id, tab == Tab::Machines, search),
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => {
                        let search = search.get_untracked().unwrap_or_default();
                        view! { <TabBody page permissions tab search/> }.into_any()
                    }
                    Err(error) => view! { <PageTitle text="Product"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn TabBody(page: ProductPage, permissions: Permissions, tab: Tab, search: String) -> impl IntoView {
    let may_change = permissions.allows(Permission::WriteProduct);
    let may_apply = permissions.allows(Permission::WriteLicense);
    let ProductPage { product, keys: list, trial_policy: present, trial_policies: menu } = page;
    let id = product.id;
    let header = view! { <ProductHeader product=product.clone() permissions tab/> };
    let body = match tab {
        Tab::Domains => view! { <Domains product may_change/> }.into_any(),
        Tab::Machines => view! {
            <Machines product may_change/>
            <TrialPolicyChoice product=id menu present may_change search/>
        }
        .into_any(),
        Tab::Meters => view! { <Meters product may_change/> }.into_any(),
        Tab::Customers => view! { <Customers product may_change/> }.into_any(),
        Tab::Keys => view! { <Keys product=id list may_change/> }.into_any(),
        // The tab "Integrate" has a page of its own.
        Tab::Licensing | Tab::Integrate => view! { <Licensing product may_change may_apply/> }.into_any(),
    };
    view! { {header} {body} }
}
