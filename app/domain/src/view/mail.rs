//! Mails, without their content.

use serde::{Deserialize, Serialize};

use crate::mail::{MailKind, MailState};
use crate::{MailId, Timestamp};

/// The state of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStatus {
    /// The state.
    pub state: MailState,
    /// The recipient's address.
    pub recipient: String,
    /// Since when the mail has this state: when it was queued, sent, or attempted for the last time.
    pub since: Timestamp,
    /// The next attempt of a queued mail.
    pub next_attempt_at: Option<Timestamp>,
    /// The number of attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: Option<String>,
}

/// A mail in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRow {
    /// The mail's id.
    pub id: MailId,
    /// The reason of the mail.
    pub kind: MailKind,
    /// The subject.
    pub subject: String,
    /// When the mail was queued first.
    pub created_at: Timestamp,
    /// The state.
    pub status: MailStatus,
    /// Whether a failed mail can be sent again: its content is there and has not expired.
    pub can_retry: bool,
}

/// A page of an account's mails, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPage {
    /// The sender, as mails name it. `None` if this server sends no mail.
    pub sender: Option<String>,
    /// The mails.
    pub mails: Vec<MailRow>,
    /// The page of older mails begins after this one.
    pub older: Option<MailId>,
}
