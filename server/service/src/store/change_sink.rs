//! Changes of a transaction that webhooks may be notified of, and the interface that writes their events into
//! the same transaction.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::trace_context::TraceContext;
use domain::webhook::{ObjectKind, Trigger};
use domain::{AccountId, Timestamp};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::bulk_write::BulkWrite;
use crate::Result;
use crate::cache::LicenseCache;

/// A change of an account's data.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub account: AccountId,
    pub trigger: Trigger,
    pub license: Option<Uuid>,
    pub product: Option<Uuid>,
    /// The activation, trial, customer or webhook.
    pub object: Option<Uuid>,
    /// The trace of the request that made the change. The transaction sets it.
    pub trace: Option<Arc<TraceContext>>,
}

impl Change {
    /// Creates a change of a license.
    pub fn of_license(account: AccountId, trigger: Trigger, license: Uuid) -> Self {
        Self { account, trigger, license: Some(license), product: None, object: None, trace: None }
    }

    /// Creates a change of an activation, trial, customer or webhook.
    pub fn of_object(account: AccountId, trigger: Trigger, object: Uuid) -> Self {
        Self { account, trigger, license: None, product: None, object: Some(object), trace: None }
    }

    /// Creates a change of a product.
    pub fn of_product(account: AccountId, trigger: Trigger, product: Uuid) -> Self {
        Self { account, trigger, license: None, product: Some(product), object: None, trace: None }
    }

    /// Returns the id of the object that is the data of an event.
    pub fn object_of(&self, kind: ObjectKind) -> Option<Uuid> {
        match kind {
            ObjectKind::License => self.license,
            ObjectKind::Product => self.product,
            _ => self.object,
        }
    }
}

/// What the rows do not hold at the commit. Has no `Debug`, because of the tokens.
#[derive(Default)]
pub(crate) struct Captured {
    /// The JSON of objects as they were before their deletion.
    pub objects: HashMap<(ObjectKind, Uuid), String>,
    /// Tokens that set a password, by their customer.
    pub reset_tokens: HashMap<Uuid, String>,
}

/// The transaction of the changes.
#[derive(Clone, Copy)]
pub(crate) struct ChangeContext<'a> {
    pub conn: &'a DatabaseTransaction,
    pub cache: &'a LicenseCache,
    pub now: Timestamp,
}

/// A boxed future, because the sink is chosen when the service starts.
pub(crate) type SinkFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Writes what belongs to changes, in their transaction.
pub(crate) trait ChangeSink: Send + Sync {
    /// Reads objects that are about to be deleted, if the account has a webhook for the event. Returns their JSON.
    fn capture<'a>(
        &'a self,
        context: ChangeContext<'a>,
        changes: &'a [Change],
    ) -> SinkFuture<'a, HashMap<(ObjectKind, Uuid), String>>;

    /// Returns the writes for changes that the transaction has made. Reads nothing for accounts that are known to
    /// have no webhook for them.
    fn stage<'a>(
        &'a self,
        context: ChangeContext<'a>,
        changes: &'a [Change],
        captured: &'a Captured,
    ) -> SinkFuture<'a, Vec<BulkWrite>>;

    /// Is called after the commit of a transaction with such writes.
    fn committed(&self);
}
