//! Conversions between rows of mails and read models.

use domain::mail::{MailKind, MailState};
use domain::view::{MailRow, MailStatus};
use domain::{FieldError, MailId, Timestamp};

use crate::store::convert;
use crate::store::entity::mails;
use crate::unicode_host::email_to_unicode;
use crate::{Error, Result};

/// Returns the state of a mail.
pub(super) fn state(row: &mails::Model) -> Result<MailState> {
    row.state.parse().map_err(|e: FieldError| Error::Internal(format!("mail {}: {e}", row.id)))
}

/// Returns the state of a mail with its time and error.
pub(super) fn status(row: &mails::Model) -> Result<MailStatus> {
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
pub(super) fn can_retry(row: &mails::Model, now: Timestamp) -> bool {
    row.state == MailState::Failed.as_str() && row.body_sealed.is_some() && row.expires_at > now.millis()
}

/// Converts a mail for the list. `None` if a later version wrote a kind that this one does not know.
pub(super) fn view(row: mails::Model, now: Timestamp) -> Result<Option<MailRow>> {
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
