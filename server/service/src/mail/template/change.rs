//! Puts a template to use.

use domain::mail_template::{MailTemplate, TemplateKind, TemplateSource};
use domain::permission::Permission;
use sea_orm::Set;

use super::stored::{TemplateVersion, audit_event, find_for_change, own, store};
use crate::{Actor, Error, Result, Service};

/// Puts a template to use, for mails that are queued from now on. Its draft is deleted.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails; [`Error::Invalid`] with all wrong
/// fields.
pub async fn change_template(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    source: &TemplateSource,
) -> Result<()> {
    change_shown_template(service, actor, kind, source, None).await
}

/// Like [`change_template`], by a page that showed a version.
///
/// # Errors
/// As [`change_template`]; [`Error::Changed`] if another member has changed the template or its draft since.
#[tracing::instrument(name = "mail.change_template", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change_shown_template(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    source: &TemplateSource,
    shown: Option<&TemplateVersion>,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let source = source.cleaned();
    MailTemplate::parse(kind, &source).map_err(Error::Invalid)?;
    let mut txn = service.begin_write().await?;
    let found = find_for_change(&txn, actor.account, kind).await?;
    if let Some(shown) = shown {
        shown.ensure_stored(found.as_ref())?;
    }
    let is_changed = found.as_ref().and_then(own).is_none_or(|before| before != source);
    store(&txn, actor.account, kind, found, |row| {
        let TemplateSource { subject, text, html } = source;
        (row.subject, row.body_text, row.body_html) = (Set(Some(subject)), Set(Some(text)), Set(Some(html)));
        (row.draft_subject, row.draft_text, row.draft_html) = (Set(None), Set(None), Set(None));
    })
    .await?;
    if is_changed {
        txn.record(actor, audit_event(kind, "changed"));
    }
    txn.commit().await
}
