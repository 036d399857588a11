//! Release of a machine by a seller, by the activation's id alone.

use domain::activation::Kind;
use domain::event::Event;
use domain::permission::Permission;
use domain::{AccountId, ActivationId, LicenseId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::activation::release;
use crate::store::entity::activations;
use crate::store::scope;
use crate::{Actor, Error, Result, Service};

/// Releases a machine and frees its slot. The deactivation is not counted, and no limit refuses it.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such machine, or the database fails.
#[tracing::instrument(name = "machine_activation.free", skip_all, fields(account = %actor.account, activation = %id), err(level = "debug"))]
pub async fn free(service: &Service, actor: &Actor, id: ActivationId) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let found = find(service.store.read(), actor.account, id).await?;
    let mut txn = service.begin_write().await?;
    scope::lock_license(&txn, actor.account, LicenseId(found.license_id)).await?;
    // Read again under the lock: another request may have released the machine.
    let row = find(txn.conn(), actor.account, id).await?;
    release(&mut txn, actor, &row, Event::ActivationDeleted).await?;
    txn.commit().await
}

async fn find(db: &impl ConnectionTrait, account: AccountId, id: ActivationId) -> Result<activations::Model> {
    activations::Entity::find_by_id(id.0)
        .filter(activations::Column::AccountId.eq(account.0))
        .filter(activations::Column::Kind.eq(Kind::Machine.as_str()))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}
