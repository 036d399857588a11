//! Rows of templates.

use domain::AccountId;
use domain::event::Event;
use domain::mail_template::{
    MailTemplate, TemplateKind, TemplateSource, default_source, default_source_of_keys,
};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, Set};

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
