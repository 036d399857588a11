//! Deactivation of a machine by its client.

use domain::event::Event;
use domain::machine::fingerprint_of;
use domain::{AccountId, ActivationId, LicenseId, OfflineResponse};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _};

use super::DeactivationProof;
use super::lookup::{find_activation, load_product, product_matches};
use crate::activation::{is_key_of, release};
use crate::store::entity::{activations, licenses, products};
use crate::store::{WriteTxn, convert, scope};
use crate::{Actor, Principal, Result, Service};

/// The result of a deactivation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeactivateOutcome {
    /// The activation was deleted and its slot is free.
    Freed,
    /// The activation does not exist, or the proof does not match it.
    NotFound,
    /// The deactivation limit of the license is reached, or a response of the customer has not ended.
    LimitReached,
}

/// Releases a machine activation, regardless of the standing of its license.
///
/// # Errors
/// Returns an error if the database fails.
#[tracing::instrument(name = "machine.deactivate", level = "debug", skip_all, err(level = "debug"))]
pub async fn deactivate(
    service: &Service,
    id: ActivationId,
    proof: Option<&DeactivationProof>,
    ip: Option<String>,
) -> Result<DeactivateOutcome> {
    // Look the id up with a plain read first, so that unknown ids never take a write permit.
    let Some(activation) = find_activation(service.store.read(), id).await? else {
        return Ok(DeactivateOutcome::NotFound);
    };
    let mut txn = service.begin_write().await?;
    let account = AccountId(activation.account_id);
    let license = scope::lock_license(&txn, account, LicenseId(activation.license_id)).await?;
    // Read again under the lock: another request may have released the activation.
    let Some(activation) = find_activation(txn.conn(), id).await? else {
        return Ok(DeactivateOutcome::NotFound);
    };
    // The activation id is in the response that a customer made. Until it ends, it works without the server.
    if let Some(OfflineResponse::EndsAt(end)) = convert::offline_response(&activation)
        && end > txn.now()
    {
        return Ok(DeactivateOutcome::LimitReached);
    }
    let product = load_product(txn.conn(), &license).await?;
    if let Some(proof) = proof
        && !proof_matches(service, &txn, proof, &license, &product, &activation).await?
    {
        return Ok(DeactivateOutcome::NotFound);
    }
    let outcome = release_by_client(
        &mut txn,
        &Actor { account, principal: Principal::App { ip } },
        &license,
        &product,
        &activation,
    )
    .await?;
    if outcome == DeactivateOutcome::Freed {
        txn.commit().await?;
    }
    Ok(outcome)
}

/// Returns whether the proof matches this activation.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn proof_matches(
    service: &Service,
    txn: &WriteTxn,
    proof: &DeactivationProof,
    license: &licenses::Model,
    product: &products::Model,
    activation: &activations::Model,
) -> Result<bool> {
    Ok(fingerprint_of(&activation.subject) == proof.fingerprint.as_str()
        && product_matches(product, &proof.raw_product_id)
        && is_key_of(service, txn.conn(), &proof.key, license).await?)
}

/// Releases an activation at its client's request and increments the license's deactivation count.
/// The license must be locked.
pub(super) async fn release_by_client(
    txn: &mut WriteTxn,
    actor: &Actor,
    license: &licenses::Model,
    product: &products::Model,
    activation: &activations::Model,
) -> Result<DeactivateOutcome> {
    if !convert::rules_in_force(product, license)
        .machines
        .deactivations
        .allows_one_more(convert::to_count(license.deactivations))
    {
        return Ok(DeactivateOutcome::LimitReached);
    }
    release(txn, actor, activation, Event::ActivationDeleted).await?;
    let counter = licenses::Column::Deactivations;
    licenses::Entity::update_many()
        .col_expr(counter, Expr::col(counter).add(1))
        .filter(licenses::Column::Id.eq(license.id))
        .exec(txn.conn())
        .await?;
    Ok(DeactivateOutcome::Freed)
}
