//! Resets a template to the default.

use domain::mail_template::TemplateKind;
use domain::permission::Permission;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::stored::{TemplateVersion, audit_event, find_for_change, own};
use crate::store::entity::mail_templates;
use crate::{Actor, Result, Service};

/// Deletes the seller's own template and its draft. The default is in use from now on.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
pub async fn reset_template(service: &Service, actor: &Actor, kind: TemplateKind) -> Result<()> {
    reset_shown_template(service, actor, kind, None).await
}

/// Like [`reset_template`], by a page that showed a version.
///
/// # Errors
/// As [`reset_template`]; [`crate::Error::Changed`] if another member has changed the template or its draft since.
#[tracing::instrument(name = "mail.reset_template", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn reset_shown_template(
    service: &Service,
    actor: &Actor,
    kind: TemplateKind,
    shown: Option<&TemplateVersion>,
) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let mut txn = service.begin_write().await?;
    let found = find_for_change(&txn, actor.account, kind).await?;
    if let Some(shown) = shown {
        shown.ensure_stored(found.as_ref())?;
    }
    let Some(row) = found else { return Ok(()) };
    mail_templates::Entity::delete_many()
        .filter(mail_templates::Column::AccountId.eq(actor.account.0))
        .filter(mail_templates::Column::Kind.eq(kind.as_str()))
        .exec(txn.conn())
        .await?;
    if own(&row).is_some() {
        txn.record(actor, audit_event(kind, "reset to the default"));
    }
    txn.commit().await
}
