//! The limits of mails with a link to the customer's page. Strangers can ask for them, so that they have
//! limits of their own, apart from the quota of members.

use domain::mail::{CUSTOMER_LINK_LIFETIME_MS, MAX_LINKS_PER_ACCOUNT, MAX_LINKS_PER_CUSTOMER, MailKind};
use domain::{AccountId, CustomerId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::entity::mails;
use crate::{Result, random};

/// Returns whether a link may be sent to the customer now. The customer must be locked, so that no two requests
/// count the same mails. Concurrent requests of several customers may exceed the account's limit by their number.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn allows_link(txn: &WriteTxn, account: AccountId, customer: CustomerId) -> Result<bool> {
    let of_customer = mails::Entity::find().filter(mails::Column::CustomerId.eq(customer.0));
    if count(txn, of_customer, MAX_LINKS_PER_CUSTOMER).await? >= MAX_LINKS_PER_CUSTOMER {
        return Ok(false);
    }
    let of_account = mails::Entity::find().filter(mails::Column::AccountId.eq(account.0));
    Ok(count(txn, of_account, MAX_LINKS_PER_ACCOUNT).await? < MAX_LINKS_PER_ACCOUNT)
}

/// Counts the links of the last hour among these mails, up to a limit.
async fn count(txn: &WriteTxn, mails: Select<mails::Entity>, limit: usize) -> Result<usize> {
    let hour_ago = random::first_id_at(txn.now().plus_millis(-CUSTOMER_LINK_LIFETIME_MS));
    let found: Vec<Uuid> = mails
        .select_only()
        .column(mails::Column::Id)
        .filter(mails::Column::Id.gte(hour_ago))
        .filter(mails::Column::Kind.eq(MailKind::CustomerLink.as_str()))
        .limit(limit as u64)
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(found.len())
}
