//! Writes deliveries in the transaction of the changes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::AccountId;
use domain::trace_context::TraceContext;
use domain::webhook::{DeliveryState, Trigger, WebhookEvent};
use tokio::sync::Notify;
use uuid::Uuid;

use super::activation_facts::ActivationFacts;
use super::body::build_body;
use super::subscribers::{AccountSubscribers, Subscriber, Subscribers, matching};
use crate::secrets::Keyring;
use crate::store::bulk_write::BulkWrite;
use crate::store::change_sink::{Captured, Change, ChangeContext, ChangeSink, SinkFuture};
use crate::store::entity::{webhook_attempts, webhook_deliveries};
use crate::store::row_values::{RowValues, row};
use crate::webhook::object::{ObjectKey, ObjectRecord, ObjectWords, WantedObjects, load};
use crate::webhook::{sealed, stored_trace};
use crate::{Result, new_id};

/// The outbox of this process.
pub(crate) struct Outbox {
    keys: Arc<Keyring>,
    words: Arc<dyn ObjectWords>,
    subscribers: Subscribers,
    /// Wakes the worker.
    wake: Arc<Notify>,
}

impl Outbox {
    /// Creates an outbox with an empty cache.
    pub fn new(keys: Arc<Keyring>, words: Arc<dyn ObjectWords>, wake: Arc<Notify>) -> Self {
        Self { keys, words, subscribers: Subscribers::default(), wake }
    }

    /// Returns the webhooks of the accounts of changes.
    async fn subscribers_of(
        &self,
        context: ChangeContext<'_>,
        changes: &[Change],
    ) -> Result<HashMap<AccountId, AccountSubscribers>> {
        let keeps = !changes.iter().any(is_of_webhook);
        let mut found = HashMap::new();
        for change in changes {
            if let Entry::Vacant(entry) = found.entry(change.account) {
                entry.insert(self.subscribers.of(context, change.account, keeps).await?);
            }
        }
        Ok(found)
    }

    async fn read_before(
        &self,
        context: ChangeContext<'_>,
        changes: &[Change],
    ) -> Result<HashMap<ObjectKey, String>> {
        let subscribers = self.subscribers_of(context, changes).await?;
        let mut wanted = WantedObjects::default();
        for (change, event) in events_of(changes, &subscribers).filter(|(_, event)| event.is_deletion()) {
            if let Some(key) = key_of(change, event) {
                wanted.add(change.account, key);
            }
        }
        let records = load(&self.keys, context.conn, &wanted).await?;
        Ok(records.iter().map(|(key, record)| (*key, self.words.json(record))).collect())
    }

    async fn deliveries(
        &self,
        context: ChangeContext<'_>,
        changes: &[Change],
        captured: &Captured,
    ) -> Result<Vec<BulkWrite>> {
        let subscribers = self.subscribers_of(context, changes).await?;
        let is_of_first_or_last = |event: &WebhookEvent| {
            matches!(event, WebhookEvent::LicenseFirstActivated | WebhookEvent::LicenseLimitReached)
        };
        let mut new_activations: Vec<Uuid> = events_of(changes, &subscribers)
            .filter(|(_, event)| is_of_first_or_last(event))
            .filter_map(|(change, _)| change.object)
            .collect();
        new_activations.dedup();
        let facts = ActivationFacts::load(context.conn, &new_activations).await?;
        let mut events = Vec::new();
        let (mut wanted, mut sent) = (WantedObjects::default(), HashSet::new());
        for (change, event) in events_of(changes, &subscribers) {
            let Some(key) = key_of(change, event).filter(|_| facts.hold(event, change.object)) else {
                continue;
            };
            // A change with several audit entries is one update.
            if !sent.insert((event, key)) {
                continue;
            }
            if !event.is_deletion() {
                wanted.add(change.account, key);
            }
            events.push((change.account, event, key, change.trace.as_deref()));
        }
        let records = load(&self.keys, context.conn, &wanted).await?;
        let mut objects = Objects { words: &*self.words, records, rendered: HashMap::new(), captured };
        let mut rows = Rows::default();
        for (account, event, key, trace) in events {
            let Some(data) = objects.data(event, key) else { continue };
            let body = build_body(event, data, context.now);
            for subscriber in subscribers.get(&account).into_iter().flat_map(|all| matching(all, event)) {
                rows.add(&self.keys, context, account, subscriber, (event, &body, trace))?;
            }
        }
        Ok(rows.into_writes())
    }
}

/// The rows of deliveries, and of the entries of their first attempts in the log.
#[derive(Default)]
struct Rows {
    deliveries: Vec<RowValues>,
    attempts: Vec<RowValues>,
}

impl Rows {
    fn add(
        &mut self,
        keys: &Keyring,
        context: ChangeContext<'_>,
        account: AccountId,
        subscriber: &Subscriber,
        (event, body, trace): (WebhookEvent, &str, Option<&TraceContext>),
    ) -> Result<()> {
        let (id, log_id, now) = (new_id(), new_id(), context.now.millis());
        let state = if subscriber.is_suspended { DeliveryState::Skipped } else { DeliveryState::Pending };
        let (webhook, event, state) = (subscriber.webhook, event.as_str(), state.as_str());
        let sealed = sealed::seal_body(keys, id, body)?;
        let (parent, other) = stored_trace::columns(trace);
        self.deliveries
            .push(row![id, account.0, webhook, event, sealed, state, now, log_id, now, now, parent, other]);
        let url = subscriber.url.clone();
        self.attempts.push(row![log_id, account.0, webhook, id, event, url, 1_i64, state, false, now, now]);
        Ok(())
    }

    fn into_writes(self) -> Vec<BulkWrite> {
        if self.deliveries.is_empty() {
            return Vec::new();
        }
        vec![
            BulkWrite::insert("webhook_deliveries", webhook_deliveries::INSERT_COLUMNS, self.deliveries),
            BulkWrite::insert("webhook_attempts", webhook_attempts::WAITING_COLUMNS, self.attempts),
        ]
    }
}

/// The JSON of objects, each written once.
struct Objects<'a> {
    words: &'a dyn ObjectWords,
    records: HashMap<ObjectKey, ObjectRecord>,
    /// Customers with a token have a JSON of their own.
    rendered: HashMap<(ObjectKey, bool), String>,
    captured: &'a Captured,
}

impl Objects<'_> {
    /// Returns the data of an event. `None` if its object is of another kind, such as a domain for an event of
    /// machines, or gone.
    fn data(&mut self, event: WebhookEvent, key: ObjectKey) -> Option<&str> {
        if event.is_deletion() {
            return self.captured.objects.get(&key).map(String::as_str);
        }
        let has_token = event == WebhookEvent::UserPasswordResetRequested;
        match self.rendered.entry((key, has_token)) {
            Entry::Occupied(entry) => Some(entry.into_mut()),
            Entry::Vacant(entry) => {
                let record = self.records.get(&key)?;
                let json = if has_token {
                    self.words.with_reset_token(record, self.captured.reset_tokens.get(&key.1)?)
                } else {
                    self.words.json(record)
                };
                Some(entry.insert(json))
            }
        }
    }
}

/// Returns the events that some webhook takes, in the order of the changes.
fn events_of<'a>(
    changes: &'a [Change],
    subscribers: &'a HashMap<AccountId, AccountSubscribers>,
) -> impl Iterator<Item = (&'a Change, WebhookEvent)> {
    changes.iter().flat_map(move |change| {
        let all = subscribers.get(&change.account);
        let is_taken =
            move |event: &WebhookEvent| all.is_some_and(|all| matching(all, *event).next().is_some());
        change.trigger.events().iter().copied().filter(is_taken).map(move |event| (change, event))
    })
}

/// Returns whether the change is one of a webhook.
fn is_of_webhook(change: &Change) -> bool {
    let Trigger::Recorded(event) = change.trigger else { return false };
    event.as_str().starts_with("webhook.")
}

fn key_of(change: &Change, event: WebhookEvent) -> Option<ObjectKey> {
    let kind = event.object_kind();
    change.object_of(kind).map(|id: Uuid| (kind, id))
}

impl ChangeSink for Outbox {
    fn capture<'a>(
        &'a self,
        context: ChangeContext<'a>,
        changes: &'a [Change],
    ) -> SinkFuture<'a, HashMap<ObjectKey, String>> {
        Box::pin(self.read_before(context, changes))
    }

    fn stage<'a>(
        &'a self,
        context: ChangeContext<'a>,
        changes: &'a [Change],
        captured: &'a Captured,
    ) -> SinkFuture<'a, Vec<BulkWrite>> {
        Box::pin(self.deliveries(context, changes, captured))
    }

    fn committed(&self) {
        self.wake.notify_one();
    }
}
