//! Page of a product, and the page that creates one.

mod keys;
mod settings;

use domain::permission::Permission;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, PageTitle, Permissions, PostForm,
    RequirePermission, pluralize,
};
use crate::server_fn::product::{CreateProduct, ProductPage, UpdateProduct, product};
use keys::Keys;
use settings::Settings;

/// The form for a new product.
#[component]
pub fn NewProduct() -> impl IntoView {
    let form = FormState::of::<CreateProduct>();
    view! {
        <PageTitle text="Make a product"/>
        <h1>"Make a product"</h1>
        <RequirePermission to=Permission::WriteProduct otherwise="Owners and admins make products.">
            <PostForm to=CreateProduct::url() novalidate=true>
                <FormMessage form/>
                <Settings form current=None/>
                <button class="button button-primary">"Make the product"</button>
            </PostForm>
        </RequirePermission>
    }
}

/// A product: its settings and its signing keys.
#[component]
pub fn Product() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let current_user = expect_context::<CurrentUserContext>();
    let page = Resource::new_blocking(move || id.get(), product);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => view! { <ProductBody page permissions/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Product"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProductBody(page: ProductPage, permissions: Permissions) -> impl IntoView {
    let changes = permissions.allows(Permission::WriteProduct);
    let ProductPage { product, keys: list } = page;
    let form = FormState::of::<UpdateProduct>();
    let saved =
        form.has_succeeded().then(|| view! { <p class="alert alert-success" role="status">"Saved."</p> });
    let id = product.id;
    let trials = product.machines.trial.map(|trial| {
        view! { " · " {product.trials} " of " {trial.limit.to_string()} " trials" }
    });
    view! {
        <PageTitle text=product.name.clone()/>
        <div class="page-header">
            <h1>{product.name.clone()}</h1>
            <div class="actions">
                <a class="button" href=format!("/products/{}/integrate", product.id)>"Integrate"</a>
                {permissions.allows(Permission::WriteLicense).then(|| view! {
                    <a class="button button-primary" href=format!("/licenses/new?product={}", product.id)>"Issue a license"</a>
                })}
            </div>
        </div>
        <p class="muted">
            "Product " {product.number} " · " <code>{product.slug.clone()}</code> " · "
            <a href=format!("/licenses?product={}", product.id)>{pluralize(product.licenses, "license")}</a> {trials}
        </p>
        <section>
            <h2>"Settings"</h2>
            <PostForm to=UpdateProduct::url() novalidate=true>
                <FormMessage form/>
                <input type="hidden" name="id" value=product.id.to_string()/>
                <fieldset class="borderless stack" disabled=!changes>
                    <Settings form current=Some(product.clone())/>
                </fieldset>
                // Beside the button, because the page keeps its place.
                {saved}
                {if changes {
                    view! { <button class="button button-primary">"Save"</button> }.into_any()
                } else {
                    view! { <p class="muted">"Owners and admins change these."</p> }.into_any()
                }}
            </PostForm>
        </section>
        <Keys product=id list may_change=changes/>
    }
}
