//! Badges of webhooks and deliveries.

use domain::view::WebhookView;
use domain::webhook::{DeliveryState, WebhookStatus};
use leptos::prelude::*;

use crate::component::{Badge, Tone};

/// The status of a webhook.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn WebhookBadge(webhook: WebhookView) -> impl IntoView {
    if !webhook.is_enabled {
        return view! { <Badge tone=Tone::Neutral>"Off"</Badge> }.into_any();
    }
    let tone = match webhook.status {
        WebhookStatus::Healthy => Tone::Success,
        WebhookStatus::Unhealthy => Tone::Warning,
        WebhookStatus::Suspended => Tone::Danger,
    };
    view! { <Badge tone>{webhook.status.label()}</Badge> }.into_any()
}

/// The state of a delivery or an attempt.
#[component]
pub fn DeliveryBadge(state: DeliveryState) -> impl IntoView {
    let tone = match state {
        DeliveryState::Succeeded => Tone::Success,
        DeliveryState::Pending => Tone::Neutral,
        DeliveryState::Skipped => Tone::Warning,
        DeliveryState::Failed => Tone::Danger,
    };
    view! { <Badge tone>{state.label()}</Badge> }
}

/// Returns the host of an address, for lists: a path may hold a secret of the receiver.
pub fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_show_the_host_alone() {
        assert_eq!(host_of("https://hooks.example:8443/T000/secret"), "hooks.example:8443");
        assert_eq!(host_of("https://hooks.example?token=secret"), "hooks.example");
    }
}
