//! Sends the mails that are due, for a background worker.
//!
//! A worker claims a mail before the attempt and stores the outcome after it. A crash between the two leaves
//! the mail queued, so that it is sent at least once. No transaction is open during an attempt.

use domain::Timestamp;
use domain::mail::{MailState, retry_delay_ms};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::customer_settings::sender_of;
use super::mailer::{Attempt, MAX_ATTEMPT_MS, Mailer};
use super::message::Outgoing;
use super::{body, obstacle};
use crate::store::convert;
use crate::store::entity::mails;
use crate::{Result, Service};

/// Mails that one round reads, which bounds its memory.
const MAILS_PER_ROUND: u64 = 20;
/// How long a claim keeps other workers off, in milliseconds. It exceeds the longest attempt.
const CLAIM_MS: i64 = MAX_ATTEMPT_MS + 60_000;
/// Mails deferred in a row after which a round ends. The mail server may limit its senders.
const MAX_DEFERRED: usize = 3;

/// The outcome of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// No further mail was due.
    Done,
    /// Further mails may be due.
    More,
    /// The mail server is not available, or defers mail after mail. The other mails wait.
    Unavailable,
}

/// Sends mails that are due, those that waited longest first.
///
/// # Errors
/// Returns an error if the database fails. Mails that were not stored as sent are sent again.
#[tracing::instrument(name = "mail.send_due", skip_all, err(level = "debug"))]
pub async fn send_due(service: &Service) -> Result<Round> {
    let Some(mailer) = service.mailer.get() else { return Ok(Round::Done) };
    let due = mails::Entity::find()
        // A literal, because the index is partial.
        .filter(Expr::cust("state = 'queued'"))
        .filter(mails::Column::NextAttemptAt.lte(service.now().millis()))
        .order_by_asc(mails::Column::NextAttemptAt)
        .limit(MAILS_PER_ROUND)
        .all(service.store.read())
        .await?;
    let is_full = due.len() as u64 == MAILS_PER_ROUND;
    let mut deferred = 0;
    for mail in due {
        if !claim(service, &mail).await? {
            continue;
        }
        let attempt = if let Some(sentence) = obstacle::find(service, &mail).await? {
            // Nothing was attempted, so that the metrics do not take it for a refusal of the mail server.
            Attempt::Refused(sentence.to_owned())
        } else {
            let attempt = attempt(service, mailer, &mail).await?;
            service.mail_attempts.record(&attempt);
            attempt
        };
        store(service, &mail, &attempt).await?;
        deferred = if matches!(attempt, Attempt::Deferred(_)) { deferred + 1 } else { 0 };
        if matches!(attempt, Attempt::Unavailable(_)) || deferred == MAX_DEFERRED {
            return Ok(Round::Unavailable);
        }
    }
    Ok(if is_full { Round::More } else { Round::Done })
}

/// Counts the attempt and keeps other workers off. Returns false if another worker was faster.
async fn claim(service: &Service, mail: &mails::Model) -> Result<bool> {
    let txn = service.begin_write().await?;
    let claimed = mails::Entity::update_many()
        .col_expr(mails::Column::Attempts, Expr::col(mails::Column::Attempts).add(1))
        .col_expr(mails::Column::NextAttemptAt, Expr::value(txn.now().plus_millis(CLAIM_MS).millis()))
        .filter(mails::Column::Id.eq(mail.id))
        .filter(mails::Column::State.eq(MailState::Queued.as_str()))
        .filter(mails::Column::NextAttemptAt.eq(mail.next_attempt_at))
        .exec(txn.conn())
        .await?;
    txn.commit().await?;
    Ok(claimed.rows_affected > 0)
}

async fn attempt(service: &Service, mailer: &Mailer, mail: &mails::Model) -> Result<Attempt> {
    let Some(sealed) = &mail.body_sealed else {
        return Ok(Attempt::Refused("The mail has no content.".to_owned()));
    };
    let body = match body::open(&service.keys, mail.id, sealed) {
        Ok(body) => body,
        // During a rotation of the master key, another node may know the new key before this one.
        Err(error) => {
            tracing::error!(mail = %mail.id, %error, "mail can't be opened; it is tried again");
            return Ok(Attempt::Deferred("The content can’t be opened with this master key.".to_owned()));
        }
    };
    let outgoing = Outgoing {
        id: mail.id,
        sender: sender_of(service.store.read(), mail).await?,
        recipient: &mail.recipient,
        subject: &mail.subject,
        body,
        created_at: Timestamp::from_millis(mail.created_at),
    };
    Ok(mailer.send(outgoing).await)
}

/// Stores the outcome of an attempt. A mail that was canceled, or claimed by another worker, meanwhile stays so,
/// unless the mail server has accepted it.
async fn store(service: &Service, mail: &mails::Model, attempt: &Attempt) -> Result<()> {
    let txn = service.begin_write().await?;
    let now = txn.now();
    let (state, error, next_attempt_at) = outcome(mail, attempt, now);
    log(mail, state, error);
    let mut update = mails::Entity::update_many()
        .col_expr(mails::Column::State, Expr::value(state.as_str()))
        .col_expr(mails::Column::LastError, Expr::value(error.map(ToOwned::to_owned)))
        .col_expr(mails::Column::NextAttemptAt, Expr::value(next_attempt_at.millis()));
    if state != MailState::Queued {
        update = update.col_expr(mails::Column::StateAt, Expr::value(now.millis()));
    }
    update = if state == MailState::Sent {
        // The content has served its purpose.
        update.col_expr(mails::Column::BodySealed, Expr::value(None::<Vec<u8>>))
    } else {
        update
            .filter(mails::Column::State.eq(MailState::Queued.as_str()))
            .filter(mails::Column::Attempts.eq(mail.attempts + 1))
    };
    update.filter(mails::Column::Id.eq(mail.id)).exec(txn.conn()).await?;
    txn.commit().await
}

/// Returns the new state, the error, and the time of the next attempt.
fn outcome<'a>(
    mail: &mails::Model,
    attempt: &'a Attempt,
    now: Timestamp,
) -> (MailState, Option<&'a str>, Timestamp) {
    match attempt {
        Attempt::Accepted => (MailState::Sent, None, now),
        Attempt::Refused(error) => (MailState::Failed, Some(error.as_str()), now),
        Attempt::Deferred(error) | Attempt::Unavailable(error) => {
            let failed_attempts = convert::to_count(mail.attempts).saturating_add(1);
            let next = now.plus_millis(retry_delay_ms(failed_attempts));
            let is_last = next.millis() > mail.give_up_at;
            (if is_last { MailState::Failed } else { MailState::Queued }, Some(error.as_str()), next)
        }
    }
}

/// Logs the outcome without the recipient's address.
fn log(mail: &mails::Model, state: MailState, error: Option<&str>) {
    let (id, kind, error) = (mail.id, mail.kind.as_str(), without_addresses(error.unwrap_or_default()));
    match state {
        MailState::Sent => tracing::info!(mail = %id, kind, "mail sent"),
        MailState::Queued => tracing::warn!(mail = %id, kind, error, "mail not sent yet; it is tried again"),
        MailState::Failed => tracing::warn!(mail = %id, kind, error, "mail failed; it is not tried again"),
    }
}

/// Returns a text without mail addresses. Mail servers repeat the recipient in their replies.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains('@') { "<address>" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_replies_are_not_logged() {
        let reply = "permanent error (550): 5.1.1 <ada@example.com>: Recipient address rejected";
        let logged = "permanent error (550): 5.1.1 <address> Recipient address rejected";
        assert_eq!(without_addresses(reply), logged);
    }

    fn mail(attempts: i32, give_up_at: i64) -> mails::Model {
        mails::Model {
            id: uuid::Uuid::nil(),
            account_id: uuid::Uuid::nil(),
            kind: "test".into(),
            recipient: "ada@example.com".into(),
            subject: "Test mail".into(),
            body_sealed: None,
            state: "queued".into(),
            attempts,
            next_attempt_at: 0,
            give_up_at,
            expires_at: give_up_at,
            last_error: None,
            object_id: None,
            customer_id: None,
            created_at: 0,
            state_at: 0,
        }
    }

    #[test]
    fn attempts_end_a_day_after_the_mail_was_queued() {
        let day = domain::mail::MAX_WAIT_MS;
        let (mut now, mut attempts) = (Timestamp::from_millis(0), 0);
        let deferred = Attempt::Deferred("450 later".into());
        loop {
            let (state, error, next) = outcome(&mail(attempts, day), &deferred, now);
            assert_eq!(error, Some("450 later"));
            attempts += 1;
            if state == MailState::Failed {
                break;
            }
            now = next;
        }
        assert!(now.millis() <= day && now.millis() > day - 4 * 3_600_000, "{now}");
        assert_eq!(attempts, 13);
    }

    #[test]
    fn a_refusal_is_final_at_once() {
        let refused = Attempt::Refused("550 no such user".into());
        let (state, error, _) = outcome(&mail(0, i64::MAX), &refused, Timestamp::from_millis(0));
        assert_eq!((state, error), (MailState::Failed, Some("550 no such user")));
    }
}
