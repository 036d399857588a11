//! The length of the queue.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::entity::mails;
use crate::{Result, Service};

/// Mails that are due from which on workers queue no further ones, so that a link for a lost password waits
/// no longer than these take.
const MAX_BACKLOG: u64 = 200;

/// Returns whether so many mails are due that workers must not add more.
pub(super) async fn is_long(service: &Service) -> Result<bool> {
    let last: Option<Uuid> = mails::Entity::find()
        .select_only()
        .column(mails::Column::Id)
        // A literal, because the index is partial.
        .filter(Expr::cust("state = 'queued'"))
        .filter(mails::Column::NextAttemptAt.lte(service.now().millis()))
        .order_by_asc(mails::Column::NextAttemptAt)
        .offset(MAX_BACKLOG - 1)
        .limit(1)
        .into_tuple()
        .one(service.store.read())
        .await?;
    Ok(last.is_some())
}
