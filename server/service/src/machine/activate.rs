//! A client binds a license to the machine it runs on.

use std::sync::Arc;

use domain::AccountId;

use super::group::{Outcome, WantedSeat};
use super::known::{self, Known};
use super::seat::{self, Way};
use super::{Answer, Request, is_named, product_of, token};
use crate::activation::lookup;
use crate::{Actor, By, Result, Service};

/// Activates a license on a machine. The same fingerprint again is the same
/// activation, described anew, with a fresh token and no second seat.
///
/// # Errors
/// When the database or the signing fails.
pub async fn activate(
    service: &Service,
    request: impl Into<Arc<Request>>,
    ip: Option<String>,
) -> Result<Answer> {
    let request = &request.into();
    let Some(digest) = lookup::digest(service, &request.key) else {
        return Ok(Answer::InvalidKey);
    };
    if service.cache.is_unknown(&digest) {
        return Ok(Answer::InvalidKey);
    }
    let who = Known::who(&digest, request);
    if let Some(bound) = known::remembered(service, &who, request).await? {
        return token::sign(service, &bound, request).await.map(Answer::Token);
    }
    let read_at = service.cache.step();
    let want = WantedSeat { digest, request: Arc::clone(request), ip: ip.clone() };
    match service.machine_seats.ask(want).await? {
        Outcome::Bound(bound) => token::sign(service, &bound, request).await.map(Answer::Token),
        Outcome::Kept(bound) => {
            let bound = Arc::from(bound);
            service.machines.put(who, read_at, &bound);
            token::sign(service, &bound, request).await.map(Answer::Token)
        }
        Outcome::Refused(answer) => {
            if answer == Answer::InvalidKey {
                service.cache.put_unknown(&digest, read_at);
            }
            Ok(answer)
        }
        // Boxed: else each request is as large as what few need.
        Outcome::Alone => Box::pin(alone(service, &digest, request, ip)).await,
    }
}

/// In a transaction of its own.
async fn alone(
    service: &Service,
    digest: &[u8; 32],
    request: &Request,
    ip: Option<String>,
) -> Result<Answer> {
    let mut txn = service.write().await?;
    let Some(license) = lookup::lock_by_digest(&txn, digest).await? else {
        return Ok(Answer::InvalidKey);
    };
    let product = product_of(txn.conn(), &license).await?;
    if !is_named(&product, &request.product_sent) {
        return Ok(Answer::InvalidProduct);
    }
    let actor = Actor { account: AccountId(license.account_id), by: By::App { ip } };
    let bound = match seat::bind(&mut txn, &actor, license, product, request, Way::Online).await? {
        Ok(bound) => bound,
        Err(refusal) => return Ok(refusal),
    };
    txn.commit().await?;
    token::sign(service, &bound, request).await.map(Answer::Token)
}
