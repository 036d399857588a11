//! The public keys that verify the tokens of this instance.

use std::sync::Arc;

use domain::ProductId;
use domain::permission::Permission;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Select};

use super::PublicKey;
use super::sign::{active_key, find_active};
use crate::store::entity::signing_keys;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

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

/// Returns the public key that a product signs with. Generates the key if the product has none.
///
/// # Errors
/// Returns an error if the role does not allow it, the product does not exist, or the database fails.
pub async fn current_public_key(service: &Service, actor: &Actor, product: ProductId) -> Result<PublicKey> {
    actor.require(Permission::Read)?;
    scope::product(service.store.read(), actor.account, product).await?;
    active_key(service, product).await?;
    // Read from the database, because another node may have rotated the cached key.
    let row = find_active(service, product).await?.ok_or(Error::NotFound)?;
    PublicKey::parse(&row.public_key)
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
