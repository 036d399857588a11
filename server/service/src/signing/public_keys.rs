//! The public keys that verify the tokens of this instance.

use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::PublicKey;
use crate::store::entity::signing_keys;
use crate::{Result, Service};

/// Returns all keys that are not retired, newest first.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
pub async fn public_keys(service: &Service) -> Result<Vec<PublicKey>> {
    let rows = signing_keys::Entity::find()
        .filter(signing_keys::Column::RetiredAt.is_null())
        .order_by_desc(signing_keys::Column::CreatedAt)
        .all(service.store.read())
        .await?;
    rows.iter().map(|row| PublicKey::parse(&row.public_key)).collect()
}
