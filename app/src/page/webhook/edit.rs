//! Pages that make and change a webhook.

use domain::permission::Permission;
use domain::view::WebhookView;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::fields::{FieldValues, WebhookFields};
use crate::component::{
    Card, ErrorState, Field, FormMessage, FormState, PageTitle, PostForm, RequirePermission,
};
use crate::server_fn::webhook::{ChangeWebhook, CreateWebhook, webhook_settings};

const NOT_ALLOWED: &str = "Your role does not allow to change webhooks.";

/// The page of a new webhook.
#[component]
pub fn NewWebhook() -> impl IntoView {
    let form = FormState::of::<CreateWebhook>();
    view! {
        <PageTitle text="New webhook"/>
        <p class="breadcrumb"><a href="/settings/webhooks">"Webhooks"</a></p>
        <h1>"New webhook"</h1>
        <RequirePermission to=Permission::ManageWebhooks otherwise=NOT_ALLOWED>
            <Card title="Receiver and events">
                <PostForm to=CreateWebhook::url() novalidate=true>
                    <FormMessage form/>
                    <WebhookFields form values=FieldValues::default()/>
                    <Field form name="secret" label="Secret" kind="password" autocomplete="off"
                        hint="Empty: a new one is made, and shown once."/>
                    <button class="button button-primary">"Make the webhook"</button>
                </PostForm>
            </Card>
        </RequirePermission>
    }
}

/// The page that changes a webhook.
#[component]
pub fn EditWebhook() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").unwrap_or_default();
    let page = Resource::new(id, webhook_settings);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(webhook) => view! { <Edit webhook/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Webhook"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Edit(webhook: WebhookView) -> impl IntoView {
    let form = FormState::of::<ChangeWebhook>();
    let (id, href) = (StoredValue::new(webhook.id.to_string()), format!("/settings/webhooks/{}", webhook.id));
    let title = format!("Change {}", webhook.name);
    let name = webhook.name.clone();
    let values = StoredValue::new(FieldValues {
        name: webhook.name,
        url: webhook.url,
        scheme: webhook.scheme,
        is_enabled: webhook.is_enabled,
        events: webhook.events,
    });
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb"><a href="/settings/webhooks">"Webhooks"</a> " › " <a href=href><bdi>{name}</bdi></a></p>
        <h1>"Change the webhook"</h1>
        <RequirePermission to=Permission::ManageWebhooks otherwise=NOT_ALLOWED>
            <Card title="Receiver and events">
                <PostForm to=ChangeWebhook::url() novalidate=true>
                    <FormMessage form/>
                    <input type="hidden" name="id" value=id.get_value()/>
                    <WebhookFields form values=values.get_value()/>
                    <button class="button button-primary">"Save"</button>
                </PostForm>
            </Card>
        </RequirePermission>
    }
}
