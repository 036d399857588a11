//! The public keys that verify the tokens of this instance.

use std::sync::Arc;

use domain::ProductId;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Select};

use super::PublicKey;
use crate::store::entity::signing_keys;
use crate::{Result, Service};

/// Returns all keys that are not retired, newest first. The list is cached for two seconds, because an
/// instance may have thousands of products; this node's own changes are visible at once.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
pub async fn public_keys(service: &Service) -> Result<Arc<Vec<PublicKey>>> {
    if let Some(keys) = service.signing_keys.public_keys(service.now()) {
        return Ok(keys);
    }
    let version = service.signing_keys.version();
    let now = service.now();
    let keys = Arc::new(load(service, active_keys()).await?);
    service.signing_keys.insert_public_keys(version, now, &keys);
    Ok(keys)
}

/// Returns the keys of a product that are not retired, newest first. Empty for an unknown product.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
pub async fn product_public_keys(service: &Service, product: ProductId) -> Result<Vec<PublicKey>> {
    load(service, active_keys().filter(signing_keys::Column::ProductId.eq(product.0))).await
}

fn active_keys() -> Select<signing_keys::Entity> {
    signing_keys::Entity::find()
        .filter(signing_keys::Column::RetiredAt.is_null())
        .order_by_desc(signing_keys::Column::CreatedAt)
}

async fn load(service: &Service, find: Select<signing_keys::Entity>) -> Result<Vec<PublicKey>> {
    let rows = find.all(service.store.read()).await?;
    rows.iter().map(|row| PublicKey::parse(&row.public_key)).collect()
}
