//! Conversions between rows of mails and read models.

use domain::mail::{MailKind, MailState};
use domain::view::{MailRow, MailStatus};
use domain::{FieldError, MailId, Timestamp};
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult, QuerySelect as _, Select};
use uuid::Uuid;

use crate::store::convert;
use crate::store::entity::mails;
use crate::unicode_host::email_to_unicode;
use crate::{Error, Result};

/// The columns of a mail without its content, which may be long.
#[derive(FromQueryResult)]
pub(super) struct Summary {
    pub id: Uuid,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub state: String,
    pub attempts: i32,
    pub next_attempt_at: i64,
    pub expires_at: i64,
    pub last_error: Option<String>,
    pub object_id: Option<Uuid>,
    pub created_at: i64,
    pub state_at: i64,
    pub has_content: bool,
}

/// Returns a query of the columns of [`Summary`].
pub(super) fn summaries() -> Select<mails::Entity> {
    use mails::Column as M;
    mails::Entity::find()
        .select_only()
        .columns([M::Id, M::Kind, M::Recipient, M::Subject, M::State, M::Attempts, M::NextAttemptAt])
        .columns([M::ExpiresAt, M::LastError, M::ObjectId, M::CreatedAt, M::StateAt])
        .expr_as(M::BodySealed.is_not_null(), "has_content")
}

/// Returns the state of a mail.
pub(super) fn state(row: &Summary) -> Result<MailState> {
    row.state.parse().map_err(|e: FieldError| Error::Internal(format!("mail {}: {e}", row.id)))
}

/// Returns the state of a mail with its time and error.
pub(super) fn status(row: &Summary) -> Result<MailStatus> {
    let state = state(row)?;
    let next_attempt_at = (state == MailState::Queued).then_some(row.next_attempt_at);
    Ok(MailStatus {
        state,
        recipient: email_to_unicode(row.recipient.clone()),
        since: Timestamp::from_millis(row.state_at),
        next_attempt_at: convert::to_timestamp(next_attempt_at),
        attempts: convert::to_count(row.attempts),
        error: row.last_error.clone(),
    })
}

/// Returns whether a failed mail can be sent again at `now`.
pub(super) fn can_retry(row: &Summary, now: Timestamp) -> bool {
    row.state == MailState::Failed.as_str() && row.has_content && row.expires_at > now.millis()
}

/// Converts a mail for the list. `None` if a later version wrote a kind that this one does not know.
pub(super) fn view(row: Summary, now: Timestamp) -> Result<Option<MailRow>> {
    let Ok(kind) = row.kind.parse::<MailKind>() else { return Ok(None) };
    Ok(Some(MailRow {
        id: MailId(row.id),
        kind,
        created_at: Timestamp::from_millis(row.created_at),
        status: status(&row)?,
        can_retry: can_retry(&row, now),
        subject: row.subject,
    }))
}
