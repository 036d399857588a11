//! Page that lists products.

use domain::ProductId;
use domain::permission::Permission;
use domain::view::ProductView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::component::{
    EmptyState, ErrorState, FormMessage, FormState, Number, PageTitle, PostForm, RequirePermission, pluralize,
};
use crate::server_fn::product::{RestoreProduct, products};

/// The products.
#[component]
pub fn Products() -> impl IntoView {
    let list = Resource::new(|| (), |()| products());
    view! {
        <PageTitle text="Products"/>
        <div class="page-header">
            <h1>"Products"</h1>
            <a class="button" href="/license-templates">"License templates"</a>
            <a class="button" href="/trial-policies">"Trial policies"</a>
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
                    Ok(list) => view! { <ProductLists list/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The products that are sold, and apart from them the archived ones.
#[component]
fn ProductLists(list: Vec<ProductView>) -> impl IntoView {
    let (archived, sold): (Vec<_>, Vec<_>) = list.into_iter().partition(|p| p.archived_at.is_some());
    let sold = if sold.is_empty() {
        view! { <p class="muted">"Every product is archived."</p> }.into_any()
    } else {
        view! { <ProductTable list=sold/> }.into_any()
    };
    let archived = (!archived.is_empty()).then(|| {
        view! {
            <section>
                <h2>"Archived"</h2>
                <p class="muted">"No license can be issued for them, and no trial started. Their licenses and trials go on."</p>
                <FormMessage form={FormState::of::<RestoreProduct>()}/>
                <ArchivedList list=archived/>
            </section>
        }
    });
    view! { {sold} {archived} }
}

#[component]
fn ArchivedList(list: Vec<ProductView>) -> impl IntoView {
    let items: Vec<_> = list
        .into_iter()
        .map(|p| {
            let (id, name) = (p.id, p.name.clone());
            view! {
                <li>
                    <div>
                        <a class="item-title" href=format!("/products/{id}")>{p.name}</a>
                        <span class="muted">{pluralize(p.licenses, "license")}</span>
                    </div>
                    <RequirePermission to=Permission::WriteProduct><Restore id name=name.clone()/></RequirePermission>
                </li>
            }
        })
        .collect();
    view! { <ul class="item-list">{items}</ul> }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Restore(id: ProductId, name: String) -> impl IntoView {
    view! {
        <PostForm to=RestoreProduct::url() class="">
            <input type="hidden" name="id" value=id.to_string()/>
            <button class="button button-small" aria-label=format!("Restore {name}")>"Restore"</button>
        </PostForm>
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
