//! Page of the prices of a connection, with what their licenses get.

use domain::permission::Permission;
use domain::view::{LicenseTemplateMenu, ShopConnectionPage, ShopPriceView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::component::{
    Card, EmptyState, ErrorState, Field, FormMessage, FormState, MenuSearch, PageTitle, PostForm,
    RequirePermission, Select,
};
use crate::server_fn::shop::{RemoveShopPrice, SetShopPrice, ShopPage, shop};

/// What a missing value follows.
const BY_TEMPLATE: &str = "as the template";
/// The query parameter of the search for a template.
const TEMPLATE_SEARCH: &str = "template_name";

/// The page.
#[component]
pub fn ShopPrices() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let request = move || (params.read().get("id").unwrap_or_default(), query.read().get(TEMPLATE_SEARCH));
    let page = Resource::new(request, |(id, search)| shop(id, None, None, true, search));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let search = query.read_untracked().get(TEMPLATE_SEARCH).unwrap_or_default();
                match page.await {
                    Ok(page) => view! { <Parts page search/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Prices"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: ShopPage, search: String) -> impl IntoView {
    let ShopPage { page: ShopConnectionPage { connection, prices, .. }, templates, .. } = page;
    let id = connection.id.to_string();
    let (href, name, title) =
        (format!("/settings/shops/{id}"), connection.name.clone(), format!("Prices of {}", connection.name));
    let options: Vec<(String, String)> =
        prices.iter().map(|price| (price.id.to_string(), price.price.clone())).collect();
    let unmapped = if connection.issues_unmapped { "get a license of the product." } else { "are ignored." };
    let table = if prices.is_empty() {
        view! {
            <EmptyState title="No price yet">
                <p>"A price is known by its id at the provider: of a price, a payment link or a variant."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <Table prices/> }.into_any()
    };
    let (id, options) = (StoredValue::new(id), StoredValue::new(options));
    let menu = StoredValue::new((templates, search));
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb">
            <a href="/settings/shops">"Connect your shop"</a> " › " <a href=href><bdi>{name}</bdi></a>
        </p>
        <h1>"Prices"</h1>
        <p>"What a license gets by its price. Prices that are not listed " {unmapped}</p>
        {table}
        <RequirePermission to=Permission::ManageWebhooks>
            <NewPrice connection=id.get_value() menu=menu.get_value()/>
            <RemovePrice connection=id.get_value() options=options.get_value()/>
        </RequirePermission>
    }
}

#[component]
fn Table(prices: Vec<ShopPriceView>) -> impl IntoView {
    let rows: Vec<_> = prices.into_iter().map(row).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Prices"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Price"</th>
                        <th scope="col">"Template"</th>
                        <th scope="col">"Paid for"</th>
                        <th scope="col">"Machines"</th>
                        <th scope="col">"Domains"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(price: ShopPriceView) -> impl IntoView {
    let ShopPriceView { price, template, validity, machine_limit, domain_limit, .. } = price;
    let or = |value: Option<String>, otherwise: &str| value.unwrap_or_else(|| otherwise.to_owned());
    view! {
        <tr>
            <th scope="row" class="name"><code class="text-break">{price}</code></th>
            <td data-label="Template"><bdi>{or(template, "the product’s")}</bdi></td>
            <td data-label="Paid for">{or(validity, "the paid period")}</td>
            <td data-label="Machines">{or(machine_limit, BY_TEMPLATE)}</td>
            <td data-label="Domains">{or(domain_limit, BY_TEMPLATE)}</td>
        </tr>
    }
}

#[component]
fn NewPrice(connection: String, menu: (LicenseTemplateMenu, String)) -> impl IntoView {
    let form = FormState::of::<SetShopPrice>();
    let (LicenseTemplateMenu { options, has_more }, search) = menu;
    let options: Vec<(String, String)> =
        [(String::new(), "The product’s".to_owned())].into_iter().chain(options).collect();
    let path = format!("/settings/shops/{connection}/prices");
    // A step of its own: a search loads the page again, without what is typed into the form.
    let step = (has_more || !search.is_empty()).then(move || {
        view! {
            <Card title="Find the license template">
                <p class="muted">"Search before you fill the form below: a search empties it."</p>
                <MenuSearch path name=TEMPLATE_SEARCH label="Search for a license template" search has_more/>
            </Card>
        }
    });
    view! {
        {step}
        <Card title="Set a price">
            <PostForm to=SetShopPrice::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=connection/>
                <Field form name="price" label="Id at the provider"/>
                <Select form name="template" label="License template" options=options/>
                <Field form name="validity" label="A payment is good for" placeholder="1 year"
                    hint="Empty: the paid period of a subscription, else as the template."/>
                <Field form name="machine_limit" label="Machines" kind="number"
                    hint="For each unit. Empty: as the template. Or: unlimited."/>
                <Field form name="domain_limit" label="Domains" kind="number"
                    hint="For each unit. Empty: as the template. Or: unlimited."/>
                <button class="button button-primary">"Save the price"</button>
            </PostForm>
        </Card>
    }
}

#[component]
fn RemovePrice(connection: String, options: Vec<(String, String)>) -> impl IntoView {
    if options.is_empty() {
        return None;
    }
    Some(view! {
        <Card title="Remove a price">
            <PostForm to=RemoveShopPrice::url()>
                <FormMessage form={FormState::of::<RemoveShopPrice>()}/>
                <input type="hidden" name="id" value=connection/>
                <Select form=FormState::unsubmitted() name="price_id" label="Price" options=options
                    hint="Licenses keep what they have."/>
                <button class="button button-danger-outline">"Remove"</button>
            </PostForm>
        </Card>
    })
}
