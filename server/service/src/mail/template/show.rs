//! Shows templates with a preview.

use domain::mail_template::{MailTemplate, RenderedMail, TemplateKind, Values, Variable, default_source};
use domain::permission::Permission;
use domain::view::{MailPreview, TemplateRow, TemplateView};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::stored::{TemplateVersion, draft, find, own};
use crate::store::entity::{accounts, mail_templates};
use crate::{Actor, Error, Result, Service};

/// Lists the templates of the account.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "mail.list_templates", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list_templates(service: &Service, actor: &Actor) -> Result<Vec<TemplateRow>> {
    actor.require(Permission::ManageMail)?;
    let rows = mail_templates::Entity::find()
        .filter(mail_templates::Column::AccountId.eq(actor.account.0))
        .all(service.store.read())
        .await?;
    let row = |kind: TemplateKind| {
        let row = rows.iter().find(|row| row.kind == kind.as_str());
        TemplateRow { kind, is_own: row.and_then(own).is_some(), has_draft: row.and_then(draft).is_some() }
    };
    Ok(TemplateKind::ALL.into_iter().map(row).collect())
}

/// Returns a template with its preview. A draft is shown instead of the template that is in use.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "mail.show_template", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn show_template(service: &Service, actor: &Actor, kind: TemplateKind) -> Result<TemplateView> {
    actor.require(Permission::ManageMail)?;
    let db = service.store.read();
    let account = accounts::Entity::find_by_id(actor.account.0).one(db).await?.ok_or(Error::NotFound)?;
    let row = find(db, actor.account, kind).await?;
    let version = TemplateVersion::of(row.as_ref(), service.now()).to_string();
    let (own, draft) = (row.as_ref().and_then(own), row.as_ref().and_then(draft));
    let (is_own, has_draft) = (own.is_some(), draft.is_some());
    let source = draft.or(own).unwrap_or_else(|| default_source(kind));
    let values = Values::samples().with(Variable::Seller, account.name);
    let preview = MailTemplate::parse(kind, &source).ok().map(|template| {
        let RenderedMail { subject, text, html } = template.render(&values);
        MailPreview { subject, text, html }
    });
    Ok(TemplateView { kind, version, source, is_own, has_draft, preview })
}
