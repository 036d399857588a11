//! Page of a webhook: its settings, its secret when it is new, its actions, and its deliveries.

use domain::WebhookDeliveryId;
use domain::permission::Permission;
use domain::view::{DeliveryPage, DeliveryRow, WebhookView};
use domain::webhook::{DeliveryState, WebhookStatus};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::state::{DeliveryBadge, WebhookBadge};
use crate::component::{
    Card, Dialog, EmptyState, ErrorState, Fact, Facts, FilterChip, FilterChips, FormMessage, FormState,
    Notice, Number, OlderLink, PageTitle, PostForm, RelativeTime, RequirePermission, Select, Tone,
};
use crate::island::CopyButton;
use crate::server_fn::webhook::{
    DeleteWebhook, ResumeWebhook, RotateWebhookSecret, TestWebhook, WebhookPage, webhook,
};

/// The page.
#[component]
pub fn Webhook() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let request = move || {
        let id = params.read().get("id").unwrap_or_default();
        let state: Option<DeliveryState> = query.read().get("state").and_then(|state| state.parse().ok());
        let before: Option<WebhookDeliveryId> = query.read().get("before").and_then(|id| id.parse().ok());
        (id, state, before)
    };
    let page = Resource::new(request, |(id, state, before)| webhook(id, state, before));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let state = query.read_untracked().get("state").and_then(|state| state.parse().ok());
                match page.await {
                    Ok(page) => view! { <Parts page state/> }.into_any(),
                    Err(error) => view! { <PageTitle text="Webhook"/> <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Parts(page: WebhookPage, state: Option<DeliveryState>) -> impl IntoView {
    let WebhookPage { deliveries: DeliveryPage { webhook, deliveries, older }, secret } = page;
    let (title, name) = (webhook.name.clone(), webhook.name.clone());
    let secret = secret.map(|secret| {
        view! {
            <section class="alert alert-success" role="status">
                <p><strong>"Copy the secret now: it is shown this once."</strong></p>
                <p class="key-row"><code class="key">{secret.clone()}</code> <CopyButton text=secret/></p>
            </section>
        }
    });
    let id = webhook.id.to_string();
    view! {
        <PageTitle text=title/>
        <p class="breadcrumb"><a href="/settings/webhooks">"Webhooks"</a></p>
        <h1><bdi>{name}</bdi> " " <WebhookBadge webhook=webhook.clone()/></h1>
        <FormMessage form={FormState::of::<TestWebhook>()}/>
        {secret}
        <Suspension webhook=webhook.clone()/>
        <Settings webhook/>
        <Deliveries webhook=id deliveries older=older.map(|id| id.to_string()) state/>
    }
}

/// Why nothing is sent, and how to go on.
#[component]
fn Suspension(webhook: WebhookView) -> impl IntoView {
    if webhook.status != WebhookStatus::Suspended {
        return None;
    }
    let id = StoredValue::new(webhook.id.to_string());
    Some(view! {
        <Notice tone=Tone::Danger>
            <p role="status">
                "This webhook is suspended: its receiver failed for a day and more, or wants no events. New events are skipped, and can be sent by hand."
            </p>
            <RequirePermission to=Permission::ManageWebhooks>
                <PostForm to=ResumeWebhook::url() class="action">
                    <input type="hidden" name="id" value=id.get_value()/>
                    <button class="button button-primary">"Send events again"</button>
                </PostForm>
            </RequirePermission>
        </Notice>
    })
}

#[component]
fn Settings(webhook: WebhookView) -> impl IntoView {
    let WebhookView { id, url, secret_last_four, scheme, events, .. } = webhook.clone();
    let (id, edit) = (id.to_string(), format!("/settings/webhooks/{id}/edit"));
    let failing = webhook.failing_since.map(|at| {
        let failures = i64::from(webhook.consecutive_failures);
        view! { <Fact name="Failing"><Number of=failures/> " times since " <RelativeTime at/></Fact> }
    });
    let last =
        webhook.last_succeeded_at.map(|at| view! { <Fact name="Last delivered"><RelativeTime at/></Fact> });
    let former = webhook.previous_secret_until.map(|at| {
        view! { <Fact name="Former secret">"signs too until " <RelativeTime at/></Fact> }
    });
    let events: Vec<_> = events.into_iter().map(|event| view! { <li><code>{event}</code></li> }).collect();
    view! {
        <Card title="Settings">
            <Facts>
                <Fact name="Address"><span class="text-break">{url}</span></Fact>
                <Fact name="Signature">{scheme.label()}</Fact>
                <Fact name="Secret"><code>"****" {secret_last_four}</code></Fact>
                {former}
                {last}
                {failing}
            </Facts>
            <details>
                <summary>"Events"</summary>
                <ul>{events}</ul>
            </details>
            <RequirePermission to=Permission::ManageWebhooks>
                <Actions id=id.clone() edit=edit.clone()/>
            </RequirePermission>
        </Card>
    }
}

#[component]
fn Actions(id: String, edit: String) -> impl IntoView {
    let overlaps = [("24", "a day"), ("168", "a week"), ("1", "an hour"), ("0", "not at all")]
        .map(|(hours, label)| (hours.to_owned(), label.to_owned()))
        .to_vec();
    let (test_id, rotate_id, delete_id) = (id.clone(), id.clone(), id);
    view! {
        <div class="actions">
            <PostForm to=TestWebhook::url() class="action">
                <input type="hidden" name="id" value=test_id/>
                <button class="button">"Send a test"</button>
            </PostForm>
            <a class="button" href=edit>"Change…"</a>
            <Dialog id="rotate" label="New secret…" title="Make a new secret?" class="button">
                <PostForm to=RotateWebhookSecret::url()>
                    <p>"Deliveries are signed with the new secret at once. The former one can sign too, so that your receiver has time."</p>
                    <input type="hidden" name="id" value=rotate_id/>
                    <Select form=FormState::unsubmitted() name="overlap_hours" label="The former secret signs too for"
                        options=overlaps value="24"/>
                    <button class="button button-primary">"Make a new secret"</button>
                </PostForm>
            </Dialog>
            <Dialog id="delete" label="Delete…" title="Delete this webhook?">
                <PostForm to=DeleteWebhook::url()>
                    <p>"It gets no further events, and what waits is dropped. " <strong>"This can’t be undone."</strong></p>
                    <input type="hidden" name="id" value=delete_id/>
                    <button class="button button-danger">"Delete for good"</button>
                </PostForm>
            </Dialog>
        </div>
    }
}

#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
fn Deliveries(
    webhook: String,
    deliveries: Vec<DeliveryRow>,
    older: Option<String>,
    state: Option<DeliveryState>,
) -> impl IntoView {
    let path = format!("/settings/webhooks/{webhook}");
    let chip = |label: &'static str, of: Option<DeliveryState>| {
        let href = of.map_or_else(|| path.clone(), |of| format!("{path}?state={of}"));
        view! { <FilterChip href label is_chosen=of == state/> }
    };
    let chips: Vec<_> = [("All", None)]
        .into_iter()
        .chain(DeliveryState::ALL.map(|state| (state.label(), Some(state))))
        .map(|(label, of)| chip(label, of))
        .collect();
    let older = older.map(|id| {
        let of_state = state.map(|state| format!("&state={state}")).unwrap_or_default();
        format!("{path}?before={id}{of_state}")
    });
    let list = if deliveries.is_empty() {
        view! {
            <EmptyState title="No delivery">
                <p>"Deliveries are listed here for 30 days."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <DeliveryTable deliveries/> }.into_any()
    };
    view! {
        <h2>"Deliveries"</h2>
        <FilterChips label="State">{chips}</FilterChips>
        {list}
        <OlderLink href=older/>
    }
}

#[component]
fn DeliveryTable(deliveries: Vec<DeliveryRow>) -> impl IntoView {
    let rows: Vec<_> = deliveries.into_iter().map(row).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Deliveries"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Attempts"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(delivery: DeliveryRow) -> impl IntoView {
    let DeliveryRow { id, event, state, attempts, created_at, next_attempt_at } = delivery;
    let next = next_attempt_at.filter(|_| attempts > 0);
    let next = next.map(|at| view! { <span class="cell-note">"next attempt " <RelativeTime at/></span> });
    view! {
        <tr>
            <th scope="row" class="name"><a href=format!("/settings/webhooks/deliveries/{id}")>{event}</a></th>
            <td data-label="State"><DeliveryBadge state/> {next}</td>
            <td data-label="Attempts"><Number of=i64::from(attempts)/></td>
            <td data-label="When"><RelativeTime at=created_at/></td>
        </tr>
    }
}
