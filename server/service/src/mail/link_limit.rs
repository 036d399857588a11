//! The limits of mails with a link to the customer's page. Strangers can ask for them, so that they have
//! limits of their own, apart from the quota of members.

use domain::mail::{MAX_LINKS_PER_ACCOUNT, MAX_LINKS_PER_CUSTOMER, MailKind};
use domain::{AccountId, CustomerId};
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::recent::{are_at_least, of_last_hour};
use crate::Result;
use crate::store::WriteTxn;
use crate::store::entity::mails;

/// Returns whether a link may be sent to the customer now. The customer must be locked, so that no two requests
/// count the same mails. Concurrent requests of several customers may exceed the account's limit by their number.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn allows_link(txn: &WriteTxn, account: AccountId, customer: CustomerId) -> Result<bool> {
    let links = of_last_hour(&[MailKind::CustomerLink], txn.now());
    let of_customer = links.clone().filter(mails::Column::CustomerId.eq(customer.0));
    let of_account = links.filter(mails::Column::AccountId.eq(account.0));
    let is_refused = are_at_least(txn.conn(), of_customer, MAX_LINKS_PER_CUSTOMER).await?
        || are_at_least(txn.conn(), of_account, MAX_LINKS_PER_ACCOUNT).await?;
    Ok(!is_refused)
}
