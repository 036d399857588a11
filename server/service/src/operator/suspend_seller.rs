//! Suspends a seller.

use domain::AccountId;
use domain::event::Event;
use domain::license::Reason;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _,
};

use super::Operator;
use super::seller;
use crate::account::Member;
use crate::store::entity::{accounts, memberships, users};
use crate::store::{AuditEvent, WriteTxn, scope};
use crate::{Error, Result, Service};

/// Suspends an account until it is reinstated. From the next request on, its members see only the reason, and
/// its API tokens are refused. With `stop_apps`, apps of its customers are answered as for a suspended
/// license. Of an account that is suspended, it changes the reason and whether apps are stopped.
///
/// # Errors
/// [`Error::NotFound`] if the user is no operator or the account does not exist, [`Error::Conflict`] if a
/// member of it is an operator or nothing would change, or another [`Error`] if the database fails.
#[tracing::instrument(name = "operator.suspend_seller", skip_all, fields(account = %account), err(level = "debug"))]
pub async fn suspend_seller(
    service: &Service,
    member: &Member,
    account: AccountId,
    reason: &Reason,
    stop_apps: bool,
) -> Result<()> {
    let operator = Operator::of(member)?;
    let mut txn = service.begin_write().await?;
    let row = scope::lock_account(&txn, account).await?;
    let is_same = row.suspension_reason.as_deref() == Some(reason.as_str()) && row.apps_stopped == stop_apps;
    if row.suspended_at.is_some() && is_same {
        return Err(Error::Conflict("This seller is suspended already, for this reason.".into()));
    }
    if has_operator(&txn, account).await? {
        let text =
            "A member of this seller operates this server, and would lose access. Remove the member first.";
        return Err(Error::Conflict(text.into()));
    }
    accounts::Entity::update_many()
        .col_expr(accounts::Column::SuspendedAt, Expr::value(row.suspended_at.unwrap_or(txn.now().millis())))
        .col_expr(accounts::Column::SuspensionReason, Expr::value(reason.as_str()))
        .col_expr(accounts::Column::AppsStopped, Expr::value(stop_apps))
        .filter(accounts::Column::Id.eq(account.0))
        .exec(txn.conn())
        .await?;
    if stop_apps != row.apps_stopped {
        seller::set_apps_stopped(&mut txn, account, stop_apps).await?;
    }
    let apps = if stop_apps { "apps stopped" } else { "apps go on" };
    let entry = AuditEvent {
        event: Event::AccountSuspended,
        license: None,
        product: None,
        detail: Some(format!("{reason} ({apps})")),
        payload: serde_json::json!({ "reason": reason.as_str(), "apps_stopped": stop_apps }),
    };
    txn.record(&operator.actor(account), entry);
    txn.commit().await?;
    tracing::info!(%account, stop_apps, "seller suspended");
    Ok(())
}

/// Returns whether a member of the account operates the instance.
async fn has_operator(txn: &WriteTxn, account: AccountId) -> Result<bool> {
    let found = memberships::Entity::find()
        .filter(memberships::Column::AccountId.eq(account.0))
        .join(JoinType::InnerJoin, memberships::Relation::User.def())
        .filter(users::Column::IsOperator.eq(true))
        .one(txn.conn())
        .await?;
    Ok(found.is_some())
}
