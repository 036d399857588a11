//! Page of the account's webhooks.

use domain::permission::Permission;
use domain::view::WebhookView;
use leptos::prelude::*;

use super::state::{WebhookBadge, host_of};
use crate::component::{EmptyState, ErrorState, PageTitle, RelativeTime, RequirePermission};
use crate::server_fn::webhook::webhooks;

/// The page.
#[component]
pub fn Webhooks() -> impl IntoView {
    let page = Resource::new(|| (), |()| webhooks());
    view! {
        <PageTitle text="Webhooks"/>
        <div class="page-header">
            <h1>"Webhooks"</h1>
            <RequirePermission to=Permission::ManageWebhooks>
                <a class="button button-primary" href="/settings/webhooks/new">"Make a webhook"</a>
            </RequirePermission>
        </div>
        <p>"A webhook is an address of yours that gets an event, as a POST, when a license, a customer or an activation changes."</p>
        <Transition>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(webhooks) => view! { <List webhooks/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn List(webhooks: Vec<WebhookView>) -> impl IntoView {
    if webhooks.is_empty() {
        return view! {
            <EmptyState title="No webhook yet">
                <p>"Make one, and send it a test. Its deliveries are listed for 30 days."</p>
            </EmptyState>
        }
        .into_any();
    }
    let rows: Vec<_> = webhooks.into_iter().map(row).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Webhooks"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Webhook"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Last delivered"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(webhook: WebhookView) -> impl IntoView {
    let href = format!("/settings/webhooks/{}", webhook.id);
    let (name, host) = (webhook.name.clone(), host_of(&webhook.url));
    let last = match webhook.last_succeeded_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="name"><a href=href><bdi>{name}</bdi></a> <span class="cell-note text-break">{host}</span></th>
            <td data-label="Status"><WebhookBadge webhook/></td>
            <td data-label="Last delivered">{last}</td>
        </tr>
    }
}
