//! Resets a template to the default.

use domain::mail_template::TemplateKind;
use domain::permission::Permission;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::stored::{audit_event, find_for_change, own};
use crate::store::entity::mail_templates;
use crate::{Actor, Result, Service};

/// Deletes the seller's own template and its draft. The default is in use from now on.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "mail.reset_template", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn reset_template(service: &Service, actor: &Actor, kind: TemplateKind) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let mut txn = service.begin_write().await?;
    let Some(row) = find_for_change(&txn, actor.account, kind).await? else { return Ok(()) };
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
