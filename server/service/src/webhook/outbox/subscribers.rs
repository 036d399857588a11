//! The webhooks of accounts and what they subscribe to, cached.
//!
//! The version slots of the license cache tell whether the webhooks of an account changed since they were read, on
//! this node or another. While changes of other processes do not arrive, each transaction reads the webhooks.

use std::sync::Arc;

use domain::AccountId;
use domain::webhook::{Subscriptions, WebhookEvent, WebhookStatus};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::Result;
use crate::store::change_sink::ChangeContext;
use crate::store::entity::webhooks;

/// Accounts in the cache, most of them without webhooks.
const CAPACITY: usize = 8192;

/// An enabled webhook.
pub(super) struct Subscriber {
    pub webhook: Uuid,
    pub url: String,
    pub events: Subscriptions,
    /// Its deliveries are written as skipped.
    pub is_suspended: bool,
}

/// The enabled webhooks of an account.
pub(super) type AccountSubscribers = Arc<[Subscriber]>;

#[derive(Clone)]
struct Cached {
    /// The version of the license cache before the read, see [`crate::cache`].
    read_at: u64,
    subscribers: AccountSubscribers,
}

/// The cache.
pub(super) struct Subscribers(quick_cache::sync::Cache<Uuid, Cached>);

impl Default for Subscribers {
    fn default() -> Self {
        Self(quick_cache::sync::Cache::new(CAPACITY))
    }
}

impl Subscribers {
    /// Returns the enabled webhooks of an account. `keeps` is false in a transaction that changes them, because a
    /// rollback would leave what it read in the cache.
    pub async fn of(
        &self,
        context: ChangeContext<'_>,
        account: AccountId,
        keeps: bool,
    ) -> Result<AccountSubscribers> {
        use webhooks::Column as W;
        let cached =
            self.0.get(&account.0).filter(|cached| context.cache.is_fresh(cached.read_at, [account.0]));
        if let Some(cached) = cached.filter(|_| keeps) {
            return Ok(cached.subscribers);
        }
        let read_at = context.cache.version();
        let rows: Vec<(Uuid, String, String, String)> = webhooks::Entity::find()
            .select_only()
            .columns([W::Id, W::Url, W::Events, W::Status])
            .filter(webhooks::Column::AccountId.eq(account.0))
            .filter(webhooks::Column::IsEnabled.eq(true))
            .into_tuple()
            .all(context.conn)
            .await?;
        let subscriber = |(webhook, url, events, status): (Uuid, String, String, String)| Subscriber {
            webhook,
            url,
            events: Subscriptions::from_storage(&events),
            is_suspended: status == WebhookStatus::Suspended.as_str(),
        };
        let subscribers: AccountSubscribers = rows.into_iter().map(subscriber).collect();
        if keeps {
            self.0.insert(account.0, Cached { read_at, subscribers: Arc::clone(&subscribers) });
        }
        Ok(subscribers)
    }
}

/// Returns the webhooks that take an event.
pub(super) fn matching(
    subscribers: &AccountSubscribers,
    event: WebhookEvent,
) -> impl Iterator<Item = &Subscriber> {
    subscribers.iter().filter(move |subscriber| subscriber.events.matches(event))
}
