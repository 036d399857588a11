//! Webhooks: names of events, subscriptions, the schedule of attempts, the health of a webhook, and the
//! addresses that may be called.

mod address;
mod delivery;
mod event;
mod expiry;
mod health;
mod receiver_url;
mod schedule;
mod scheme;
mod secret;
mod settings;
mod subscription;
mod trigger;

pub use address::{AllowedTargets, is_public};
pub use delivery::{AttemptOutcome, DeliveryState};
pub use event::{ObjectKind, WebhookEvent};
pub use expiry::{DueExpiries, EXPIRED_LOOK_BACK_MS};
pub use health::{Health, MIN_FAILURE_TIME_MS, MIN_FAILURES, WebhookStatus};
pub use receiver_url::WebhookUrl;
pub use schedule::{MAX_ATTEMPTS, MAX_RETRY_AFTER_MS, next_attempt_in_ms};
pub use scheme::SignatureScheme;
pub use secret::WebhookSecret;
pub use settings::{MAX_WEBHOOKS, WebhookName, WebhookSettings};
pub use subscription::{Subscription, Subscriptions};
pub use trigger::Trigger;
