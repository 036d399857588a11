//! Rows of templates.

use std::fmt;

use data_encoding::HEXLOWER;
use domain::event::Event;
use domain::mail_template::{
    MailTemplate, TemplateKind, TemplateSource, default_source, default_source_of_keys,
};
use domain::{AccountId, FieldError, Timestamp};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, Set};
use sha2::{Digest as _, Sha256};

use crate::store::entity::mail_templates;
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Error, Result};

/// Returns the template of a mail: the seller's own, or the default.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn for_mail(
    db: &impl ConnectionTrait,
    account: AccountId,
    kind: TemplateKind,
    has_several_keys: bool,
) -> Result<MailTemplate> {
    let row = find(db, account, kind).await?;
    if let Some(source) = row.as_ref().and_then(own) {
        if let Ok(template) = MailTemplate::parse(kind, &source) {
            return Ok(template);
        }
        // A later version may have stored it. The mail is more important than its text.
        tracing::error!(%account, kind = kind.as_str(), "mail template can't be read; the default is used");
    }
    let default = if has_several_keys { default_source_of_keys() } else { default_source(kind) };
    MailTemplate::parse(kind, &default).map_err(Error::Invalid)
}

/// Loads the row of a template.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    kind: TemplateKind,
) -> Result<Option<mail_templates::Model>> {
    let id = (account.0, kind.as_str().to_owned());
    Ok(mail_templates::Entity::find_by_id(id).one(db).await?)
}

/// Loads the row of a template for a change. The account is locked, because the template may have no row
/// yet.
pub(super) async fn find_for_change(
    txn: &WriteTxn,
    account: AccountId,
    kind: TemplateKind,
) -> Result<Option<mail_templates::Model>> {
    scope::lock_account(txn, account).await?;
    find(txn.conn(), account, kind).await
}

/// Stores a change of the row of a template, or of a new row. The account must be locked.
pub(super) async fn store(
    txn: &WriteTxn,
    account: AccountId,
    kind: TemplateKind,
    found: Option<mail_templates::Model>,
    change: impl FnOnce(&mut mail_templates::ActiveModel),
) -> Result<()> {
    if let Some(row) = found {
        let mut row = row.into_active_model();
        change(&mut row);
        row.update(txn.conn()).await?;
        return Ok(());
    }
    let mut row = mail_templates::ActiveModel {
        account_id: Set(account.0),
        kind: Set(kind.as_str().to_owned()),
        subject: Set(None),
        body_text: Set(None),
        body_html: Set(None),
        draft_subject: Set(None),
        draft_text: Set(None),
        draft_html: Set(None),
    };
    change(&mut row);
    mail_templates::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok(())
}

/// Returns the seller's own template. `None` if the default is in use.
pub(super) fn own(row: &mail_templates::Model) -> Option<TemplateSource> {
    let (subject, text) = (row.subject.clone()?, row.body_text.clone()?);
    Some(TemplateSource { subject, text, html: row.body_html.clone().unwrap_or_default() })
}

/// Returns the draft.
pub(super) fn draft(row: &mail_templates::Model) -> Option<TemplateSource> {
    let (subject, text) = (row.draft_subject.clone()?, row.draft_text.clone()?);
    Some(TemplateSource { subject, text, html: row.draft_html.clone().unwrap_or_default() })
}

/// What the page of a template showed: the time, and a digest of the template in use and of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    shown_at: Timestamp,
    digest: String,
}

impl TemplateVersion {
    pub(super) fn of(row: Option<&mail_templates::Model>, shown_at: Timestamp) -> Self {
        let mut digest = Sha256::new();
        for source in [row.and_then(own), row.and_then(draft)] {
            let texts = source.map(|source| [source.subject, source.text, source.html]);
            digest.update([u8::from(texts.is_some())]);
            for text in texts.into_iter().flatten() {
                digest.update((text.len() as u64).to_le_bytes());
                digest.update(text);
            }
        }
        Self { shown_at, digest: HEXLOWER.encode(&digest.finalize()[..16]) }
    }

    /// Parses the version that a form sends. `None` if it sends none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, digest) = text.split_once('-')?;
        Some(Self { shown_at: Timestamp::from_millis(at.parse().ok()?), digest: digest.to_owned() })
    }

    /// Returns the time at which the page was rendered.
    #[must_use]
    pub fn shown_at(&self) -> Timestamp {
        self.shown_at
    }

    /// Checks that a template is as the page showed it.
    ///
    /// # Errors
    /// Returns [`Error::Changed`] if it is not.
    pub(super) fn ensure_stored(&self, row: Option<&mail_templates::Model>) -> Result<()> {
        if self.digest == Self::of(row, self.shown_at).digest {
            return Ok(());
        }
        let message = "Another member changed this template. Nothing was saved.";
        Err(Error::Changed(vec![FieldError::new("version", message)]))
    }
}

impl fmt::Display for TemplateVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shown_at.millis(), self.digest)
    }
}

/// Returns the audit entry of a change. `change` is a part of a sentence.
pub(super) fn audit_event(kind: TemplateKind, change: &str) -> AuditEvent {
    AuditEvent {
        event: Event::MailTemplateChanged,
        license: None,
        product: None,
        detail: Some(format!("{}: {change}", kind.label())),
        payload: serde_json::json!({ "kind": kind.as_str() }),
    }
}
