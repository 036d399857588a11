//! Periodic sync of a machine activation, which returns a new token.

use domain::license::State;
use domain::machine::fingerprint_of;
use domain::{AccountId, ActivationId, LicenseId};

use super::binding;
use super::lookup::{find_activation, load_product, product_matches};
use super::request::ActivationMode;
use super::{ActivationOutcome, ActivationRequest, revalidate, token};
use crate::activation::{is_key_of, lookup};
use crate::store::{convert, scope};
use crate::{Result, Service};

/// Syncs an activation. The token reports the standing of a suspended or expired license; the sync
/// of a revoked license is refused.
///
/// # Errors
/// Returns an error if the database or signing fails.
#[tracing::instrument(name = "machine.sync", level = "debug", skip_all, err(level = "debug"))]
pub async fn sync(
    service: &Service,
    id: ActivationId,
    request: &ActivationRequest,
) -> Result<ActivationOutcome> {
    // A sync without changes is only a read.
    if let Some(digests) = lookup::digests(&service.keys, &request.key)
        && let Some(activation) = revalidate::revalidate(service, &digests, request).await?
        && activation.activation.id == id.0
    {
        return token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token);
    }
    // Look the id up with a plain read first, so that unknown ids never take a write permit.
    let Some(activation) = find_activation(service.store.read(), id).await? else {
        return Ok(ActivationOutcome::NotFound);
    };
    let mut txn = service.begin_write().await?;
    let account = AccountId(activation.account_id);
    let license = scope::lock_license(&txn, account, LicenseId(activation.license_id)).await?;
    // Read again under the lock: the activation may have been released or a meter updated.
    let Some(activation) = find_activation(txn.conn(), id).await? else {
        return Ok(ActivationOutcome::NotFound);
    };
    if !is_key_of(service, txn.conn(), &request.key, &license).await? {
        return Ok(ActivationOutcome::InvalidKey);
    }
    let product = load_product(txn.conn(), &license).await?;
    if !product_matches(&product, &request.raw_product_id) {
        return Ok(ActivationOutcome::InvalidProduct);
    }
    let rules = convert::rules_in_force(&product, &license);
    let user = request.machine.user_hash.as_str();
    let is_other_user = rules.machines.user_locked && activation.user_hash.as_deref() != Some(user);
    if fingerprint_of(&activation.subject) != request.fingerprint.as_str() || is_other_user {
        return Ok(ActivationOutcome::InvalidFingerprint);
    }
    if matches!(convert::license_state(&license)?, State::Revoked { .. }) {
        return Ok(ActivationOutcome::Revoked);
    }
    if let Err(mismatch) = rules.admit(&request.machine, request.address) {
        return Ok(ActivationOutcome::NotAdmitted(mismatch));
    }
    let activation =
        match binding::refresh(&mut txn, license, product, activation, request, ActivationMode::Online)
            .await?
        {
            Ok(activation) => activation,
            Err(refusal) => return Ok(refusal),
        };
    txn.commit().await?;
    token::sign_activation(service, &activation, request).await.map(ActivationOutcome::Token)
}
