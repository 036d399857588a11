//! Releases activations whose lease has expired.

use domain::AccountId;
use domain::event::Event;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::activation::release;
use crate::store::WriteTxn;
use crate::store::entity::{activations, licenses};
use crate::{Actor, Error, Principal, Result};

/// Maximum number of activations released in one transaction, so that other writers do not wait long.
pub(super) const MAX_ACTIVATIONS_PER_TXN: u64 = 200;

/// Releases expired activations of a locked license and reloads its row. Returns their number.
pub async fn release_expired(txn: &mut WriteTxn, license: &mut licenses::Model) -> Result<usize> {
    let expired = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::LeaseExpiresAt.lte(txn.now().millis()))
        .limit(MAX_ACTIVATIONS_PER_TXN)
        .all(txn.conn())
        .await?;
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::System };
    for activation in &expired {
        release(txn, &actor, activation, Event::ActivationExpired).await?;
    }
    if !expired.is_empty() {
        *license = reload_license(txn.conn(), license.id).await?;
    }
    Ok(expired.len())
}

async fn reload_license(db: &impl ConnectionTrait, id: Uuid) -> Result<licenses::Model> {
    let row = licenses::Entity::find_by_id(id).one(db).await?;
    row.ok_or_else(|| Error::Internal(format!("license {id} not found while its row was locked")))
}
