//! A user's own name.

use domain::bounded_text::Name;
use domain::event::Event;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::record_own;
use crate::store::entity::users;
use crate::{Actor, Error, Result, Service};

/// Changes the user's own name. Audit entries of before keep the former name.
///
/// # Errors
/// Returns an error if the user does not exist or the database fails.
#[tracing::instrument(name = "account.rename_user", skip_all, err(level = "debug"))]
pub async fn rename_user(service: &Service, actor: &Actor, name: &Name) -> Result<()> {
    let user = actor.own_user()?;
    let mut txn = service.begin_write().await?;
    let row = users::Entity::find_by_id(user.0).one(txn.conn()).await?.ok_or(Error::NotFound)?;
    if row.name == name.as_str() {
        return Ok(());
    }
    users::Entity::update_many()
        .col_expr(users::Column::Name, Expr::value(name.as_str()))
        .col_expr(users::Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(users::Column::Id.eq(user.0))
        .exec(txn.conn())
        .await?;
    let detail = format!("{} to {name}", row.name);
    record_own(&mut txn, actor, Event::UserRenamed, Some(detail)).await?;
    txn.commit().await
}
