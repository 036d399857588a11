//! The settings of a webhook.

use super::receiver_url::WebhookUrl;
use super::scheme::SignatureScheme;
use super::subscription::Subscriptions;
use crate::bounded_text::BoundedText;

/// Webhooks of an account.
pub const MAX_WEBHOOKS: u64 = 50;

/// The name of a webhook.
pub type WebhookName = BoundedText<256>;

/// What a seller sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The name.
    pub name: WebhookName,
    /// The receiver.
    pub url: WebhookUrl,
    /// Whether events are sent.
    pub is_enabled: bool,
    /// The events.
    pub events: Subscriptions,
    /// How deliveries are signed.
    pub scheme: SignatureScheme,
}
