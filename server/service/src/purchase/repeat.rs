//! Applies an event of the log again, by hand.

use domain::event::Event;
use domain::permission::Permission;
use domain::purchase::ShopOutcome;
use domain::{ShopConnectionId, ShopEventId};

use super::audit_event::audit_event;
use super::receive::{apply_again, apply_waiting};
use super::scope;
use super::shop::Shop;
use crate::{Actor, Error, Result, Service};

/// Applies an event again with which nothing was done, by the present settings. Returns what was done now.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such event, or the database fails;
/// [`Error::Conflict`] if the event was applied, or its payload was erased.
#[tracing::instrument(name = "purchase.repeat", skip_all, fields(account = %actor.account, event = %id), err(level = "debug"))]
pub async fn repeat(service: &Service, actor: &Actor, id: ShopEventId) -> Result<ShopOutcome> {
    actor.require(Permission::ManageWebhooks)?;
    let connection = scope::event(service.store.read(), actor.account, id).await?.connection_id;
    let mut txn = service.begin_write().await?;
    let shop = Shop::lock(&txn, actor.account, ShopConnectionId(connection)).await?;
    // Again under the lock, because another member may have repeated it.
    let row = scope::event(txn.conn(), actor.account, id).await?;
    let can_repeat = row.outcome.parse::<ShopOutcome>().is_ok_and(ShopOutcome::can_repeat);
    if !can_repeat {
        return Err(Error::Conflict("This event has been applied already.".into()));
    }
    let detail = format!("{}: {}", shop.row.name, row.name);
    let erased = || Error::Conflict("The payload of this event was erased.".into());
    let (applied, event) = apply_again(service, &mut txn, &shop, row).await?.ok_or_else(erased)?;
    apply_waiting(service, &mut txn, &shop, &event, applied.outcome).await?;
    txn.record_about(actor, connection, audit_event(Event::ShopEventRepeated, connection, detail));
    txn.commit().await?;
    Ok(applied.outcome)
}
