//! Switches webhooks on.

use std::sync::Arc;

use domain::webhook::AllowedTargets;
use tokio::sync::Notify;

use super::outbox::Outbox;
use super::runtime::{WebhookOptions, Webhooks};
use crate::{Error, Result, Service};

impl Service {
    /// Notifies webhooks of changes from now on. Without this call, no event is written. A second call changes
    /// nothing.
    pub fn enable_webhooks(&self, options: WebhookOptions) {
        let WebhookOptions { targets, words, transport } = options;
        let wake = Arc::new(Notify::new());
        let outbox = Outbox::new(Arc::clone(&self.keys), Arc::clone(&words), Arc::clone(&wake));
        if self.webhooks.set(Webhooks { targets, words, transport, wake }).is_ok() {
            let _ = self.store.change_sink.set(Arc::new(outbox));
        }
    }

    /// Returns the webhooks of this process.
    ///
    /// # Errors
    /// [`Error::Conflict`] if they are not switched on.
    pub(crate) fn webhooks(&self) -> Result<&Webhooks> {
        self.webhooks.get().ok_or_else(|| Error::Conflict("This server sends no webhooks.".into()))
    }

    /// Returns what the operator opens for webhooks beside public addresses.
    ///
    /// # Errors
    /// [`Error::Conflict`] if webhooks are not switched on.
    pub fn webhook_targets(&self) -> Result<&AllowedTargets> {
        Ok(&self.webhooks()?.targets)
    }
}
