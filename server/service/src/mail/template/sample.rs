//! Sends a template with sample values to the actor.

use domain::MailId;
use domain::event::Event;
use domain::mail::MailKind;
use domain::mail_template::{MailTemplate, TemplateKind, Values, Variable, default_source};
use domain::permission::Permission;
use sea_orm::EntityTrait as _;

use super::stored::{draft, find, own};
use crate::mail::audit_event::audit_event;
use crate::mail::content::Content;
use crate::mail::queue::{CONTENT_LIFETIME_MS, NewMail, queue};
use crate::mail::quota::require_quota;
use crate::store::entity::{accounts, users};
use crate::{Actor, Error, Result, Service};

/// Queues a mail with sample values to the actor's own address, by the draft if there is one.
///
/// # Errors
/// Returns an error if the role lacks the permission, the actor is no member, or the database fails;
/// [`Error::Invalid`] if the draft has errors, and [`Error::Conflict`] if mail is off.
#[tracing::instrument(name = "mail.send_template_sample", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn send_template_sample(service: &Service, actor: &Actor, kind: TemplateKind) -> Result<MailId> {
    actor.require(Permission::ManageMail)?;
    let user = actor.own_user()?;
    service.mailer()?;
    let mut txn = service.begin_write().await?;
    require_quota(&txn, actor.account).await?;
    let db = txn.conn();
    let account = accounts::Entity::find_by_id(actor.account.0).one(db).await?.ok_or(Error::NotFound)?;
    let recipient = users::Entity::find_by_id(user.0).one(db).await?.ok_or(Error::NotFound)?.email;
    let row = find(db, actor.account, kind).await?;
    let source =
        row.and_then(|row| draft(&row).or_else(|| own(&row))).unwrap_or_else(|| default_source(kind));
    let template = MailTemplate::parse(kind, &source).map_err(Error::Invalid)?;
    let values = Values::samples().with(Variable::Seller, account.name);
    let new = NewMail {
        account: actor.account,
        kind: MailKind::Test,
        recipient,
        content: Content::rendered(template.render(&values)),
        object: Some(user.0),
        customer: None,
        expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
    };
    let id = queue(&txn, &service.keys, new).await?;
    let detail = format!("{}, with the template of: {}", MailKind::Test.label(), kind.label());
    txn.record(actor, audit_event(Event::MailRequested, id, &detail));
    txn.commit().await?;
    Ok(id)
}
