//! Page "Connect your shop": the connections of the account, and the form that makes one.

use domain::permission::Permission;
use domain::purchase::ShopProvider;
use domain::view::{ProductOption, ShopConnectionList, ShopConnectionView};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    Badge, Card, EmptyState, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm,
    RequirePermission, Select, Tone,
};
use crate::server_fn::shop::{CreateShop, shops};

/// The page.
#[component]
pub fn Shops() -> impl IntoView {
    let page = Resource::new(|| (), |()| shops());
    view! {
        <PageTitle text="Connect your shop"/>
        <h1>"Connect your shop"</h1>
        <p>
            "Stripe, Paddle and Lemon Squeezy send an event when a customer buys, pays again, fails to pay, or gets a refund. A connection issues, renews and suspends licenses by these events, without code of yours."
        </p>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: ShopConnectionList) -> impl IntoView {
    let ShopConnectionList { connections, products } = page;
    let products = StoredValue::new(products);
    view! {
        <Connections connections/>
        <RequirePermission to=Permission::ManageWebhooks>
            <NewConnection products=products.get_value()/>
        </RequirePermission>
        <Card title="Another shop, by webhooks">
            <p>
                "A shop or a system without a connection here calls the management API with an API token: a purchase makes a license, a renewal moves its expiry, a refund suspends it. "
                <a href="/docs" rel="external">"The API reference"</a> " has every request, and "
                <a href="/settings/tokens">"API tokens"</a> " are made here."
            </p>
            <p>
                "The other way, a " <a href="/settings/webhooks">"webhook"</a>
                " of yours gets an event when a license changes, such as to show the key in your shop."
            </p>
        </Card>
    }
}

#[component]
fn Connections(connections: Vec<ShopConnectionView>) -> impl IntoView {
    if connections.is_empty() {
        return view! {
            <EmptyState title="No shop is connected">
                <p>"Connect one below. Its page shows the address for the provider, step by step."</p>
            </EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = connections.into_iter().map(row).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Connected shops"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Connection"</th>
                        <th scope="col">"Product"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(connection: ShopConnectionView) -> impl IntoView {
    let ShopConnectionView { id, name, provider, product_name, secret_last_four, .. } = connection;
    let state = if secret_last_four.is_some() {
        view! { <Badge tone=Tone::Success>"Connected"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Warning>"The secret is missing"</Badge> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="name">
                <a href=format!("/settings/shops/{id}")><bdi>{name}</bdi></a>
                <span class="cell-note">{provider.label()}</span>
            </th>
            <td data-label="Product"><bdi>{product_name}</bdi></td>
            <td data-label="State">{state}</td>
        </tr>
    }
}

#[component]
fn NewConnection(products: Vec<ProductOption>) -> impl IntoView {
    let form = FormState::of::<CreateShop>();
    let providers = ShopProvider::ALL.map(|it| (it.as_str().to_owned(), it.label().to_owned())).to_vec();
    let products: Vec<(String, String)> =
        products.into_iter().map(|product| (product.id.to_string(), product.name)).collect();
    view! {
        <Card title="Connect a shop">
            <PostForm to=CreateShop::url() novalidate=true>
                <FormMessage form/>
                <Select form name="provider" label="Provider" options=providers/>
                <Select form name="product" label="Product" options=products
                    hint="Its licenses are issued. Make a connection for each product."/>
                <Field form name="name" label="Name" hint="For your lists. Empty: the provider’s name."/>
                <button class="button button-primary">"Connect"</button>
            </PostForm>
        </Card>
    }
}
