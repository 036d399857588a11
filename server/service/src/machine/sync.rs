//! A client reports in, and takes home a fresh token.

use domain::ActivationId;
use domain::license::State;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};

use super::{Answer, Request, describe, find, product, token};
use crate::activation::lookup;
use crate::store::entity::licenses;
use crate::store::map;
use crate::{Error, Result, Service};

/// Syncs an activation. Whatever the license's standing has become is in the
/// token; only a revocation is refused.
///
/// # Errors
/// When the database or the signing fails.
pub async fn sync(service: &Service, id: ActivationId, request: &Request) -> Result<Answer> {
    let txn = service.write().await?;
    let Some(activation) = find(txn.conn(), id).await? else {
        return Ok(Answer::Gone);
    };
    let license = licenses::Entity::find_by_id(activation.license_id)
        .one(txn.conn())
        .await?
        .ok_or_else(|| Error::Internal(format!("activation {id} has no license")))?;
    if lookup::digest(service, &request.key).is_none_or(|digest| license.key_digest != digest) {
        return Ok(Answer::InvalidKey);
    }
    if product(txn.conn(), &license, &request.product_sent).await?.is_none() {
        return Ok(Answer::InvalidProduct);
    }
    if activation.subject != request.fingerprint.as_str() {
        return Ok(Answer::InvalidFingerprint);
    }
    if matches!(map::state(&license)?, State::Revoked { .. }) {
        return Ok(Answer::Revoked);
    }
    let mut row = activation.into_active_model();
    describe(&mut row, &request.machine);
    row.last_synced_at = Set(Some(txn.now().millis()));
    let activation = row.update(txn.conn()).await?;
    txn.commit().await?;
    token::sign(service, license.id, &activation, request).await.map(Answer::Token)
}
