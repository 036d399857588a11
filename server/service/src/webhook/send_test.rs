//! Sends a test to a webhook: one attempt with made-up data.

use std::time::Duration;

use domain::event::Event;
use domain::permission::Permission;
use domain::trace_context::TraceContext;
use domain::view::WebhookLogEntry;
use domain::webhook::{DeliveryState, Subscriptions, WebhookEvent};
use domain::{WebhookAttemptId, WebhookId};
use sea_orm::{EntityTrait as _, Set};
use tokio::time::timeout;

use super::audit_event::audit_event;
use super::dispatch::{
    Outcome, OutgoingRequest, Reply, ReplyFuture, Target, Transport, attempt_row, send_once, write_attempts,
};
use super::log::show_log_entry;
use super::outbox::build_body;
use super::{scope, sealed, stored_trace};
use crate::store::bulk_write::execute_all;
use crate::store::entity::{webhook_deliveries, webhooks};
use crate::{Actor, Result, Service, new_id, trace};

/// Longest test. Requests of the API end after 12 seconds.
const TEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends a test and waits for the answer, also while the webhook is suspended or disabled. The event is the given
/// one, else the first that the webhook takes. Its outcome does not change the status of the webhook. Returns the
/// entry of the log.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such webhook, or the database fails.
#[tracing::instrument(name = "webhook.send_test", skip_all, fields(account = %actor.account, webhook = %id), err(level = "debug"))]
pub async fn send_test(
    service: &Service,
    actor: &Actor,
    id: WebhookId,
    event: Option<WebhookEvent>,
) -> Result<WebhookLogEntry> {
    actor.require(Permission::ManageWebhooks)?;
    let runtime = service.webhooks()?;
    let webhook = scope::webhook(service.store.read(), actor.account, id).await?;
    let event = event.unwrap_or_else(|| first_event(&webhook));
    let body = build_body(event, &runtime.words.sample(event.object_kind()), service.now());
    let unsent = Outcome {
        target: Target::open(&service.keys, &webhook, service.now())?,
        delivery: new_id(),
        event: event.as_str().to_owned(),
        attempt: 1,
        log_id: Some(new_id()),
        is_manual: true,
        requested_at: service.now(),
        responded_at: service.now(),
        reply: Reply::NoAnswer(String::new()),
    };
    // No transaction is open during the attempt.
    let transport = Bounded(&*runtime.transport);
    let trace = trace::current();
    let sent = trace.as_deref().cloned();
    let outcome = send_once(&transport, &service.clock, unsent, body.clone(), sent).await;
    let entry = store(service, actor, &webhook, &outcome, (&body, trace.as_deref())).await?;
    show_log_entry(service, actor, entry).await
}

/// A transport that waits no longer than a member or a client of the API does.
struct Bounded<'a>(&'a dyn Transport);

impl Transport for Bounded<'_> {
    fn send(&self, request: OutgoingRequest) -> ReplyFuture<'_> {
        Box::pin(async move {
            let reply = timeout(TEST_TIMEOUT, self.0.send(request)).await;
            reply.unwrap_or_else(|_| Reply::NoAnswer("The receiver did not answer within 10 s.".to_owned()))
        })
    }
}

/// Stores the test with its outcome.
async fn store(
    service: &Service,
    actor: &Actor,
    webhook: &webhooks::Model,
    outcome: &Outcome,
    (body, trace): (&str, Option<&TraceContext>),
) -> Result<WebhookAttemptId> {
    let (trace_parent, trace_state) = stored_trace::columns(trace);
    let state = if outcome.is_success() { DeliveryState::Succeeded } else { DeliveryState::Failed };
    let mut txn = service.begin_write().await?;
    let now = txn.now().millis();
    let delivery = webhook_deliveries::ActiveModel {
        id: Set(outcome.delivery),
        account_id: Set(webhook.account_id),
        webhook_id: Set(webhook.id),
        event: Set(outcome.event.clone()),
        body_sealed: Set(sealed::seal_body(&service.keys, outcome.delivery, body)?),
        state: Set(state.as_str().to_owned()),
        attempts: Set(1),
        due_at: Set(now),
        leased_by: Set(None),
        log_id: Set(None),
        is_manual: Set(true),
        created_at: Set(now),
        state_at: Set(now),
        trace_parent: Set(trace_parent),
        trace_state: Set(trace_state),
    };
    webhook_deliveries::Entity::insert(delivery).exec_without_returning(txn.conn()).await?;
    let attempts = vec![attempt_row(&service.keys, outcome, None)?];
    execute_all(txn.conn(), vec![write_attempts(attempts)], Vec::new()).await?;
    let detail = format!("{}: test of {}", webhook.name, outcome.event);
    txn.record(actor, audit_event(Event::WebhookRequested, webhook.id, detail));
    txn.commit().await?;
    Ok(WebhookAttemptId(outcome.log_id.unwrap_or(outcome.delivery)))
}

/// Returns the first event that a webhook takes. New licenses come first.
fn first_event(webhook: &webhooks::Model) -> WebhookEvent {
    let events = Subscriptions::from_storage(&webhook.events);
    let taken = WebhookEvent::ALL.iter().copied().find(|event| events.matches(*event));
    taken.unwrap_or(WebhookEvent::LicenseCreated)
}
