//! The rule of an account that its members sign in with two factors.

use domain::UserId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationTrait as _,
};

use crate::store::AuditEvent;
use crate::store::entity::{accounts, memberships};
use crate::{Actor, Error, Result, Service};

/// Sets whether members of the account must have a second factor. A member without it sees only the page that
/// sets it up, from the next request on.
///
/// # Errors
/// Returns an error if the actor is no owner, has no second factor while `is_required`, or the database fails.
#[tracing::instrument(name = "account.require_second_factor", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn require(service: &Service, actor: &Actor, is_required: bool) -> Result<()> {
    actor.require(Permission::ManageOwners)?;
    if is_required && !super::show(service, actor).await?.is_on() {
        let text = "Set two-factor sign-in up for yourself first, so that you keep access.";
        return Err(Error::Conflict(text.into()));
    }
    let mut txn = service.begin_write().await?;
    let changed = accounts::Entity::update_many()
        .col_expr(accounts::Column::RequiresSecondFactor, Expr::value(is_required))
        .filter(accounts::Column::Id.eq(actor.account.0))
        .filter(accounts::Column::RequiresSecondFactor.ne(is_required))
        .exec(txn.conn())
        .await?;
    if changed.rows_affected == 0 {
        return Ok(());
    }
    let detail = if is_required { "two factors required" } else { "two factors optional" };
    let entry = AuditEvent {
        event: Event::SignInRuleChanged,
        license: None,
        product: None,
        detail: Some(detail.to_owned()),
        payload: serde_json::json!({ "requires_second_factor": is_required }),
    };
    txn.record(actor, entry);
    txn.commit().await
}

/// Returns whether an account of the user requires a second factor.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn is_required(service: &Service, user: UserId) -> Result<bool> {
    let found = memberships::Entity::find()
        .filter(memberships::Column::UserId.eq(user.0))
        .join(JoinType::InnerJoin, memberships::Relation::Account.def())
        .filter(accounts::Column::RequiresSecondFactor.eq(true))
        .one(service.store.read())
        .await?;
    Ok(found.is_some())
}
