//! Mails with license keys.

use domain::event::Event;
use domain::mail_template::{TemplateKind, Values, Variable};
use domain::{CustomerId, LicenseId, MailId};

use crate::mail::{CONTENT_LIFETIME_MS, CustomerMail, queue_for_customer, require_quota};
use crate::secrets::Keyring;
use crate::store::entity::customers;
use crate::store::{AuditEvent, WriteTxn};
use crate::{Actor, Error, Result};

/// Queues one mail with keys to a customer, who must be locked, and records it at each license. The mail is
/// about the first license.
///
/// # Errors
/// Returns an error of the field `customer_email` if the customer has no address,
/// [`Error::Conflict`] if the account has used its quota up, or an error of the database.
pub(crate) async fn queue_keys(
    txn: &mut WriteTxn,
    keys: &Keyring,
    actor: &Actor,
    product: &str,
    customer: &customers::Model,
    licenses: Vec<(LicenseId, String)>,
) -> Result<MailId> {
    let Some(email) = customer.email.clone() else {
        return Err(Error::invalid("customer_email", "The customer has no address to send the key to."));
    };
    require_quota(txn, actor.account).await?;
    let (ids, texts_of_keys): (Vec<LicenseId>, Vec<String>) = licenses.into_iter().unzip();
    let to = CustomerId(customer.id);
    let mail = CustomerMail {
        account: actor.account,
        kind: TemplateKind::LicenseKey,
        customer,
        recipient: email.clone(),
        product,
        license: ids.first().copied(),
        has_several_keys: ids.len() > 1,
        values: Values::default().with(Variable::LicenseKey, texts_of_keys.join("\n")),
        expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
    };
    let mail = queue_for_customer(txn, keys, mail).await?;
    for id in ids {
        let entry = AuditEvent::license(Event::LicenseKeySent, id)
            .detail(email.as_str())
            .with_payload("mail_id", mail.to_string());
        txn.record_of_customer(actor, to, entry);
    }
    Ok(mail)
}
