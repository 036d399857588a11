//! What happened to a license, and who did it.

use domain::event::Event;
use domain::permission::Permission;
use domain::view::TimelineEntry;
use domain::{LicenseId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::store::entity::audit_entries;
use crate::store::scope;
use crate::{Actor, Result, Service};

/// Entries shown, the latest first.
const SHOWN: u64 = 100;

/// The latest 100 entries of a license's history.
///
/// # Errors
/// When the role does not allow it, the license is not there, or the database
/// fails.
pub async fn timeline(service: &Service, actor: &Actor, id: LicenseId) -> Result<Vec<TimelineEntry>> {
    actor.require(Permission::ReadAudit)?;
    let db = service.store.read();
    scope::license(db, actor.account, id).await?;
    let rows = audit_entries::Entity::find()
        .filter(audit_entries::Column::AccountId.eq(actor.account.0))
        .filter(audit_entries::Column::LicenseId.eq(id.0))
        .order_by_desc(audit_entries::Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(entry).collect())
}

fn entry(row: audit_entries::Model) -> TimelineEntry {
    let actor = match (row.actor_kind.as_str(), row.ip) {
        ("app", Some(ip)) => format!("app at {ip}"),
        _ => row.actor_name,
    };
    TimelineEntry {
        event: Event::from_storage(&row.action),
        action: row.action,
        detail: row.detail,
        actor,
        at: Timestamp::from_millis(row.created_at),
    }
}
