//! What waits in the database, on all nodes. The server keeps the reading for some seconds.

use domain::view::WebhookHealth;

use crate::mail::{self, WaitingMails};
use crate::webhook::{self, DeliveryBacklog};
use crate::{Result, Service};

/// What waits in the database.
#[derive(Debug, Clone)]
pub struct StoredMetrics {
    /// The mails.
    pub mails: WaitingMails,
    /// The deliveries to webhooks.
    pub deliveries: DeliveryBacklog,
    /// The webhooks that fail.
    pub webhooks: WebhookHealth,
}

/// Reads what waits, by a few short statements.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "metrics.stored", level = "debug", skip_all, err(level = "debug"))]
pub async fn stored(service: &Service) -> Result<StoredMetrics> {
    Ok(StoredMetrics {
        mails: mail::waiting(service).await?,
        deliveries: webhook::backlog(service).await?,
        webhooks: webhook::health(service).await?,
    })
}
