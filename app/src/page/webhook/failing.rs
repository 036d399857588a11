//! Failing webhooks, for the overview.

use domain::view::WebhookView;
use leptos::prelude::*;

use super::state::WebhookBadge;
use crate::UiError;
use crate::component::Card;

/// The webhooks whose receivers fail. Nothing if there are none.
#[component]
pub fn FailingWebhooks(failing: Resource<Result<Vec<WebhookView>, UiError>>) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let webhooks = failing.await.unwrap_or_default();
                (!webhooks.is_empty()).then(|| view! { <List webhooks/> })
            })}
        </Suspense>
    }
}

#[component]
fn List(webhooks: Vec<WebhookView>) -> impl IntoView {
    let rows: Vec<_> = webhooks
        .into_iter()
        .map(|webhook| {
            let (href, name) = (format!("/settings/webhooks/{}", webhook.id), webhook.name.clone());
            view! { <li><a href=href><bdi>{name}</bdi></a> " " <WebhookBadge webhook/></li> }
        })
        .collect();
    view! { <Card title="Failing webhooks"><ul class="item-list">{rows}</ul></Card> }
}
