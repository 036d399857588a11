//! The licenses that a session opens. Others are reported as not found.

use domain::{CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::ConnectionTrait;

use super::session::{CustomerSession, Holder};
use crate::activation::is_former_digest_valid;
use crate::store::entity::{customers, licenses, products};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Principal, Result};

/// Loads a license of the session.
///
/// # Errors
/// Returns [`Error::NotFound`] if the session does not open the license, or does not any more, or another
/// [`Error`] if the database fails.
pub(super) async fn license(
    db: &impl ConnectionTrait,
    session: &CustomerSession,
    id: LicenseId,
    now: Timestamp,
) -> Result<licenses::Model> {
    let row = scope::license(db, session.account, id).await?;
    check(db, session, &row, now).await?;
    Ok(row)
}

/// Loads a license of the session with its product, and locks the license until the transaction ends. Errors
/// as [`license`].
pub(super) async fn lock_license(
    txn: &WriteTxn,
    session: &CustomerSession,
    id: LicenseId,
) -> Result<(licenses::Model, products::Model)> {
    let row = scope::lock_license(txn, session.account, id).await?;
    check(txn.conn(), session, &row, txn.now()).await?;
    let product = scope::product(txn.conn(), session.account, ProductId(row.product_id)).await?;
    Ok((row, product))
}

/// Loads the customer of a session that a link opened. Errors as [`license`].
pub(super) async fn customer(
    db: &impl ConnectionTrait,
    session: &CustomerSession,
) -> Result<customers::Model> {
    let Holder::Address { customer, email } = &session.holder else { return Err(Error::NotFound) };
    let row = scope::customer(db, session.account, *customer).await?;
    if row.email.as_ref() == Some(email) { Ok(row) } else { Err(Error::NotFound) }
}

/// Returns the actor of a change of a license.
pub(super) fn actor(session: &CustomerSession, row: &licenses::Model, ip: Option<String>) -> Actor {
    let customer = row.customer_id.map(CustomerId);
    Actor { account: session.account, principal: Principal::Customer { customer, ip } }
}

async fn check(
    db: &impl ConnectionTrait,
    session: &CustomerSession,
    row: &licenses::Model,
    now: Timestamp,
) -> Result<()> {
    let is_open = match &session.holder {
        Holder::Key { license, digest } => license.0 == row.id && *digest == row.key_digest,
        Holder::FormerKey { license, digest } => {
            license.0 == row.id && is_former_digest_valid(db, digest, row, now).await?
        }
        Holder::Address { .. } => row.customer_id == Some(customer(db, session).await?.id),
    };
    if is_open { Ok(()) } else { Err(Error::NotFound) }
}
