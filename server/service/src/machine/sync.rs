//! A client reports in, and takes home a fresh token.

use domain::license::State;
use domain::machine::fingerprint_of;
use domain::{AccountId, ActivationId, LicenseId};

use super::seat::{self, Way};
use super::{Answer, Request, find, is_named, known, product_of, token};
use crate::activation::lookup;
use crate::store::{map, scope};
use crate::{Result, Service};

/// Syncs an activation. Whatever the license's standing has become is in the
/// token; only a revocation is refused.
///
/// # Errors
/// When the database or the signing fails.
pub async fn sync(service: &Service, id: ActivationId, request: &Request) -> Result<Answer> {
    // A sync that has nothing new to say is a read.
    if let Some(digest) = lookup::digest(service, &request.key)
        && let Some(bound) = known::still(service, &digest, request).await?
        && bound.activation.id == id.0
    {
        return token::sign(service, &bound, request).await.map(Answer::Token);
    }
    // Ids of nobody's take no turn to write.
    let Some(activation) = find(service.store.read(), id).await? else {
        return Ok(Answer::Gone);
    };
    let mut txn = service.write().await?;
    let account = AccountId(activation.account_id);
    let license = scope::lock_license(&txn, account, LicenseId(activation.license_id)).await?;
    // Read again under the lock: the seat may have been freed, a meter counted.
    let Some(activation) = find(txn.conn(), id).await? else {
        return Ok(Answer::Gone);
    };
    if lookup::digest(service, &request.key).is_none_or(|digest| license.key_digest != digest) {
        return Ok(Answer::InvalidKey);
    }
    let product = product_of(txn.conn(), &license).await?;
    if !is_named(&product, &request.product_sent) {
        return Ok(Answer::InvalidProduct);
    }
    let rules = map::rules(&product);
    let user = request.machine.user_hash.as_str();
    let another_user = rules.user_locked && activation.user_hash.as_deref() != Some(user);
    if fingerprint_of(&activation.subject) != request.fingerprint.as_str() || another_user {
        return Ok(Answer::InvalidFingerprint);
    }
    if matches!(map::state(&license)?, State::Revoked { .. }) {
        return Ok(Answer::Revoked);
    }
    if let Err(mismatch) = rules.admit(&request.machine) {
        return Ok(Answer::NotAdmitted(mismatch));
    }
    let bound = match seat::renew(&mut txn, license, product, activation, request, Way::Online).await? {
        Ok(bound) => bound,
        Err(refusal) => return Ok(refusal),
    };
    txn.commit().await?;
    token::sign(service, &bound, request).await.map(Answer::Token)
}
