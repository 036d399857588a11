//! Links that open the customer's page. A link works any number of times within its hour, because mail
//! scanners open links, and a customer may change from the phone to a desk.

use domain::mail::CUSTOMER_LINK_LIFETIME_MS;
use domain::{AccountId, CustomerId, Timestamp};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Set};

use crate::secrets::{Keyring, Purpose};
use crate::store::WriteTxn;
use crate::store::entity::{customer_links, customers};
use crate::{Error, Result, random};

/// The digest of a token or an address. A token has no `@`, so that none is the other.
fn digest(keys: &Keyring, text: &str) -> Vec<u8> {
    keys.digest(Purpose::CustomerLink, text.as_bytes()).to_vec()
}

/// Makes a link for the address of a customer. Returns its token and its expiry.
pub(super) async fn insert(
    txn: &WriteTxn,
    keys: &Keyring,
    account: AccountId,
    customer: CustomerId,
    email: &str,
) -> Result<(String, Timestamp)> {
    let token = random::stored_token();
    let expires_at = txn.now().plus_millis(CUSTOMER_LINK_LIFETIME_MS);
    let row = customer_links::ActiveModel {
        token_digest: Set(digest(keys, &token)),
        account_id: Set(account.0),
        customer_id: Set(customer.0),
        email_digest: Set(digest(keys, email)),
        expires_at: Set(expires_at.millis()),
    };
    customer_links::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok((token, expires_at))
}

/// Finds the customer of a link, and the address that got the link and that the customer still has.
///
/// # Errors
/// Returns [`Error::NotFound`] if there is no such link in the account, if it has expired, or if the customer
/// is gone or has another address, or another [`Error`] if the database fails.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    keys: &Keyring,
    account: AccountId,
    token: &str,
    now: Timestamp,
) -> Result<(CustomerId, String)> {
    let link = customer_links::Entity::find_by_id(digest(keys, token))
        .filter(customer_links::Column::AccountId.eq(account.0))
        .filter(customer_links::Column::ExpiresAt.gt(now.millis()))
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let customer = customers::Entity::find_by_id(link.customer_id)
        .filter(customers::Column::AccountId.eq(account.0))
        .one(db)
        .await?;
    let email = customer.and_then(|row| row.email).filter(|email| digest(keys, email) == link.email_digest);
    Ok((CustomerId(link.customer_id), email.ok_or(Error::NotFound)?))
}
