//! A test mail to the actor.

use domain::MailId;
use domain::event::Event;
use domain::mail::MailKind;
use domain::permission::Permission;
use sea_orm::EntityTrait as _;

use super::audit_event::audit_event;
use super::queue::{CONTENT_LIFETIME_MS, NewMail, queue};
use super::quota::require_quota;
use super::texts;
use crate::store::entity::users;
use crate::{Actor, Error, Result, Service};

/// Queues a test mail to the actor's own address.
///
/// # Errors
/// Returns an error if the role lacks the permission, the actor is no member, or the database fails;
/// [`Error::Conflict`] if mail is off.
#[tracing::instrument(name = "mail.send_test", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn send_test(service: &Service, actor: &Actor) -> Result<MailId> {
    actor.require(Permission::ManageMail)?;
    let user = actor.own_user()?;
    let content = texts::test(service.mailer()?.origin());
    let mut txn = service.begin_write().await?;
    require_quota(&txn, actor.account).await?;
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    let new = NewMail {
        account: actor.account,
        kind: MailKind::Test,
        recipient: row.email,
        content,
        object: Some(user.0),
        customer: None,
        expires_at: txn.now().plus_millis(CONTENT_LIFETIME_MS),
    };
    let id = queue(&txn, &service.keys, new).await?;
    txn.record(actor, audit_event(Event::MailRequested, id, MailKind::Test.label()));
    txn.commit().await?;
    Ok(id)
}
