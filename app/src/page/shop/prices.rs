//! The prices of a connection, with what their licenses get.

use domain::permission::Permission;
use domain::view::ShopPriceView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{Card, Field, FormMessage, FormState, PostForm, RequirePermission, Select};
use crate::server_fn::shop::{RemoveShopPrice, SetShopPrice};

/// What a missing value follows.
const BY_TEMPLATE: &str = "as the template";

/// The table, and the forms that set and remove a price.
#[component]
pub fn Prices(
    connection: String,
    prices: Vec<ShopPriceView>,
    templates: Vec<(String, String)>,
) -> impl IntoView {
    let options: Vec<(String, String)> =
        prices.iter().map(|price| (price.id.to_string(), price.price.clone())).collect();
    let table = if prices.is_empty() {
        view! { <p class="muted">"No price has terms of its own yet."</p> }.into_any()
    } else {
        view! { <Table prices/> }.into_any()
    };
    let (connection, options, templates) =
        (StoredValue::new(connection), StoredValue::new(options), StoredValue::new(templates));
    view! {
        <Card title="Prices">
            <p>"A price is known by its id at the provider: of a price, a payment link or a variant. Limits count for each unit that is bought."</p>
            {table}
            <RequirePermission to=Permission::ManageWebhooks>
                <NewPrice connection=connection.get_value() templates=templates.get_value()/>
                <RemovePrice connection=connection.get_value() options=options.get_value()/>
            </RequirePermission>
        </Card>
    }
}

#[component]
fn Table(prices: Vec<ShopPriceView>) -> impl IntoView {
    let rows: Vec<_> = prices.into_iter().map(row).collect();
    view! {
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
fn NewPrice(connection: String, templates: Vec<(String, String)>) -> impl IntoView {
    let form = FormState::of::<SetShopPrice>();
    let options: Vec<(String, String)> =
        [(String::new(), "The product’s".to_owned())].into_iter().chain(templates).collect();
    let is_open = form.was_rejected();
    view! {
        <details open=is_open>
            <summary>"Set a price"</summary>
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
        </details>
    }
}

#[component]
fn RemovePrice(connection: String, options: Vec<(String, String)>) -> impl IntoView {
    if options.is_empty() {
        return None;
    }
    Some(view! {
        <details>
            <summary>"Remove a price"</summary>
            <PostForm to=RemoveShopPrice::url()>
                <FormMessage form={FormState::of::<RemoveShopPrice>()}/>
                <input type="hidden" name="id" value=connection/>
                <Select form=FormState::unsubmitted() name="price_id" label="Price" options=options
                    hint="Licenses keep what they have."/>
                <button class="button button-danger-outline">"Remove"</button>
            </PostForm>
        </details>
    })
}
