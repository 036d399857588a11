//! Release of an activation by a seller.

use domain::event::Event;
use domain::permission::Permission;
use domain::{ActivationId, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::release::release;
use crate::store::entity::activations;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Releases an activation and frees its slot. The activation no longer verifies afterwards.
///
/// # Errors
/// Returns an error if the role does not allow it, the license or activation does not exist, or the
/// database fails.
#[tracing::instrument(name = "activation.free", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn free(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    activation: ActivationId,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, license).await?;
    let row = activations::Entity::find_by_id(activation.0)
        .filter(activations::Column::AccountId.eq(actor.account.0))
        .filter(activations::Column::LicenseId.eq(license.0))
        .one(txn.conn())
        .await?
        .ok_or(Error::NotFound)?;
    release(&mut txn, actor, &row, Event::ActivationDeleted).await?;
    txn.commit().await
}
