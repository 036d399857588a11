//! The last renewal of a license.

use domain::Timestamp;
use domain::event::Event;
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Returns when the license was renewed last, by the audit log. `None` if it was not, or the entry is older
/// than the retention.
pub(super) async fn renewed_at(service: &Service, license: Uuid) -> Result<Option<Timestamp>> {
    // The last condition is that of the partial index, which holds no activations.
    let sql = format!(
        "SELECT created_at FROM audit_entries WHERE license_id = $1 AND action = '{}' \
         AND action NOT IN ('activation.created', 'activation.deleted', 'activation.lease_expired') \
         ORDER BY id DESC LIMIT 1",
        Event::LicenseRenewed
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [license.into()]);
    let Some(row) = service.store.read().query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some(Timestamp::from_millis(row.try_get("", "created_at")?)))
}
