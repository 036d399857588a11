//! The timeline of a license: its audit entries.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::{Timeline, TimelineEntry, TimelineFilter};
use domain::{AuditEntryId, LicenseId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::page_cut;
use crate::store::entity::audit_entries;
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Returns the newest entries of a license's timeline.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database
/// fails.
pub async fn timeline(service: &Service, actor: &Actor, id: LicenseId) -> Result<Timeline> {
    timeline_from(service, actor, id, TimelineFilter::All, None).await
}

/// Returns the entries before a cursor, for the following pages.
///
/// # Errors
/// Same as [`timeline`].
pub async fn timeline_from(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    filter: TimelineFilter,
    before: Option<AuditEntryId>,
) -> Result<Timeline> {
    actor.require(Permission::ReadAudit)?;
    let db = service.store.read();
    scope::license(db, actor.account, id).await?;
    // The license belongs to the account. With the account in the condition, planners scan all
    // audit entries of the account.
    let mut find = audit_entries::Entity::find().filter(audit_entries::Column::LicenseId.eq(id.0));
    if filter == TimelineFilter::Changes {
        // The text of the partial index, so that a planner recognizes it.
        find = find.filter(Expr::cust(
            "action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired')",
        ));
    }
    if let Some(before) = before {
        find = find.filter(audit_entries::Column::Id.lt(before.0));
    }
    let mut rows =
        find.order_by_desc(audit_entries::Column::Id).limit(page_cut::PAGE_SIZE + 1).all(db).await?;
    let more = page_cut::truncate_to_page_size(&mut rows).map(|row| AuditEntryId(row.id));
    Ok(Timeline { entries: rows.into_iter().map(timeline_entry).collect(), more })
}

fn timeline_entry(row: audit_entries::Model) -> TimelineEntry {
    let actor = match (row.actor_kind.as_str(), row.ip) {
        (kind @ ("app" | "customer"), Some(ip)) => format!("{kind} at {ip}"),
        _ => row.actor_name,
    };
    TimelineEntry {
        id: AuditEntryId(row.id),
        event: Event::from_storage(&row.action),
        action: row.action,
        detail: row.detail,
        actor,
        at: Timestamp::from_millis(row.created_at),
    }
}
