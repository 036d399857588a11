//! Loads trials.

use domain::machine::MetadataEntry;
use domain::webhook::ObjectKind;
use domain::{ActivationId, ProductId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::record::{ObjectKey, ObjectRecord, TrialActivationRecord};
use crate::Result;
use crate::store::convert;
use crate::store::entity::trials;

/// Loads trials of machines.
pub(super) async fn load(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(ObjectKey, ObjectRecord)>> {
    let rows = trials::Entity::find().filter(trials::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    let record = |row: trials::Model| {
        let metadata: Vec<MetadataEntry> = convert::json_or_default(row.metadata.as_deref());
        let record = TrialActivationRecord {
            id: ActivationId(row.id),
            product: ProductId(row.product_id),
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.changed_at()),
            expires_at: Timestamp::from_millis(row.expires_at),
            os: row.os,
            hostname: row.hostname,
            ip: row.ip.unwrap_or_default(),
            app_version: row.app_version,
            metadata,
        };
        ((ObjectKind::TrialActivation, row.id), ObjectRecord::TrialActivation(Box::new(record)))
    };
    Ok(rows.into_iter().map(record).collect())
}
