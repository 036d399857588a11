//! The log of the events of a shop.

use domain::permission::Permission;
use domain::purchase::ShopOutcome;
use domain::view::{ShopEventRow, ShopEventView};
use domain::{ShopConnectionId, ShopEventId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::show::show;
use super::view::EventSummary;
use super::{scope, sealed, view};
use crate::store::entity::shop_events;
use crate::{Actor, Result, Service};

/// Events per page.
const PAGE_SIZE: usize = 20;

/// Returns the events of a connection of the account that are older than `before`, and where the next page begins.
pub(super) async fn list_events(
    service: &Service,
    id: ShopConnectionId,
    outcome: Option<ShopOutcome>,
    before: Option<ShopEventId>,
) -> Result<(Vec<ShopEventRow>, Option<ShopEventId>)> {
    use shop_events::Column as E;
    let mut find = shop_events::Entity::find()
        .select_only()
        .columns([E::Id, E::EventId, E::Name, E::Outcome, E::Detail, E::LicenseId, E::IsTest])
        .filter(E::ConnectionId.eq(id.0))
        // Always a range of ids, so that the first page reads no more than the others.
        .filter(E::Id.lt(before.map_or(Uuid::max(), |id| id.0)));
    if let Some(outcome) = outcome {
        find = find.filter(E::Outcome.eq(outcome.as_str()));
    }
    let find = find.order_by_desc(E::Id).limit(PAGE_SIZE as u64 + 1);
    let mut rows = find.into_model::<EventSummary>().all(service.store.list_reader()).await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let older = rows.last().filter(|_| more).map(|row| ShopEventId(row.id));
    Ok((rows.into_iter().map(view::event).collect(), older))
}

/// Returns an event with its payload. Roles that may not see customers' keys do not get it, because it holds names and
/// addresses.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such event or its connection is deleted, or
/// the database fails.
#[tracing::instrument(name = "purchase.show_event", skip_all, fields(account = %actor.account, event = %id), err(level = "debug"))]
pub async fn show_event(service: &Service, actor: &Actor, id: ShopEventId) -> Result<ShopEventView> {
    actor.require(Permission::Read)?;
    let row = scope::event(service.store.read(), actor.account, id).await?;
    let connection = show(service, actor, ShopConnectionId(row.connection_id)).await?;
    let sealed = row.payload_sealed.as_ref().filter(|_| actor.allows(Permission::RevealKey));
    let payload = sealed.map(|sealed| sealed::open_payload(&service.keys, row.id, sealed)).transpose()?;
    let occurred_at = Timestamp::from_millis(row.occurred_at);
    let event = view::event(EventSummary {
        id: row.id,
        event_id: row.event_id,
        name: row.name,
        outcome: row.outcome,
        detail: row.detail,
        license_id: row.license_id,
        is_test: row.is_test,
    });
    let payload = payload.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(ShopEventView { connection, event, occurred_at, payload })
}
