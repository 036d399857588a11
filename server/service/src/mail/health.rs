//! The state of the queue, for the operator.

use domain::view::MailHealth;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::store::entity::mails;
use crate::{Result, Service};

/// Returns how many mails wait, and why.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn health(service: &Service) -> Result<MailHealth> {
    let db = service.store.read();
    let queued = || {
        mails::Entity::find()
            // A literal, because the index is partial.
            .filter(Expr::cust("state = 'queued'"))
            // All. A range makes a search of the index from a scan of it.
            .filter(mails::Column::NextAttemptAt.gte(0))
    };
    let next: Option<Option<String>> = queued()
        .select_only()
        .column(mails::Column::LastError)
        .order_by_asc(mails::Column::NextAttemptAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(MailHealth { is_on: service.sends_mail(), queued: queued().count(db).await?, error: next.flatten() })
}
