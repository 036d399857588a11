//! Mails to customers about their licenses, by the templates of the seller.

use domain::mail_template::{MailTemplate, TemplateKind, Values, Variable};
use domain::{AccountId, CustomerId, LicenseId, MailId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _};

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

/// The seller's name and template, loaded once for several mails.
pub(super) struct SellerTemplate {
    /// The account of the seller.
    pub account: AccountId,
    seller: String,
    template: MailTemplate,
}

impl SellerTemplate {
    /// Loads the name and the template of a kind.
    ///
    /// # Errors
    /// Returns an error if the account does not exist or the database fails.
    pub async fn load(
        db: &impl ConnectionTrait,
        account: AccountId,
        kind: TemplateKind,
        has_several_keys: bool,
    ) -> Result<Self> {
        let row = accounts::Entity::find_by_id(account.0).one(db).await?.ok_or(Error::NotFound)?;
        let template = for_mail(db, account, kind, has_several_keys).await?;
        Ok(Self { account, seller: row.name, template })
    }
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
    let template = SellerTemplate::load(txn.conn(), mail.account, mail.kind, mail.has_several_keys).await?;
    queue_by_template(txn, keys, &template, mail).await
}

/// Queues the mail by the template of its account and kind, within a transaction.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn queue_by_template(
    txn: &WriteTxn,
    keys: &Keyring,
    template: &SellerTemplate,
    mail: CustomerMail<'_>,
) -> Result<MailId> {
    let CustomerMail { account, kind, customer, recipient, product, license, .. } = mail;
    let name = customer.name.clone().unwrap_or_else(|| recipient.clone());
    let values = mail
        .values
        .with(Variable::Seller, template.seller.clone())
        .with(Variable::Product, product)
        .with(Variable::CustomerName, name);
    let new = NewMail {
        account,
        kind: kind.mail_kind(),
        recipient,
        content: Content::rendered(template.template.render(&values)),
        object: license.map(|id| id.0),
        customer: Some(CustomerId(customer.id)),
        expires_at: mail.expires_at,
    };
    queue(txn, keys, new).await
}
