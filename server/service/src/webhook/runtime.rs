//! What webhooks need of a process.

use std::sync::Arc;

use domain::webhook::AllowedTargets;
use tokio::sync::Notify;

use super::dispatch::Transport;
use super::object::ObjectWords;

/// What webhooks need of the server.
pub struct WebhookOptions {
    /// What the operator opens beside public addresses.
    pub targets: AllowedTargets,
    /// How objects are written as JSON.
    pub words: Arc<dyn ObjectWords>,
    /// How requests are sent.
    pub transport: Arc<dyn Transport>,
}

/// The webhooks of a process.
pub(crate) struct Webhooks {
    pub targets: AllowedTargets,
    pub words: Arc<dyn ObjectWords>,
    pub transport: Arc<dyn Transport>,
    /// Wakes the worker of this process after a commit with deliveries.
    pub wake: Arc<Notify>,
}
