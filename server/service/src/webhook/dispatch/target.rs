//! A webhook as deliveries need it: its address and its open secrets.

use std::sync::Arc;

use domain::Timestamp;
use domain::webhook::{SignatureScheme, WebhookSecret};
use uuid::Uuid;

use crate::Result;
use crate::secrets::Keyring;
use crate::store::entity::webhooks;
use crate::webhook::{sealed, stored};

/// A webhook to which deliveries are sent.
pub(in crate::webhook) struct Target {
    pub webhook: Uuid,
    pub account: Uuid,
    pub url: String,
    pub scheme: SignatureScheme,
    pub secret: WebhookSecret,
    /// The former secret and until when it signs too.
    pub previous: Option<(WebhookSecret, Timestamp)>,
}

impl Target {
    /// Opens the secrets of a webhook.
    pub fn open(keys: &Keyring, model: &webhooks::Model, now: Timestamp) -> Result<Arc<Self>> {
        let until = Timestamp::from_millis(model.previous_secret_until.unwrap_or_default());
        let previous = sealed::open_previous_secret(keys, model, now)?;
        Ok(Arc::new(Self {
            webhook: model.id,
            account: model.account_id,
            url: model.url.clone(),
            scheme: stored::scheme(model),
            secret: sealed::open_secret(keys, model)?,
            previous: previous.map(|secret| (secret, until)),
        }))
    }
}
