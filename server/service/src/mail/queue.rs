//! Queues a mail, in the transaction of the change that asks for it.

use domain::mail::{MAX_WAIT_MS, MailKind, MailState};
use domain::{AccountId, CustomerId, MailId, Timestamp};
use sea_orm::{EntityTrait as _, Set};
use uuid::Uuid;

use super::body;
use super::content::Content;
use super::message::header_text;
use crate::secrets::Keyring;
use crate::store::WriteTxn;
use crate::store::entity::mails;
use crate::{Result, new_id};

/// How long a content without a link is worth sending, in milliseconds: seven days.
pub(crate) const CONTENT_LIFETIME_MS: i64 = 7 * domain::time::DAY_MS;

/// A new mail.
pub(crate) struct NewMail {
    /// The account whose owners and admins see the mail.
    pub account: AccountId,
    /// The reason of the mail.
    pub kind: MailKind,
    /// The recipient's address.
    pub recipient: String,
    /// Subject and paragraphs.
    pub content: Content,
    /// The invitation, license or user that the mail is about.
    pub object: Option<Uuid>,
    /// The customer who gets the mail.
    pub customer: Option<CustomerId>,
    /// When the content becomes worthless.
    pub expires_at: Timestamp,
}

/// Queues a mail. A rollback of the transaction removes it.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn queue(txn: &WriteTxn, keys: &Keyring, new: NewMail) -> Result<MailId> {
    let (id, now) = (new_id(), txn.now());
    let row = mails::ActiveModel {
        id: Set(id),
        account_id: Set(new.account.0),
        kind: Set(new.kind.as_str().to_owned()),
        recipient: Set(new.recipient),
        subject: Set(header_text(&new.content.subject)),
        body_sealed: Set(Some(body::seal(keys, id, &new.content.render())?)),
        state: Set(MailState::Queued.as_str().to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(now.millis()),
        give_up_at: Set(give_up_at(now, new.expires_at).millis()),
        expires_at: Set(new.expires_at.millis()),
        last_error: Set(None),
        object_id: Set(new.object),
        customer_id: Set(new.customer.map(|customer| customer.0)),
        created_at: Set(now.millis()),
        state_at: Set(now.millis()),
    };
    mails::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok(MailId(id))
}

/// Returns the time after which no attempt is made: a day after the mail was queued, or when its content
/// expires.
pub(super) fn give_up_at(queued_at: Timestamp, expires_at: Timestamp) -> Timestamp {
    queued_at.plus_millis(MAX_WAIT_MS).min(expires_at)
}
