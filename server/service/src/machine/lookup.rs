//! Looks up the activation and the product of a machine request.

use std::sync::Arc;

use domain::ActivationId;
use sea_orm::{ConnectionTrait, EntityTrait as _};

use crate::store::entity::{activations, licenses, products};
use crate::{Error, Result};

/// Finds an activation of a machine.
pub async fn find_activation(
    db: &impl ConnectionTrait,
    id: ActivationId,
) -> Result<Option<activations::Model>> {
    let row = activations::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.filter(|row| row.kind == "machine"))
}

/// Loads the product of a license.
pub async fn load_product(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Arc<products::Model>> {
    products::Entity::find_by_id(license.product_id)
        .one(db)
        .await?
        .map(Arc::new)
        .ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))
}

/// Returns whether `raw_id`, as sent by the client, is the product's id or public number.
pub fn product_matches(product: &products::Model, raw_id: &str) -> bool {
    let raw_id = raw_id.trim();
    raw_id.parse() == Ok(product.id) || raw_id == product.number.to_string()
}
