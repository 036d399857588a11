//! Mails, without their content.

use serde::{Deserialize, Serialize};

use crate::mail::{MailKind, MailState};
use crate::mail_template::{TemplateKind, TemplateSource};
use crate::{MailId, ProductId, Timestamp};

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

/// The latest mail of a kind to the customer of a license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseMail {
    /// The reason of the mail.
    pub kind: MailKind,
    /// The state.
    pub status: MailStatus,
}

/// The settings of mails to customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMailView {
    /// The sender's name. Empty: the name of the instance's settings.
    pub sender_name: String,
    /// The address for replies. Empty: replies go to the sender's address.
    pub reply_to: String,
    /// Whether customers are reminded of the expiry of their licenses.
    pub sends_reminders: bool,
    /// Whether customers learn of activations.
    pub announces_activations: bool,
    /// The products, by name.
    pub products: Vec<ProductReminders>,
}

/// Whether customers are reminded of the expiry of a product's licenses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductReminders {
    /// The product.
    pub product: ProductId,
    /// The product's name.
    pub name: String,
    /// Whether reminders are sent, if the account sends reminders.
    pub sends_reminders: bool,
}

/// A template in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// The mail.
    pub kind: TemplateKind,
    /// Whether the seller's own template is in use.
    pub is_own: bool,
    /// Whether a draft is stored.
    pub has_draft: bool,
}

/// A template with its preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateView {
    /// The mail.
    pub kind: TemplateKind,
    /// The version of the template and its draft, which forms send.
    pub version: String,
    /// The draft, else the seller's own template, else the default.
    pub source: TemplateSource,
    /// Whether the seller's own template is in use.
    pub is_own: bool,
    /// Whether `source` is a draft.
    pub has_draft: bool,
    /// The mail with sample values. `None` if the draft has errors.
    pub preview: Option<MailPreview>,
}

/// A mail with sample values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPreview {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The content of the HTML's body: simple tags without attributes but addresses of links.
    pub html: String,
}
