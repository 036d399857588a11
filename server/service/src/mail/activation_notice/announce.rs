//! Queues notices of activations. For a background worker.

use std::collections::BTreeMap;

use domain::mail::MailKind;
use domain::mail_template::TemplateKind;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::entries::{ACCOUNTS_PER_ROUND, Waiting, next_batch, waiting_accounts};
use super::prepare::{Announcement, announcements};
use crate::mail::backlog;
use crate::mail::customer_mail::{CustomerMail, SellerTemplate, queue_by_template};
use crate::mail::customer_settings::find_for_change;
use crate::mail::queue::CONTENT_LIFETIME_MS;
use crate::mail::worker_quota::{Allowance, allowance};
use crate::store::entity::account_mail_settings;
use crate::store::{WriteTxn, scope};
use crate::{Result, Service, random};

/// Time in seconds between an activation and its notice. Until then a transaction that began earlier may
/// still commit an entry with a lower id, also on another node, whose clock may be behind.
const NOTICE_DELAY_SECONDS: i64 = 30;

/// Activations announced in one transaction, at most, so that other writes wait for few statements.
const ACTIVATIONS_PER_BATCH: usize = 20;

/// The turns of the accounts, in the memory of the worker.
#[derive(Debug, Default)]
pub struct NoticeTurns {
    /// The account whose turn was last. Nil: the next turn is of the first account.
    last: Uuid,
}

/// Queues the notices of the next activations of each account, at most 20, and 500 in an hour. Returns
/// whether more are left. Safe to run twice at once: the position of an account is locked and stored with its
/// notices. Queues nothing while many mails wait; the next call goes on with the next account.
///
/// # Errors
/// Returns an error if the database fails. Activations that were announced before are not announced again.
#[tracing::instrument(name = "mail.announce_activations", level = "debug", skip_all, err(level = "debug"))]
pub async fn announce_activations(service: &Service, turns: &mut NoticeTurns) -> Result<bool> {
    if !service.sends_mail() {
        return Ok(false);
    }
    let before = random::first_id_at(service.now().plus_seconds(-NOTICE_DELAY_SECONDS));
    let accounts = waiting_accounts(service, before, turns.last).await?;
    let is_last = accounts.len() < ACCOUNTS_PER_ROUND;
    // A round that began after an account is followed by the accounts before it.
    let mut is_left = !is_last || !turns.last.is_nil();
    for waiting in accounts {
        if backlog::is_long(service).await? {
            return Ok(false);
        }
        // Also before an error, so that the others have their turns.
        turns.last = waiting.account.0;
        is_left |= announce_of_account(service, &waiting, before).await?;
    }
    if is_last {
        turns.last = Uuid::nil();
    }
    Ok(is_left)
}

/// Announces one batch of an account. Returns whether more are left.
async fn announce_of_account(service: &Service, waiting: &Waiting, before: Uuid) -> Result<bool> {
    let account = waiting.account;
    // Further activations wait for a day at most.
    let Allowance::Mails(left) = allowance(service, account, MailKind::ActivationNotice).await? else {
        return Ok(false);
    };
    let limit = left.min(ACTIVATIONS_PER_BATCH);
    let Some(batch) = next_batch(service, waiting, before, limit).await? else { return Ok(false) };
    let announcements = announcements(service, account, &batch.activations).await?;
    let db = service.store.read();
    let template = SellerTemplate::load(db, account, TemplateKind::ActivationNotice, false).await?;
    let txn = service.begin_write().await?;
    let settings = find_for_change(&txn, account).await?;
    if settings.announced_until != Some(waiting.announced_until) {
        // Another node has announced these entries, or the seller has switched notices off.
        return Ok(false);
    }
    queue_all(service, &txn, &template, announcements).await?;
    account_mail_settings::Entity::update_many()
        .col_expr(account_mail_settings::Column::AnnouncedUntil, Expr::value(batch.until))
        .filter(account_mail_settings::Column::AccountId.eq(account.0))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(batch.is_full)
}

async fn queue_all(
    service: &Service,
    txn: &WriteTxn,
    template: &SellerTemplate,
    announcements: Vec<Announcement>,
) -> Result<()> {
    let ids = announcements.iter().map(|announcement| announcement.customer).collect();
    // A customer who was merged meanwhile is missing.
    let customers = scope::lock_customers(txn, template.account, ids, LockType::Update).await?;
    let customers: BTreeMap<Uuid, _> = customers.into_iter().map(|row| (row.id, row)).collect();
    for Announcement { license, customer, product, values } in announcements {
        let Some(customer) = customers.get(&customer) else { continue };
        let Some(recipient) = customer.email.clone() else { continue };
        let mail = CustomerMail {
            account: template.account,
            kind: TemplateKind::ActivationNotice,
            customer,
            recipient,
            product: &product,
            license: Some(license),
            has_several_keys: false,
            values,
            expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
        };
        queue_by_template(txn, &service.keys, template, mail).await?;
    }
    Ok(())
}
