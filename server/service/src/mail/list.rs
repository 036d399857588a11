//! The mails of an account.

use domain::MailId;
use domain::permission::Permission;
use domain::view::MailPage;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::mailer::Mailer;
use super::row::{self, Summary};
use crate::store::entity::mails;
use crate::{Actor, Result, Service};

/// Mails per page.
const PAGE_SIZE: usize = 30;

/// Returns the account's mails that are older than `before`, the newest first. Also if mail is off.
///
/// # Errors
/// Returns an error if the role lacks the permission or the database fails.
#[tracing::instrument(name = "mail.list", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn list(service: &Service, actor: &Actor, before: Option<MailId>) -> Result<MailPage> {
    actor.require(Permission::ManageMail)?;
    // Always a range of ids, so that the first page reads no more than the others.
    let before = before.map_or(Uuid::max(), |id| id.0);
    let mut rows = row::summaries()
        .filter(mails::Column::AccountId.eq(actor.account.0))
        .filter(mails::Column::Id.lt(before))
        .order_by_desc(mails::Column::Id)
        .limit(PAGE_SIZE as u64 + 1)
        .into_model::<Summary>()
        .all(service.store.read())
        .await?;
    let more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let older = rows.last().filter(|_| more).map(|row| MailId(row.id));
    let now = service.now();
    let views = rows.into_iter().filter_map(|row| row::view(row, now).transpose());
    Ok(MailPage {
        sender: service.mailer.get().map(Mailer::sender),
        mails: views.collect::<Result<Vec<_>>>()?,
        older,
    })
}
