//! Former keys of a license that apps may still send.

use domain::view::FormerKey;
use domain::{LicenseId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::Result;
use crate::store::entity::former_license_keys;

/// Returns the former keys of a license whose grace time runs, the latest first.
pub(super) async fn load(db: &impl ConnectionTrait, id: LicenseId, now: Timestamp) -> Result<Vec<FormerKey>> {
    let rows = former_license_keys::Entity::find()
        .filter(former_license_keys::Column::LicenseId.eq(id.0))
        .filter(former_license_keys::Column::ValidUntil.gt(now.millis()))
        .order_by_desc(former_license_keys::Column::ReplacedAt)
        .all(db)
        .await?;
    let view = |row: former_license_keys::Model| FormerKey {
        last_four: row.last_four,
        replaced_at: Timestamp::from_millis(row.replaced_at),
        valid_until: Timestamp::from_millis(row.valid_until),
    };
    Ok(rows.into_iter().map(view).collect())
}
