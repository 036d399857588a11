//! Moves an activation to another domain in one transaction, so that no other app takes the slot.

use domain::activation::Kind;
use domain::event::Event;
use domain::permission::Permission;
use domain::{ActivationId, DomainName, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::allow::take_slot;
use super::release::release;
use crate::secrets::KeyDigests;
use crate::store::entity::{activations, licenses};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Result, Service};

/// Releases the domain of an activation and activates `to` in its place.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license or the activation does not exist,
/// the license is not active, `to` is active already or finds no slot, or the database fails.
#[tracing::instrument(name = "activation.move_domain", skip_all, fields(account = %actor.account, license = %license), err(level = "debug"))]
pub async fn move_domain(
    service: &Service,
    actor: &Actor,
    license: LicenseId,
    activation: ActivationId,
    to: &DomainName,
) -> Result<()> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_license(&txn, actor.account, license).await?;
    move_locked(&mut txn, actor, &row, activation, to).await?;
    txn.commit().await
}

/// Moves an activation of a license that the transaction has locked.
///
/// # Errors
/// [`Error::NotFound`] if the license has no such domain, [`Error::Invalid`] if `to` is active already,
/// [`Error::Conflict`] if it finds no slot or the license is not active, or an error of the database. The
/// caller must not commit then.
pub(crate) async fn move_locked(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    activation: ActivationId,
    to: &DomainName,
) -> Result<()> {
    let of_license = || {
        activations::Entity::find()
            .filter(activations::Column::AccountId.eq(actor.account.0))
            .filter(activations::Column::LicenseId.eq(row.id))
            .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
    };
    let from = of_license().filter(activations::Column::Id.eq(activation.0)).one(txn.conn()).await?;
    let from = from.ok_or(Error::NotFound)?;
    let target = of_license().filter(activations::Column::Subject.eq(to.as_str()));
    if target.one(txn.conn()).await?.is_some() {
        return Err(Error::invalid("to", "The license is active on this domain already."));
    }
    release(txn, actor, &from, Event::ActivationDeleted).await?;
    take_slot(txn, actor, KeyDigests::from_storage(&row.key_digest)?, to).await
}
