//! The row of the instance, and the keys that open it.

use sea_orm::{ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::schema::{has_column, has_table};
use crate::Result;
use crate::secrets::{Keyring, MasterKey, Purpose};
use crate::store::entity::instance;

/// What tells whether a master key belongs to a database.
pub struct InstanceRow {
    /// The instance's id.
    pub id: Uuid,
    key_check: Vec<u8>,
    token_key_sealed: Option<Vec<u8>>,
}

impl InstanceRow {
    /// Returns the keys of the instance; `None` if the master key is of another one.
    #[must_use]
    pub fn open(&self, master: &MasterKey) -> Option<Keyring> {
        let mut keys = Keyring::new(master);
        keys.open(Purpose::KeyCheck, self.id, &self.key_check).ok()?;
        if let Some(sealed) = &self.token_key_sealed {
            keys.open_token_key(self.id, sealed).ok()?;
        }
        Some(keys)
    }
}

/// Reads the row; `None` on a database without a schema.
pub(super) async fn read(db: &DatabaseConnection) -> Result<Option<InstanceRow>> {
    if !has_table(db, "instance").await? {
        return Ok(None);
    }
    let row: Option<(Uuid, Vec<u8>)> = instance::Entity::find()
        .select_only()
        .columns([instance::Column::InstanceId, instance::Column::KeyCheck])
        .filter(instance::Column::Id.eq(1))
        .into_tuple()
        .one(db)
        .await?;
    let Some((id, key_check)) = row else { return Ok(None) };
    // A schema before the rotation of master keys lacks the column.
    let token_key_sealed = if has_column(db, "instance", "token_key_sealed").await? {
        let sealed = instance::Entity::find()
            .select_only()
            .column(instance::Column::TokenKeySealed)
            .filter(instance::Column::Id.eq(1))
            .into_tuple::<Option<Vec<u8>>>();
        sealed.one(db).await?.flatten()
    } else {
        None
    };
    Ok(Some(InstanceRow { id, key_check, token_key_sealed }))
}
