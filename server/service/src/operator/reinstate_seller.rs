//! Reinstates a suspended seller.

use domain::AccountId;
use domain::event::Event;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::Operator;
use super::seller;
use crate::account::Member;
use crate::store::entity::accounts;
use crate::store::{AuditEvent, scope};
use crate::{Error, Result, Service};

/// Ends the suspension of an account. Members, API tokens and apps of customers work again from the next
/// request on.
///
/// # Errors
/// [`Error::NotFound`] if the user is no operator or the account does not exist, [`Error::Conflict`] if it is
/// not suspended, or another [`Error`] if the database fails.
#[tracing::instrument(name = "operator.reinstate_seller", skip_all, fields(account = %account), err(level = "debug"))]
pub async fn reinstate_seller(service: &Service, member: &Member, account: AccountId) -> Result<()> {
    let operator = Operator::of(member)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_account(&txn, account).await?;
    if row.suspended_at.is_none() {
        return Err(Error::Conflict("This seller is not suspended.".into()));
    }
    accounts::Entity::update_many()
        .col_expr(accounts::Column::SuspendedAt, Expr::value(None::<i64>))
        .col_expr(accounts::Column::SuspensionReason, Expr::value(None::<String>))
        .col_expr(accounts::Column::AppsStopped, Expr::value(false))
        .filter(accounts::Column::Id.eq(account.0))
        .exec(txn.conn())
        .await?;
    if row.apps_stopped {
        seller::set_apps_stopped(&mut txn, account, false).await?;
    }
    let entry = AuditEvent {
        event: Event::AccountReinstated,
        license: None,
        product: None,
        detail: row.suspension_reason,
        payload: serde_json::json!({ "apps_were_stopped": row.apps_stopped }),
    };
    txn.record(&operator.actor(account), entry);
    txn.commit().await?;
    tracing::info!(%account, "seller reinstated");
    Ok(())
}
