//! Stores the outcomes of attempts, many in one transaction.

use std::collections::BTreeMap;

use domain::event::Event;
use domain::webhook::{AttemptOutcome, DeliveryState, Health, WebhookStatus, next_attempt_in_ms};
use domain::{AccountId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::attempt::Outcome;
use super::claim::Claimed;
use super::transport::Reply;
use crate::secrets::Keyring;
use crate::store::WriteTxn;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::entity::{webhook_attempts, webhooks};
use crate::store::row_values::{ColumnType, Columns, RowValues, insert_select, row};
use crate::webhook::audit_event::audit_event;
use crate::webhook::changes::status_change;
use crate::webhook::{sealed, stored};
use crate::{Actor, Principal, Result, Service, new_id, random};

/// Longest stored error, in characters.
const MAX_ERROR_LEN: usize = 300;

/// Whether a node still has the lease of a delivery. A CASE, because SQLite would read all waiting deliveries by the
/// index of the lease instead of the few by their ids.
const IS_LEASED: &str = "CASE WHEN webhook_deliveries.leased_by = v.node AND webhook_deliveries.state = 'pending' \
     THEN TRUE ELSE FALSE END";

const DELIVERY_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("node", ColumnType::Uuid),
    ("state", ColumnType::Text),
    ("attempts", ColumnType::Int),
    ("due_at", ColumnType::Int),
    ("now", ColumnType::Int),
];

const RELEASE_COLUMNS: Columns =
    &[("id", ColumnType::Uuid), ("node", ColumnType::Uuid), ("now", ColumnType::Int)];

const HEALTH_COLUMNS: Columns = &[
    ("id", ColumnType::Uuid),
    ("status", ColumnType::Text),
    ("consecutive_failures", ColumnType::Int),
    ("failing_since", ColumnType::Int),
    ("last_succeeded_at", ColumnType::Int),
];

/// Stores outcomes, and gives leased deliveries back.
///
/// # Errors
/// Returns an error if the database fails. The caller keeps the outcomes and stores them again.
pub(super) async fn store_outcomes(
    service: &Service,
    node: Uuid,
    outcomes: &[Outcome],
    released: &[Claimed],
) -> Result<()> {
    let mut txn = service.begin_write().await?;
    let now = txn.now();
    let (mut deliveries, mut attempts) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        let next = next_attempt(outcome);
        let state = match next {
            _ if outcome.is_success() => DeliveryState::Succeeded,
            Some(_) => DeliveryState::Pending,
            None => DeliveryState::Failed,
        };
        let due_at = next.unwrap_or(outcome.responded_at).millis();
        let attempt = i64::from(outcome.attempt);
        deliveries.push(row![outcome.delivery, node, state.as_str(), attempt, due_at, now.millis()]);
        attempts.push(attempt_row(&service.keys, outcome, next)?);
    }
    let released = released.iter().map(|claimed| row![claimed.id, node, now.millis()]).collect();
    let health = update_health(&mut txn, outcomes).await?;
    let writes = vec![
        // A delivery whose lease another node has taken over meanwhile is that node's.
        BulkWrite::new(DELIVERY_COLUMNS, deliveries, |from| {
            format!(
                "UPDATE webhook_deliveries SET state = v.state, attempts = v.attempts, due_at = v.due_at, \
                 leased_by = NULL, log_id = NULL, state_at = v.now FROM {from} \
                 WHERE webhook_deliveries.id = v.id AND {IS_LEASED}"
            )
        })
        .allow_any_row_count(),
        BulkWrite::new(RELEASE_COLUMNS, released, |from| {
            format!(
                "UPDATE webhook_deliveries SET leased_by = NULL, due_at = v.now FROM {from} \
                 WHERE webhook_deliveries.id = v.id AND {IS_LEASED}"
            )
        })
        .allow_any_row_count(),
        BulkWrite::new(HEALTH_COLUMNS, health, |from| {
            format!(
                "UPDATE webhooks SET status = v.status, consecutive_failures = v.consecutive_failures, \
                 failing_since = v.failing_since, last_succeeded_at = v.last_succeeded_at FROM {from} \
                 WHERE webhooks.id = v.id"
            )
        })
        .allow_any_row_count(),
        write_attempts(attempts),
    ];
    execute_all(txn.conn(), writes, Vec::new()).await?;
    txn.commit().await
}

/// Returns the write of attempts. The log may have their entries already.
pub(in crate::webhook) fn write_attempts(rows: Vec<RowValues>) -> BulkWrite {
    let columns = webhook_attempts::MADE_COLUMNS;
    BulkWrite::new(columns, rows, move |from| {
        // SQLite needs the condition, because it would take ON CONFLICT for that of a join.
        format!(
            "{} WHERE TRUE ON CONFLICT (id) DO UPDATE SET url = excluded.url, attempt = excluded.attempt, \
             state = excluded.state, updated_at = excluded.updated_at, status_code = excluded.status_code, \
             answer_sealed = excluded.answer_sealed, error = excluded.error, \
             requested_at = excluded.requested_at, responded_at = excluded.responded_at, \
             next_attempt_at = excluded.next_attempt_at",
            insert_select("webhook_attempts", columns, from)
        )
    })
    .allow_any_row_count()
}

/// Returns the row of an attempt in the log.
pub(in crate::webhook) fn attempt_row(
    keys: &Keyring,
    outcome: &Outcome,
    next: Option<Timestamp>,
) -> Result<RowValues> {
    let id = outcome.log_id.unwrap_or_else(new_id);
    let state = if outcome.is_success() { DeliveryState::Succeeded } else { DeliveryState::Failed };
    let (status, answer, error) = match &outcome.reply {
        Reply::Answer { status, body, .. } => {
            let answer = sealed::seal_answer(keys, id, body)?;
            let error = (!outcome.is_success()).then(|| format!("HTTP {status}"));
            (Some(i64::from(*status)), Some(answer), error)
        }
        Reply::NoAnswer(sentence) => (None, None, Some(sentence.chars().take(MAX_ERROR_LEN).collect())),
    };
    Ok(row![
        id,
        outcome.target.account,
        outcome.target.webhook,
        outcome.delivery,
        outcome.event.clone(),
        outcome.target.url.clone(),
        i64::from(outcome.attempt),
        state.as_str(),
        outcome.is_manual,
        // Of an entry that the log has not yet.
        outcome.requested_at.millis(),
        outcome.responded_at.millis(),
        status,
        answer,
        error,
        outcome.requested_at.millis(),
        outcome.responded_at.millis(),
        next.map(Timestamp::millis),
    ])
}

/// Returns when the next attempt is due. `None` after a success, after the last attempt, and if the receiver wants
/// no further events.
fn next_attempt(outcome: &Outcome) -> Option<Timestamp> {
    if outcome.result() != AttemptOutcome::Failed {
        return None;
    }
    let asked_for = match &outcome.reply {
        Reply::Answer { status: 429 | 503, retry_after_ms, .. } => *retry_after_ms,
        Reply::Answer { .. } | Reply::NoAnswer(_) => None,
    };
    let random = u16::from_ne_bytes(random::bytes());
    let pause = next_attempt_in_ms(outcome.attempt, random, asked_for)?;
    Some(outcome.responded_at.plus_millis(pause))
}

/// Applies outcomes to the health of their webhooks, which are locked in the order of their ids. Returns the rows
/// to write. A webhook that is deleted has none.
async fn update_health(txn: &mut WriteTxn, outcomes: &[Outcome]) -> Result<Vec<RowValues>> {
    let mut by_webhook: BTreeMap<Uuid, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_webhook.entry(outcome.target.webhook).or_default().push(outcome);
    }
    if by_webhook.is_empty() {
        return Ok(Vec::new());
    }
    let mut find = webhooks::Entity::find()
        .filter(webhooks::Column::Id.is_in(by_webhook.keys().copied()))
        .order_by_asc(webhooks::Column::Id);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let mut rows = Vec::new();
    for mut model in find.all(txn.conn()).await? {
        let mut of_webhook = by_webhook.remove(&model.id).unwrap_or_default();
        of_webhook.sort_by_key(|outcome| outcome.responded_at);
        let before = stored::health(&model)?;
        let after = of_webhook
            .iter()
            .fold(before, |health, outcome| health.after(outcome.result(), outcome.responded_at));
        log(&model, before, after, of_webhook.last().copied());
        stored::set_health(&mut model, after);
        rows.push(row![
            model.id,
            model.status.clone(),
            i64::from(model.consecutive_failures),
            model.failing_since,
            model.last_succeeded_at,
        ]);
        if after.status == WebhookStatus::Suspended && before.status != WebhookStatus::Suspended {
            suspend(txn, &model, before.status).await?;
        }
    }
    Ok(rows)
}

/// Records a suspension. Caches of subscriptions know whether a webhook is suspended.
async fn suspend(txn: &mut WriteTxn, model: &webhooks::Model, before: WebhookStatus) -> Result<()> {
    let now = txn.now().millis();
    webhooks::Entity::update_many()
        .col_expr(webhooks::Column::UpdatedAt, Expr::value(now))
        .filter(webhooks::Column::Id.eq(model.id))
        .exec(txn.conn())
        .await?;
    let actor = Actor { account: AccountId(model.account_id), principal: Principal::System };
    let entry = audit_event(Event::WebhookSuspended, model.id, model.name.clone());
    txn.record_about(&actor, model.id, entry.changes(status_change(before.as_str(), &model.status)));
    txn.invalidate(model.account_id);
    Ok(())
}

/// Logs a change of the status, without the address, which may be a credential.
fn log(model: &webhooks::Model, before: Health, after: Health, last: Option<&Outcome>) {
    if before.status == after.status {
        return;
    }
    let (webhook, account, failures) = (model.id, model.account_id, after.consecutive_failures);
    let error = last.map(|outcome| match &outcome.reply {
        Reply::Answer { status, .. } => format!("HTTP {status}"),
        Reply::NoAnswer(sentence) => sentence.clone(),
    });
    let error = error.unwrap_or_default();
    match after.status {
        WebhookStatus::Healthy => tracing::info!(%webhook, %account, "webhook delivers again"),
        WebhookStatus::Unhealthy => {
            tracing::warn!(%webhook, %account, error, "webhook delivery failed; it is tried again");
        }
        WebhookStatus::Suspended => {
            tracing::warn!(%webhook, %account, failures, error, "webhook suspended; its deliveries are skipped");
        }
    }
}
