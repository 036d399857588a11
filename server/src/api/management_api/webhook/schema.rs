//! Words of webhooks and bodies of requests about them, for the OpenAPI document. The parser is more lenient
//! (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

use crate::api::management_api::answer::Time;

/// How the deliveries of a webhook go: `unhealthy` after a failed attempt, `suspended` after many.
#[derive(ToSchema)]
#[schema(as = v3::WebhookStatus, rename_all = "lowercase")]
pub(super) enum WebhookStatus {
    Healthy,
    Unhealthy,
    Suspended,
}

/// How deliveries are signed: by the body alone, or by Standard Webhooks.
#[derive(ToSchema)]
#[schema(as = v3::SignatureScheme, rename_all = "lowercase")]
pub(super) enum SignatureScheme {
    V3,
    Standard,
}

/// How an attempt ended: `pending` waits, and `skipped` was not sent because the webhook was suspended.
#[derive(ToSchema)]
#[schema(as = v3::DeliveryState, rename_all = "lowercase")]
pub(super) enum DeliveryState {
    Pending,
    Succeeded,
    Failed,
    Skipped,
}

/// The names of all events.
#[derive(ToSchema)]
#[schema(as = v3::WebhookEvents)]
pub(super) struct WebhookEvents(Vec<String>);

/// A new webhook.
#[derive(ToSchema)]
#[schema(as = v3::NewWebhook, rename_all = "camelCase")]
pub(super) struct NewWebhook {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// The address that events are posted to. It must be public and use `https`, unless the operator allows others.
    #[schema(min_length = 1, max_length = 2048)]
    url: String,
    /// The secret that signs deliveries. Without it, one is generated.
    #[schema(min_length = 1, max_length = 256)]
    token: Option<String>,
    /// Whether events are sent.
    #[schema(default = true)]
    enabled: Option<bool>,
    /// The same as `enabled`, for older clients.
    active: Option<bool>,
    /// Names of events, patterns such as `license.*`, or `*`. No pattern covers `activation.updated`.
    #[schema(min_items = 1, max_items = 100)]
    events: Vec<String>,
    /// How deliveries are signed. Without it: `v3`.
    signature_scheme: Option<SignatureScheme>,
}

/// A change of a webhook.
#[derive(ToSchema)]
#[schema(as = v3::WebhookChange, rename_all = "camelCase")]
pub(super) struct WebhookChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// The address that events are posted to.
    #[schema(min_length = 1, max_length = 2048)]
    url: Option<String>,
    /// A new secret, which replaces the former at once. The masked one is no change.
    #[schema(min_length = 1, max_length = 256)]
    token: Option<String>,
    /// Whether events are sent. `true` also lifts a suspension.
    enabled: Option<bool>,
    /// The same as `enabled`, for older clients.
    active: Option<bool>,
    /// `healthy` lifts a suspension. The others change nothing.
    status: Option<WebhookStatus>,
    /// All names of events and patterns. They replace the former.
    #[schema(min_items = 1, max_items = 100)]
    events: Option<Vec<String>>,
    /// How deliveries are signed.
    signature_scheme: Option<SignatureScheme>,
}

/// A new token of a webhook.
#[derive(ToSchema)]
#[schema(as = v3::WebhookTokenRotation, rename_all = "camelCase")]
pub(super) struct TokenRotation {
    /// The new secret. Without it, one is generated.
    #[schema(min_length = 1, max_length = 256)]
    token: Option<String>,
    /// The seconds for which the former secret also signs.
    #[schema(minimum = 0, maximum = 604_800, default = 86_400)]
    overlap: Option<i32>,
}

/// A test of a webhook.
#[derive(ToSchema)]
#[schema(as = v3::WebhookTest, rename_all = "camelCase")]
pub(super) struct WebhookTest {
    /// The event to send. Without it: the first event that the webhook takes.
    #[schema(min_length = 1, max_length = 64)]
    event: Option<String>,
}

/// A replay of deliveries.
#[derive(ToSchema)]
#[schema(as = v3::WebhookReplay, rename_all = "camelCase")]
pub(super) struct WebhookReplay {
    /// Events that happened at this time or later.
    from: Time,
    /// Events that happened before this time. Without it: until now.
    to: Option<Time>,
    /// Whether failed and skipped deliveries alone are sent.
    #[schema(default = true)]
    only_failed: Option<bool>,
}
