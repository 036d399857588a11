//! Pages of webhooks: the list, the form, one webhook with its deliveries, and one delivery.

mod delivery;
mod edit;
mod failing;
mod fields;
mod list;
mod show;
mod state;

pub use delivery::WebhookDelivery;
pub use edit::{EditWebhook, NewWebhook};
pub(super) use failing::FailingWebhooks;
pub use list::Webhooks;
pub use show::Webhook;
