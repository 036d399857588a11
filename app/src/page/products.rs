//! Page that lists products.

use domain::permission::Permission;
use domain::view::ProductView;
use leptos::prelude::*;

use crate::component::{EmptyState, ErrorState, Number, PageTitle, RequirePermission};
use crate::server_fn::product::products;

/// The products.
#[component]
pub fn Products() -> impl IntoView {
    let list = Resource::new_blocking(|| (), |()| products());
    view! {
        <PageTitle text="Products"/>
        <div class="page-header">
            <h1>"Products"</h1>
            <RequirePermission to=Permission::WriteProduct><a class="button button-primary" href="/products/new">"Make a product"</a></RequirePermission>
        </div>
        <Transition>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(list) if list.is_empty() => view! {
                        <EmptyState title="No product yet">
                            <p>"A product is what you sell: a plugin, a theme, an app. It sets the defaults of its licenses."</p>
                            <RequirePermission to=Permission::WriteProduct><a class="button button-primary" href="/products/new">"Make a product"</a></RequirePermission>
                        </EmptyState>
                    }
                    .into_any(),
                    Ok(list) => view! { <ProductTable list/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProductTable(list: Vec<ProductView>) -> impl IntoView {
    let rows: Vec<_> = list
        .into_iter()
        .map(|p| {
            let validity = p.validity.map_or_else(|| "without an expiry".to_owned(), domain::Period::label);
            view! {
                <tr>
                    <th scope="row" class="name"><a href=format!("/products/{}", p.id)>{p.name}</a></th>
                    <td data-label="Slug" class="text-break"><code>{p.slug}</code></td>
                    <td data-label="Domains" class="number">{p.domain_limit.to_string()}</td>
                    <td data-label="Machines" class="number">{p.machine_limit.to_string()}</td>
                    <td data-label="Valid">{validity}</td>
                    <td data-label="Licenses"><Number of=p.licenses/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Products"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Product"</th>
                        <th scope="col">"Slug"</th>
                        <th scope="col">"Domains"</th>
                        <th scope="col">"Machines"</th>
                        <th scope="col">"Valid"</th>
                        <th scope="col">"Licenses"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}
