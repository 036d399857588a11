//! Queues notices of activations. For a background worker.

use std::collections::{BTreeMap, HashMap};

use domain::activation_notice::{Notice, notice_of_day};
use domain::mail::MailKind;
use domain::mail_template::{TemplateKind, Values, Variable};
use domain::time::DAY_MS;
use domain::{AccountId, CustomerId, LicenseId, ProductId, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::entries::{ENTRIES_PER_BATCH, Waiting, next_entries, waiting_accounts};
use super::subject::activated_subject;
use crate::mail::backlog;
use crate::mail::customer_mail::{CustomerMail, queue_for_customer};
use crate::mail::queue::CONTENT_LIFETIME_MS;
use crate::mail::texts::minute;
use crate::store::entity::{account_mail_settings, customers, licenses, mails};
use crate::store::{WriteTxn, scope};
use crate::{Error, Result, Service, random};

/// Time in seconds between an activation and its notice. Until then a transaction that began earlier may
/// still commit an entry with a lower id, also on another node, whose clock may be behind.
const NOTICE_DELAY_SECONDS: i64 = 30;

/// Age in milliseconds from which on an activation is not announced any more: mail was off meanwhile.
const MAX_AGE_MS: i64 = DAY_MS;

/// An activation of a license with a customer.
struct Activation {
    license: licenses::Model,
    customer: Uuid,
    subject: String,
    at: Timestamp,
}

/// Queues the notices of the next activations of each account. Returns whether more are left. Safe to run
/// twice at once: the position of an account is locked and stored with its notices. Queues nothing while many
/// mails wait.
///
/// # Errors
/// Returns an error if the database fails. Activations that were announced before are not announced again.
#[tracing::instrument(name = "mail.announce_activations", level = "debug", skip_all, err(level = "debug"))]
pub async fn announce_activations(service: &Service) -> Result<bool> {
    if !service.sends_mail() {
        return Ok(false);
    }
    let before = random::first_id_at(service.now().plus_seconds(-NOTICE_DELAY_SECONDS));
    let mut is_left = false;
    for waiting in waiting_accounts(service, before).await? {
        if backlog::is_long(service).await? {
            return Ok(false);
        }
        is_left |= announce_of_account(service, &waiting, before).await? == ENTRIES_PER_BATCH;
    }
    Ok(is_left)
}

/// Announces one batch of an account. Returns the number of entries.
async fn announce_of_account(service: &Service, waiting: &Waiting, before: Uuid) -> Result<usize> {
    let account = waiting.account;
    let entries = next_entries(service, waiting, before).await?;
    let Some(last) = entries.last().map(|entry| entry.id) else { return Ok(0) };
    let mut activations = Vec::new();
    let since = service.now().plus_millis(-MAX_AGE_MS).millis();
    for entry in entries.iter().filter(|entry| entry.is_activation() && entry.created_at >= since) {
        let Some(id) = entry.license_id else { continue };
        let license = match scope::license(service.store.read(), account, LicenseId(id)).await {
            Ok(license) => license,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let Some(customer) = license.customer_id else { continue };
        let Some(subject) = activated_subject(service, account, id, entry).await? else { continue };
        let at = Timestamp::from_millis(entry.created_at);
        activations.push(Activation { license, customer, subject, at });
    }
    let txn = service.begin_write().await?;
    let mut find = account_mail_settings::Entity::find_by_id(account.0);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let settings = find.one(txn.conn()).await?;
    if settings.and_then(|row| row.announced_until) != Some(waiting.announced_until) {
        // Another node has announced these entries, or the seller has switched notices off.
        return Ok(0);
    }
    queue_all(service, &txn, account, activations).await?;
    account_mail_settings::Entity::update_many()
        .col_expr(account_mail_settings::Column::AnnouncedUntil, Expr::value(last))
        .filter(account_mail_settings::Column::AccountId.eq(account.0))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(entries.len())
}

async fn queue_all(
    service: &Service,
    txn: &WriteTxn,
    account: AccountId,
    activations: Vec<Activation>,
) -> Result<()> {
    let customers = lock_customers(txn, account, &activations).await?;
    let mut sent_today: HashMap<Uuid, u64> = HashMap::new();
    for Activation { license, customer, subject, at } in activations {
        let Some(customer) = customers.get(&customer) else { continue };
        let Some(recipient) = customer.email.clone() else { continue };
        let sent = match sent_today.get(&license.id) {
            Some(sent) => *sent,
            None => count_of_day(txn, license.id).await?,
        };
        let Some(notice) = notice_of_day(sent) else { continue };
        sent_today.insert(license.id, sent + 1);
        let activated = match notice {
            Notice::Single => subject,
            Notice::WithFurther => format!("{subject}, and further activations today"),
        };
        let product = scope::product(txn.conn(), account, ProductId(license.product_id)).await?;
        let values = Values::default()
            .with(Variable::Activated, activated)
            .with(Variable::ActivatedAt, minute(at))
            .with(Variable::KeyEnding, license.last_four);
        let mail = CustomerMail {
            account,
            kind: TemplateKind::ActivationNotice,
            customer,
            recipient,
            product: &product.name,
            license: Some(LicenseId(license.id)),
            has_several_keys: false,
            values,
            expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
        };
        queue_for_customer(txn, &service.keys, mail).await?;
    }
    Ok(())
}

/// Locks the customers in the order of their ids. A customer who was merged meanwhile is left out.
async fn lock_customers(
    txn: &WriteTxn,
    account: AccountId,
    activations: &[Activation],
) -> Result<BTreeMap<Uuid, customers::Model>> {
    let mut locked = BTreeMap::new();
    let mut ids: Vec<Uuid> = activations.iter().map(|activation| activation.customer).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        match scope::lock_customer(txn, account, CustomerId(id)).await {
            Ok(customer) => {
                locked.insert(id, customer);
            }
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(locked)
}

/// Returns the number of notices about a license since the start of the day, in UTC.
async fn count_of_day(txn: &WriteTxn, license: Uuid) -> Result<u64> {
    let start = Timestamp::from_day(txn.now().day());
    let count = mails::Entity::find()
        .filter(mails::Column::ObjectId.eq(license))
        .filter(mails::Column::Kind.eq(MailKind::ActivationNotice.as_str()))
        .filter(mails::Column::CreatedAt.gte(start.millis()))
        .count(txn.conn())
        .await?;
    Ok(count)
}
