//! A client gives its seat back.

use domain::machine::Fingerprint;
use domain::{AccountId, ActivationId, LicenseId, LicenseKey};

use super::{find, product};
use crate::activation::{lookup, release};
use crate::store::scope;
use crate::{Actor, By, Result, Service};

/// What a client can show beside the activation's id, which is itself known to
/// nobody but the client and the seller.
pub struct Proof {
    /// The license key.
    pub key: LicenseKey,
    /// The product's id, as it was sent.
    pub product_sent: String,
    /// The machine's fingerprint.
    pub fingerprint: Fingerprint,
}

/// What became of a request to deactivate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deactivated {
    /// The seat is free.
    Freed,
    /// The activation is not there, or the proof is of another one.
    Gone,
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
    let mut txn = service.write().await?;
    let Some(activation) = find(txn.conn(), id).await? else {
        return Ok(Deactivated::Gone);
    };
    let account = AccountId(activation.account_id);
    let license = scope::lock_license(&txn, account, LicenseId(activation.license_id)).await?;
    // Read again under the lock: another request may have freed it.
    let Some(activation) = find(txn.conn(), id).await? else {
        return Ok(Deactivated::Gone);
    };
    if let Some(proof) = proof {
        let key = lookup::digest(service, &proof.key).is_some_and(|digest| license.key_digest == digest);
        let machine = activation.subject == proof.fingerprint.as_str();
        if !key || !machine || product(txn.conn(), &license, &proof.product_sent).await?.is_none() {
            return Ok(Deactivated::Gone);
        }
    }
    release(&mut txn, &Actor { account, by: By::App { ip } }, &activation).await?;
    txn.commit().await?;
    Ok(Deactivated::Freed)
}
