//! API tokens of a member whose role changes or whose membership ends.

use domain::event::Event;
use domain::permission::Role;
use domain::{AccountId, ApiTokenId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Select};
use uuid::Uuid;

use super::audit_event::audit_event;
use crate::store::WriteTxn;
use crate::store::entity::api_tokens;
use crate::{Actor, Result};

/// Selects the active tokens that the member made, the oldest first.
fn find_active(account: AccountId, maker: UserId) -> Select<api_tokens::Entity> {
    api_tokens::Entity::find()
        .filter(api_tokens::Column::AccountId.eq(account.0))
        .filter(api_tokens::Column::CreatedBy.eq(maker.0))
        .filter(api_tokens::Column::RevokedAt.is_null())
        .order_by_asc(api_tokens::Column::Id)
}

/// Revokes the active tokens of a member that rank above the role `now`. `None` is a user who is no member
/// any more: all tokens are revoked, because a former member may hold copies of them.
pub(crate) async fn revoke_of_maker(
    txn: &mut WriteTxn,
    actor: &Actor,
    maker: UserId,
    now: Option<Role>,
) -> Result<()> {
    for token in find_active(actor.account, maker).all(txn.conn()).await? {
        let role: Role = token.role.parse().unwrap_or(Role::Viewer);
        if now.is_none_or(|now| role < now) {
            set(txn, token.id, api_tokens::Column::RevokedAt, txn.now().millis()).await?;
            txn.record(actor, audit_event(Event::ApiTokenRevoked, ApiTokenId(token.id), &token.name));
        }
    }
    Ok(())
}

/// Makes the member `to` the maker of the active tokens of `from`, so that they outlive the membership.
pub(crate) async fn hand_over(txn: &mut WriteTxn, actor: &Actor, from: UserId, to: UserId) -> Result<()> {
    for token in find_active(actor.account, from).all(txn.conn()).await? {
        set(txn, token.id, api_tokens::Column::CreatedBy, to.0).await?;
        txn.record(actor, audit_event(Event::ApiTokenHandedOver, ApiTokenId(token.id), &token.name));
    }
    Ok(())
}

async fn set(
    txn: &WriteTxn,
    token: Uuid,
    column: api_tokens::Column,
    value: impl Into<sea_orm::Value>,
) -> Result<()> {
    api_tokens::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .filter(api_tokens::Column::Id.eq(token))
        .exec(txn.conn())
        .await?;
    Ok(())
}
