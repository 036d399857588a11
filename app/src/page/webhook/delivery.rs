//! Page of a delivery: its payload, and its attempts with their answers.

use domain::json_indent;
use domain::permission::Permission;
use domain::view::{AttemptRow, DeliveryView};
use domain::webhook::DeliveryState;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_params_map;

use super::state::DeliveryBadge;
use crate::component::{
    Card, ErrorState, FormMessage, FormState, PageTitle, PostForm, RelativeTime, RequirePermission,
};
use crate::server_fn::webhook::{RetryWebhookDelivery, webhook_delivery};

/// Longest payload on the page, in characters. The API answers it as a whole.
const MAX_PAYLOAD_CHARS: usize = 12_000;
/// Attempts with their answers on the page.
const MAX_ATTEMPTS: usize = 10;

/// The page.
#[component]
pub fn WebhookDelivery() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.read().get("id").unwrap_or_default();
    let page = Resource::new(id, webhook_delivery);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <Parts page/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Delivery"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: DeliveryView) -> impl IntoView {
    let DeliveryView { webhook, delivery, payload, attempts } = page;
    let (href, name) = (format!("/settings/webhooks/{}", webhook.id), webhook.name);
    let (id, is_waiting) =
        (StoredValue::new(delivery.id.to_string()), delivery.state == DeliveryState::Pending);
    let title = delivery.event.clone();
    let next =
        delivery.next_attempt_at.map(|at| view! { <p class="muted">"Next attempt " <RelativeTime at/></p> });
    let attempts = attempts.into_iter().take(MAX_ATTEMPTS).enumerate();
    let attempts: Vec<_> =
        attempts.map(|(place, attempt)| view! { <Attempt attempt is_latest=place == 0/> }).collect();
    let again = (!is_waiting).then(|| {
        view! {
            <RequirePermission to=Permission::ManageWebhooks>
                <PostForm to=RetryWebhookDelivery::url() class="action">
                    <input type="hidden" name="id" value=id.get_value()/>
                    <button class="button button-primary">"Send again"</button>
                </PostForm>
            </RequirePermission>
        }
    });
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb"><a href="/settings/webhooks">"Webhooks"</a> " › " <a href=href><bdi>{name}</bdi></a></p>
        <div class="page-header">
            <h1>{delivery.event} " " <DeliveryBadge state=delivery.state/></h1>
            {again}
        </div>
        <FormMessage form={FormState::of::<RetryWebhookDelivery>()}/>
        <p class="muted">
            "Happened " <RelativeTime at=delivery.created_at/> ". Header webhook-id: "
            <code class="text-break">{delivery.id.to_string()}</code>
        </p>
        {next}
        <Card title="Attempts">{attempts}</Card>
        <Payload payload/>
    }
}

#[component]
fn Payload(payload: Option<String>) -> impl IntoView {
    let body = match payload {
        Some(payload) if payload.is_empty() => view! { <p class="muted">"It was deleted."</p> }.into_any(),
        Some(payload) => {
            // What is sent has no line breaks, and else is the same.
            let text = json_indent::indent(&payload);
            let is_cut = text.chars().count() > MAX_PAYLOAD_CHARS;
            let text: String = text.chars().take(MAX_PAYLOAD_CHARS).collect();
            let cut = is_cut
                .then(|| view! { <p class="muted">"The rest is in the API: /v3/webhook-event-logs."</p> });
            view! { <pre class="code-block" tabindex="0">{text}</pre> {cut} }.into_any()
        }
        None => {
            view! { <p class="muted">"It can hold license keys, which your role does not allow to see."</p> }
                .into_any()
        }
    };
    view! { <Card title="Payload">{body}</Card> }
}

/// An attempt. The answer to the latest one is open, because a failure is why a member looks here.
#[component]
fn Attempt(attempt: AttemptRow, is_latest: bool) -> impl IntoView {
    let AttemptRow { state, status_code, answer, error, requested_at, responded_at, is_manual, .. } = attempt;
    let time = requested_at.map(|at| view! { <RelativeTime at/> });
    let took =
        requested_at.zip(responded_at).map(|(from, to)| format!(" · {} ms", to.millis() - from.millis()));
    let status = status_code.map(|status| format!(" · HTTP {status}"));
    let manual = is_manual.then_some(" · by hand");
    let error = error.filter(|_| status_code.is_none()).map(|error| view! { <p>{error}</p> });
    let answer = answer.filter(|answer| !answer.is_empty());
    let answer = answer.map(|answer| {
        view! {
            <details open=is_latest>
                <summary>"Answer"</summary>
                <pre class="code-block" tabindex="0">{answer}</pre>
            </details>
        }
    });
    view! {
        <section>
            <h3>{format!("Attempt {}", attempt.attempt)} " " <DeliveryBadge state/></h3>
            <p class="muted">{time} {status} {took} {manual}</p>
            {error}
            {answer}
        </section>
    }
}
