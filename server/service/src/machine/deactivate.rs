//! A client gives its seat back.

use domain::event::Event;
use domain::machine::fingerprint_of;
use domain::{AccountId, ActivationId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use super::{Proof, find, is_named, product_of};
use crate::activation::{lookup, release};
use crate::store::entity::{activations, licenses, products};
use crate::store::{WriteTxn, map, scope};
use crate::{Actor, By, Result, Service};

/// What became of a request to deactivate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deactivated {
    /// The seat is free.
    Freed,
    /// The activation is not there, or the proof is of another one.
    Gone,
    /// The license's clients have deactivated as often as they may.
    LimitReached,
}

/// Frees the seat of a machine, whatever the standing of its license.
///
/// # Errors
/// When the database fails.
pub async fn deactivate(
    service: &Service,
    id: ActivationId,
    proof: Option<&Proof>,
    ip: Option<String>,
) -> Result<Deactivated> {
    // Ids of nobody's take no turn to write.
    let Some(activation) = find(service.store.read(), id).await? else {
        return Ok(Deactivated::Gone);
    };
    let mut txn = service.write().await?;
    let account = AccountId(activation.account_id);
    let license = scope::lock_license(&txn, account, LicenseId(activation.license_id)).await?;
    // Read again under the lock: another request may have freed it.
    let Some(activation) = find(txn.conn(), id).await? else {
        return Ok(Deactivated::Gone);
    };
    let product = product_of(txn.conn(), &license).await?;
    if let Some(proof) = proof
        && !belongs(service, proof, &license, &product, &activation)
    {
        return Ok(Deactivated::Gone);
    }
    let done =
        give_up(&mut txn, &Actor { account, by: By::App { ip } }, &license, &product, &activation).await?;
    if done == Deactivated::Freed {
        txn.commit().await?;
    }
    Ok(done)
}

/// Whether a proof is of this activation.
pub(super) fn belongs(
    service: &Service,
    proof: &Proof,
    license: &licenses::Model,
    product: &products::Model,
    activation: &activations::Model,
) -> bool {
    lookup::digest(service, &proof.key).is_some_and(|digest| license.key_digest == digest)
        && fingerprint_of(&activation.subject) == proof.fingerprint.as_str()
        && is_named(product, &proof.product_sent)
}

/// Frees a seat on its client's behalf, and counts that it did. The license must
/// be locked.
pub(super) async fn give_up(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: &licenses::Model,
    product: &products::Model,
    activation: &activations::Model,
) -> Result<Deactivated> {
    if !map::rules(product).deactivations.has_room(map::count(license.deactivations)) {
        return Ok(Deactivated::LimitReached);
    }
    release(txn, actor, activation, Event::ActivationDeleted).await?;
    let counter = licenses::Column::Deactivations;
    licenses::Entity::update_many()
        .col_expr(counter, Expr::col(counter).add(1))
        .filter(licenses::Column::Id.eq(license.id))
        .exec(txn.conn())
        .await?;
    Ok(Deactivated::Freed)
}
