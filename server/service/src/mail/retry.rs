//! Sends a failed mail again.

use domain::MailId;
use domain::event::Event;
use domain::mail::{MailKind, MailState};
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::queue::give_up_at;
use super::quota::require_quota;
use super::{audit_event, row};
use crate::store::entity::mails;
use crate::{Actor, Error, Result, Service};

/// Queues a failed mail again, for another day of attempts.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such mail, or the database fails;
/// [`Error::Conflict`] if the mail has not failed, its content has expired, or mail is off.
#[tracing::instrument(name = "mail.retry", skip_all, fields(account = %actor.account, mail = %id), err(level = "debug"))]
pub async fn retry(service: &Service, actor: &Actor, id: MailId) -> Result<()> {
    actor.require(Permission::ManageMail)?;
    let mut txn = service.begin_write().await?;
    let mut find = row::summaries()
        .filter(mails::Column::Id.eq(id.0))
        .filter(mails::Column::AccountId.eq(actor.account.0));
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    let mail = find.into_model::<row::Summary>().one(txn.conn()).await?.ok_or(Error::NotFound)?;
    service.mailer()?;
    require_quota(&txn, actor.account).await?;
    let now = txn.now();
    if !row::can_retry(&mail, now) {
        let text = match row::state(&mail)? {
            MailState::Failed => {
                "The content of this mail has expired. Ask for a new mail where you asked for it."
            }
            MailState::Queued | MailState::Sent => "This mail has not failed.",
        };
        return Err(Error::Conflict(text.into()));
    }
    let give_up_at = give_up_at(now, domain::Timestamp::from_millis(mail.expires_at));
    mails::Entity::update_many()
        .col_expr(mails::Column::State, Expr::value(MailState::Queued.as_str()))
        .col_expr(mails::Column::Attempts, Expr::value(0))
        .col_expr(mails::Column::NextAttemptAt, Expr::value(now.millis()))
        .col_expr(mails::Column::GiveUpAt, Expr::value(give_up_at.millis()))
        .col_expr(mails::Column::LastError, Expr::value(None::<String>))
        .col_expr(mails::Column::StateAt, Expr::value(now.millis()))
        .filter(mails::Column::Id.eq(id.0))
        .exec(txn.conn())
        .await?;
    let kind = mail.kind.parse::<MailKind>().map_or("Mail", MailKind::label);
    txn.record(actor, audit_event::audit_event(Event::MailRequested, id, &format!("{kind}, again")));
    txn.commit().await
}
