//! Applies the events that came while the operator had suspended their seller.

use domain::purchase::ShopOutcome;
use domain::{AccountId, ShopConnectionId, ShopEventId};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, Statement,
};
use uuid::Uuid;

use super::receive::{apply_again, apply_waiting};
use super::scope;
use super::shop::Shop;
use crate::account::suspension::is_suspended;
use crate::mail;
use crate::store::WriteTxn;
use crate::store::entity::shop_events;
use crate::{Error, Result, Service};

/// Events whose ids are read at once.
const BATCH: usize = 100;

/// The next connection with deferred events. The outcome is a part of the text, so that the partial index of deferred
/// events answers: without one, this costs one look-up, however many connections there are.
const NEXT_CONNECTION: &str = "SELECT connection_id, account_id FROM shop_events \
     WHERE outcome = 'deferred' AND connection_id > $1 ORDER BY connection_id, id LIMIT 1";

/// What became of a deferred event.
enum Step {
    Applied,
    /// Another process or a member has applied it, or its payload was erased.
    Done,
    /// It stays deferred, and so do the later events of the connection.
    Paused,
}

/// Applies the deferred events of sellers that were reinstated, in the order in which they came. Each has a
/// transaction of its own, under the lock of its connection. Returns the number of events.
///
/// An event that cannot be applied is logged as failed, so that it blocks no other one.
///
/// # Errors
/// Returns the first error. The events of other connections are applied all the same.
#[tracing::instrument(name = "purchase.apply_deferred", skip_all, err(level = "debug"))]
pub async fn apply_deferred(service: &Service) -> Result<u64> {
    let (mut applied, mut failure, mut last) = (0, None, Uuid::nil());
    while let Some((connection, account)) = next_connection(service, last).await? {
        last = connection.0;
        // Once for all its events.
        if is_suspended(service.store.read(), account).await? {
            continue;
        }
        match apply_of_connection(service, account, connection).await {
            Ok(count) => applied += count,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(applied), Err)
}

/// Returns the next connection with deferred events, with its account.
async fn next_connection(service: &Service, last: Uuid) -> Result<Option<(ShopConnectionId, AccountId)>> {
    let statement = Statement::from_sql_and_values(service.store.backend(), NEXT_CONNECTION, [last.into()]);
    let Some(row) = service.store.read().query_one_raw(statement).await? else { return Ok(None) };
    let connection = ShopConnectionId(row.try_get("", "connection_id")?);
    Ok(Some((connection, AccountId(row.try_get("", "account_id")?))))
}

async fn apply_of_connection(
    service: &Service,
    account: AccountId,
    connection: ShopConnectionId,
) -> Result<u64> {
    let (mut applied, mut last, mut is_unavailable) = (0, Uuid::nil(), false);
    loop {
        let ids = deferred_after(service, connection, last).await?;
        let Some(newest) = ids.last() else { return Ok(applied) };
        last = *newest;
        for id in ids.into_iter().map(ShopEventId) {
            // In a box, because the future is large.
            match Box::pin(apply_one(service, account, connection, id)).await {
                Ok(Step::Applied) => {
                    applied += 1;
                    is_unavailable = false;
                }
                Ok(Step::Done) => is_unavailable = false,
                Ok(Step::Paused) => return Ok(applied),
                Err(error @ Error::Unavailable(_)) => {
                    tracing::warn!(event = %id, %error, "deferred event of a shop not applied; retried in 30 s");
                    // One may be the event's fault. Two in a row are the database's.
                    if is_unavailable {
                        return Err(error);
                    }
                    is_unavailable = true;
                }
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(event = %id, %error, ?cause, "deferred event of a shop failed");
                    set_failed(service, account, connection, id, &error).await?;
                }
            }
        }
    }
}

/// Returns the deferred events of a connection after one.
async fn deferred_after(service: &Service, connection: ShopConnectionId, last: Uuid) -> Result<Vec<Uuid>> {
    let sql = format!(
        "SELECT id FROM shop_events WHERE connection_id = $1 AND outcome = 'deferred' AND id > $2 \
         ORDER BY id LIMIT {BATCH}"
    );
    let values = [connection.0.into(), last.into()];
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, values);
    let rows = service.store.read().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "id").map_err(Error::from)).collect()
}

/// Applies an event, unless another process has done so, the seller is suspended again, or keys cannot be mailed now.
async fn apply_one(
    service: &Service,
    account: AccountId,
    connection: ShopConnectionId,
    id: ShopEventId,
) -> Result<Step> {
    let mut txn = service.begin_write().await?;
    let shop = match Shop::lock(&txn, account, connection).await {
        // Deleted meanwhile.
        Err(Error::NotFound) => return Ok(Step::Paused),
        shop => shop?,
    };
    if is_suspended(txn.conn(), account).await? {
        return Ok(Step::Paused);
    }
    let Some(row) = still_deferred(&txn, account, id).await? else { return Ok(Step::Done) };
    if let Some(reference) = erased_reference(&row) {
        // Its name does not tell whether it is a refund in full. The seller must know of it in any case.
        let detail = format!(
            "It was not applied: its payload was erased. Look up {reference} at the provider. If it was refunded or \
             canceled, change the license by hand."
        );
        store_failure(&txn, row, detail).await?;
        txn.commit().await?;
        return Ok(Step::Done);
    }
    if !can_send_keys(service, &txn, &shop).await? {
        return Ok(Step::Paused);
    }
    if let Some((applied, event)) = apply_again(service, &mut txn, &shop, row).await? {
        apply_waiting(service, &mut txn, &shop, &event, applied.outcome).await?;
    }
    txn.commit().await?;
    Ok(Step::Applied)
}

/// Returns the event, unless it was applied meanwhile or the retention has deleted it.
async fn still_deferred(
    txn: &WriteTxn,
    account: AccountId,
    id: ShopEventId,
) -> Result<Option<shop_events::Model>> {
    match scope::event(txn.conn(), account, id).await {
        Err(Error::NotFound) => Ok(None),
        row => Ok(Some(row?).filter(|row| row.outcome == ShopOutcome::Deferred.as_str())),
    }
}

/// Returns by what the seller finds an event at the provider whose payload was erased. `None` if the payload is there.
fn erased_reference(row: &shop_events::Model) -> Option<String> {
    let name = || row.reference.clone().unwrap_or_else(|| row.event_id.clone());
    row.payload_sealed.is_none().then(name)
}

/// Returns whether the account may mail keys now. A backlog uses up the quota of an hour, and a key that is not mailed
/// with its license is not mailed later.
async fn can_send_keys(service: &Service, txn: &WriteTxn, shop: &Shop) -> Result<bool> {
    if !shop.row.sends_keys || !service.sends_mail() {
        return Ok(true);
    }
    match mail::require_quota(txn, shop.actor.account).await {
        Err(Error::Conflict(_)) => Ok(false),
        quota => quota.map(|()| true),
    }
}

/// Stores that an event could not be applied, so that the next round leaves it out. A member may repeat it.
async fn set_failed(
    service: &Service,
    account: AccountId,
    connection: ShopConnectionId,
    id: ShopEventId,
    error: &Error,
) -> Result<()> {
    let txn = service.begin_write().await?;
    match scope::lock_connection(&txn, account, connection).await {
        Err(Error::NotFound) => return Ok(()),
        row => row?,
    };
    let Some(row) = still_deferred(&txn, account, id).await? else { return Ok(()) };
    let why = if error.is_server_error() {
        format!("an internal error, which the server’s log has with the id {id}.")
    } else {
        error.to_string()
    };
    store_failure(&txn, row, format!("It could not be applied: {why}")).await?;
    txn.commit().await
}

async fn store_failure(txn: &WriteTxn, row: shop_events::Model, detail: String) -> Result<()> {
    let mut update = row;
    ShopOutcome::Failed.as_str().clone_into(&mut update.outcome);
    update.detail = Some(detail);
    update.updated_at = txn.now().millis();
    shop_events::Entity::update(update.into_active_model().reset_all()).exec(txn.conn()).await?;
    Ok(())
}
