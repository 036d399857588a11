//! Page of a connection: what to set at the provider, the secret, the settings and the log.

use domain::ShopEventId;
use domain::permission::Permission;
use domain::purchase::ShopOutcome;
use domain::view::ShopConnectionPage;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::log::Log;
use super::settings::Settings;
use super::steps::Steps;
use crate::component::{
    Badge, Card, Dialog, ErrorState, Field, FormMessage, FormState, Number, PageTitle, PostForm,
    RequirePermission, Tone,
};
use crate::server_fn::shop::{DeleteShop, SetShopSecret, ShopPage, shop};

/// The page.
#[component]
pub fn Shop() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let request = move || {
        let id = params.read().get("id").unwrap_or_default();
        let outcome: Option<ShopOutcome> = query.read().get("outcome").and_then(|it| it.parse().ok());
        let before: Option<ShopEventId> = query.read().get("before").and_then(|id| id.parse().ok());
        (id, outcome, before)
    };
    let page = Resource::new(request, |(id, outcome, before)| shop(id, outcome, before, false, None));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let outcome = query.read_untracked().get("outcome").and_then(|it| it.parse().ok());
                match page.await {
                    Ok(page) => view! { <Parts page outcome/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Shop"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: ShopPage, outcome: Option<ShopOutcome>) -> impl IntoView {
    let ShopPage { page, address, .. } = page;
    let ShopConnectionPage { connection, prices, events, older, mail_is_on } = page;
    let (id, provider) = (connection.id.to_string(), connection.provider);
    let (title, name, product) =
        (connection.name.clone(), connection.name.clone(), connection.product_name.clone());
    let price_count = i64::try_from(prices.len()).unwrap_or(i64::MAX);
    let prices_page = format!("/settings/shops/{id}/prices");
    let has_secret = connection.secret_last_four.is_some();
    let state = if has_secret {
        view! { <Badge tone=Tone::Success>"Connected"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Warning>"The secret is missing"</Badge> }.into_any()
    };
    let (product_page, last_four) =
        (format!("/products/{}", connection.product), connection.secret_last_four.clone());
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb"><a href="/settings/shops">"Connect your shop"</a></p>
        <h1><bdi>{name}</bdi> " " {state}</h1>
        <p class="muted">
            {provider.label()} " · licenses of "
            <a href=product_page><bdi>{product}</bdi></a>
        </p>
        <Steps provider address is_open=!has_secret/>
        <Secret connection=id.clone() last_four/>
        <Card title="Prices">
            <p>
                <Number of=price_count/> " of your prices have terms: a license template, a period, and limits. "
                <a href=prices_page>"Prices"</a>
            </p>
        </Card>
        <Settings connection mail_is_on/>
        <Log connection=id.clone() events older=older.map(|id| id.to_string()) outcome/>
        <Deletion connection=id/>
    }
}

#[component]
fn Secret(connection: String, last_four: Option<String>) -> impl IntoView {
    let id = StoredValue::new(connection);
    let form = FormState::of::<SetShopSecret>();
    let present = match last_four {
        Some(last_four) => {
            view! { <p>"The signing secret is set: " <code>"****" {last_four}</code></p> }.into_any()
        }
        None => view! { <p>"No event is taken before the secret is set."</p> }.into_any(),
    };
    view! {
        <Card title="Signing secret">
            {present}
            <RequirePermission to=Permission::ManageWebhooks>
                <PostForm to=SetShopSecret::url() novalidate=true>
                    <FormMessage form/>
                    <input type="hidden" name="id" value=id.get_value()/>
                    <Field form name="secret" label="Secret" kind="password" autocomplete="off"
                        hint="It is not shown again. The present one is taken for 24 hours more. If others know that one, replace the new one, too: the last two are taken."/>
                    <button class="button button-primary">"Save the secret"</button>
                </PostForm>
            </RequirePermission>
        </Card>
    }
}

#[component]
fn Deletion(connection: String) -> impl IntoView {
    let id = StoredValue::new(connection);
    view! {
        <RequirePermission to=Permission::ManageWebhooks>
            <Dialog id="delete" label="Delete…" title="Delete this connection?">
                <PostForm to=DeleteShop::url()>
                    <p>
                        "Its events are refused from now on, and its log is deleted. The licenses stay, and are renewed by it no more. "
                        <strong>"This can’t be undone."</strong>
                    </p>
                    <input type="hidden" name="id" value=id.get_value()/>
                    <button class="button button-danger">"Delete for good"</button>
                </PostForm>
            </Dialog>
        </RequirePermission>
    }
}
