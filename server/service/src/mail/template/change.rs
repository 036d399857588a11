//! Puts a template to use.

use domain::mail_template::{MailTemplate, TemplateKind, TemplateSource};
use domain::permission::Permission;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, Set};

use super::stored::{audit_event, find_for_change, own};
use crate::store::entity::mail_templates;
use crate::{Actor, Error, Result, Service};

/// Puts a template to use, for mails that are queued from now on. Its draft is deleted.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails; [`Error::Invalid`] with all wrong
/// fields.
#[tracing::instrument(name = "mail.change_template", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change_template(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    source: &TemplateSource,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let source = source.cleaned();
    MailTemplate::parse(kind, &source).map_err(Error::Invalid)?;
    let mut txn = service.begin_write().await?;
    let found = find_for_change(&txn, actor.account, kind).await?;
    let is_changed = found.as_ref().and_then(own).is_none_or(|before| before != source);
    let TemplateSource { subject, text, html } = source;
    let (subject, text, html) = (Set(Some(subject)), Set(Some(text)), Set(Some(html)));
    if let Some(row) = found {
        let mut row = row.into_active_model();
        (row.subject, row.body_text, row.body_html) = (subject, text, html);
        (row.draft_subject, row.draft_text, row.draft_html) = (Set(None), Set(None), Set(None));
        row.update(txn.conn()).await?;
    } else {
        let row = mail_templates::ActiveModel {
            account_id: Set(actor.account.0),
            kind: Set(kind.as_str().to_owned()),
            subject,
            body_text: text,
            body_html: html,
            draft_subject: Set(None),
            draft_text: Set(None),
            draft_html: Set(None),
        };
        mail_templates::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    }
    if is_changed {
        txn.record(actor, audit_event(kind, "changed"));
    }
    txn.commit().await
}
