//! Page of a product, and the page that creates one.

mod keys;
mod settings;

use domain::permission::Permission;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::component::{
    CurrentUserContext, ErrorState, FormMessage, FormState, PageTitle, Permissions, RequirePermission,
    pluralize, refetch_trigger,
};
use crate::server_fn::product::{CreateProduct, ProductPage, UpdateProduct, product};
use keys::{KeyActions, Keys};
use settings::Settings;

/// The form for a new product.
#[component]
pub fn NewProduct() -> impl IntoView {
    let action = ServerAction::<CreateProduct>::new();
    let form = FormState::from_action(action);
    view! {
        <PageTitle text="Make a product"/>
        <h1>"Make a product"</h1>
        <RequirePermission to=Permission::WriteProduct otherwise="Owners and admins make products.">
            <ActionForm action attr:class="stack form" attr:novalidate=true>
                <FormMessage form/>
                <Settings form current=None/>
                <button class="button button-primary" disabled=move || action.pending().get()>"Make the product"</button>
            </ActionForm>
        </RequirePermission>
    }
}

/// A product: its settings and its signing keys.
#[component]
pub fn Product() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let update = ServerAction::<UpdateProduct>::new();
    let keys = KeyActions::new();
    let current_user = expect_context::<CurrentUserContext>();
    let (updated, of_keys) = (refetch_trigger(update), keys.version());
    let page =
        Resource::new_blocking(move || (id.get(), updated.get() + of_keys.get()), |(id, _)| product(id));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let permissions = current_user.permissions().await;
                match page.await {
                    Ok(page) => view! { <ProductBody page update keys permissions/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Product"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProductBody(
    page: ProductPage,
    update: ServerAction<UpdateProduct>,
    keys: KeyActions,
    permissions: Permissions,
) -> impl IntoView {
    let changes = permissions.allows(Permission::WriteProduct);
    let ProductPage { product, keys: list } = page;
    let form = FormState::from_action(update);
    let saved = move || matches!(update.value().read().as_ref(), Some(Ok(())));
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
            <ActionForm action=update attr:class="stack form" attr:novalidate=true>
                <FormMessage form/>
                {move || saved().then(|| view! { <p class="alert alert-success" role="status">"Saved."</p> })}
                <input type="hidden" name="id" value=product.id.to_string()/>
                <fieldset class="borderless stack" disabled=!changes>
                    <Settings form current=Some(product.clone())/>
                </fieldset>
                {if changes {
                    view! { <button class="button button-primary" disabled=move || update.pending().get()>"Save"</button> }.into_any()
                } else {
                    view! { <p class="muted">"Owners and admins change these."</p> }.into_any()
                }}
            </ActionForm>
        </section>
        <Keys product=id list actions=changes.then_some(keys)/>
    }
}
