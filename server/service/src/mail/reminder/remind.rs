//! Queues one reminder.

use domain::event::Event;
use domain::mail_template::{TemplateKind, Values, Variable};
use domain::reminder::time_left;
use domain::{AccountId, CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::{EntityTrait as _, Set};

use crate::mail::customer_mail::{CustomerMail, queue_for_customer};
use crate::store::entity::license_reminders;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Actor, Error, Principal, Result, Service};

/// A reminder that is due.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub account: AccountId,
    pub license: LicenseId,
    pub expires_at: Timestamp,
    pub days_before: i32,
}

/// Queues a reminder, unless another node has, or the license has changed since it was read. Returns whether
/// a mail was queued.
///
/// The reminder belongs to the license, its expiry and the days: it is stored in the transaction that queues
/// the mail.
pub(super) async fn remind(service: &Service, due: Due) -> Result<bool> {
    let Due { account, license, expires_at, days_before } = due;
    let mut txn = service.begin_write().await?;
    // Customers are locked before licenses. The lock keeps an erasure of the customer off.
    let Some(row) = known(scope::license(txn.conn(), account, license).await)? else { return Ok(false) };
    let Some(holder) = row.customer_id else { return Ok(false) };
    let found = known(scope::lock_customer(&txn, account, CustomerId(holder)).await)?;
    let Some(customer) = found else { return Ok(false) };
    let Some(row) = known(scope::lock_license(&txn, account, license).await)? else { return Ok(false) };
    let is_due = row.state == "active"
        && row.expires_at == Some(expires_at.millis())
        && row.customer_id == Some(holder);
    let Some(recipient) = customer.email.clone().filter(|_| is_due) else { return Ok(false) };
    if !mark(&txn, due).await? {
        return Ok(false);
    }
    let product = scope::product(txn.conn(), account, ProductId(row.product_id)).await?;
    let values = Values::default()
        .with(Variable::ExpiresOn, expires_at.date())
        .with(Variable::TimeLeft, time_left(expires_at, txn.now()))
        .with(Variable::KeyEnding, row.last_four);
    let mail = CustomerMail {
        account,
        kind: TemplateKind::ExpiryReminder,
        customer: &customer,
        recipient: recipient.clone(),
        product: &product.name,
        license: Some(license),
        has_several_keys: false,
        values,
        // A mail that waits longer is worthless.
        expires_at,
    };
    let mail = queue_for_customer(&txn, &service.keys, mail).await?;
    let entry = AuditEvent::license(Event::ExpiryReminderSent, license)
        .detail(recipient)
        .with_payload("mail_id", mail.to_string())
        .with_payload("days_before", days_before);
    let actor = Actor { account, principal: Principal::System };
    txn.record_of_customer(&actor, CustomerId(holder), entry);
    txn.commit().await?;
    Ok(true)
}

/// Stores that the reminder is queued. Returns false if it was before. The license is locked, so that two
/// nodes do not store it at once.
async fn mark(txn: &WriteTxn, due: Due) -> Result<bool> {
    let id = (due.expires_at.millis(), due.license.0, due.days_before);
    if license_reminders::Entity::find_by_id(id).one(txn.conn()).await?.is_some() {
        return Ok(false);
    }
    let row = license_reminders::ActiveModel {
        expires_at: Set(due.expires_at.millis()),
        license_id: Set(due.license.0),
        days_before: Set(due.days_before),
        account_id: Set(due.account.0),
    };
    license_reminders::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok(true)
}

/// Returns the row, or `None` if it was removed meanwhile.
fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
