//! Mails to customers about their licenses, by the templates of the seller.

use domain::mail_template::{TemplateKind, Values, Variable};
use domain::{AccountId, CustomerId, LicenseId, MailId, Timestamp};
use sea_orm::EntityTrait as _;

use super::content::Content;
use super::queue::{NewMail, queue};
use super::template::for_mail;
use crate::secrets::Keyring;
use crate::store::WriteTxn;
use crate::store::entity::{accounts, customers};
use crate::{Error, Result};

/// A mail to a customer about a license.
pub(crate) struct CustomerMail<'a> {
    /// The account of the seller.
    pub account: AccountId,
    /// The template.
    pub kind: TemplateKind,
    /// The customer, who must be locked, so that an erasure finds the mail.
    pub customer: &'a customers::Model,
    /// The customer's address.
    pub recipient: String,
    /// The name of the license's product.
    pub product: &'a str,
    /// The license.
    pub license: Option<LicenseId>,
    /// Whether the mail has several license keys.
    pub has_several_keys: bool,
    /// The values of the kind's own variables.
    pub values: Values,
    /// When the content becomes worthless.
    pub expires_at: Timestamp,
}

/// Queues the mail within a transaction.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn queue_for_customer(
    txn: &WriteTxn,
    keys: &Keyring,
    mail: CustomerMail<'_>,
) -> Result<MailId> {
    let CustomerMail { account, kind, customer, recipient, product, license, .. } = mail;
    let row = accounts::Entity::find_by_id(account.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let name = customer.name.clone().unwrap_or_else(|| recipient.clone());
    let values = mail
        .values
        .with(Variable::Seller, row.name)
        .with(Variable::Product, product)
        .with(Variable::CustomerName, name);
    let template = for_mail(txn.conn(), account, kind, mail.has_several_keys).await?;
    let new = NewMail {
        account,
        kind: kind.mail_kind(),
        recipient,
        content: Content::rendered(template.render(&values)),
        object: license.map(|id| id.0),
        customer: Some(CustomerId(customer.id)),
        expires_at: mail.expires_at,
    };
    queue(txn, keys, new).await
}
