//! Changes the name of an API token, or revokes it.

use domain::ApiTokenId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::TokenName;
use super::audit_event::audit_event;
use super::lock::lock;
use crate::store::entity::api_tokens::{Column, Entity, Model};
use crate::store::{AuditEvent, Changes, WriteTxn};
use crate::{Actor, Error, Result, Service};

/// A change of a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenChange {
    /// The new name; `None` keeps the name.
    pub name: Option<TokenName>,
    /// Whether the token is revoked for good.
    pub revoke: bool,
}

/// Changes a token. A revocation is effective with the next request. Repeating a change changes nothing.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such token, or the database fails.
#[tracing::instrument(name = "api_token.change", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn change(service: &Service, actor: &Actor, id: ApiTokenId, change: TokenChange) -> Result<()> {
    actor.require(Permission::ManageTokens)?;
    let mut txn = service.begin_write().await?;
    let row = lock(&txn, actor.account, id).await?;
    if let Some(name) = change.name.filter(|name| name.as_str() != row.name) {
        set(&txn, &row, Column::Name, name.as_str()).await?;
        let mut changes = Changes::default();
        changes.add("name", &row.name.as_str(), &name.as_str());
        txn.record(actor, audit_event(Event::ApiTokenChanged, id, name.as_str()).changes(changes));
    }
    if change.revoke && row.revoked_at.is_none() {
        set(&txn, &row, Column::RevokedAt, txn.now().millis()).await?;
        txn.record(actor, revocation(id, &row));
    }
    txn.commit().await
}

/// Revokes a token, effective with the next request.
///
/// # Errors
/// Returns an error if the role lacks the permission, the token is not active, or the database
/// fails.
#[tracing::instrument(name = "api_token.revoke", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn revoke(service: &Service, actor: &Actor, id: ApiTokenId) -> Result<()> {
    actor.require(Permission::ManageTokens)?;
    let mut txn = service.begin_write().await?;
    let row = lock(&txn, actor.account, id).await?;
    if row.revoked_at.is_some() {
        return Err(Error::NotFound);
    }
    set(&txn, &row, Column::RevokedAt, txn.now().millis()).await?;
    txn.record(actor, revocation(id, &row));
    txn.commit().await
}

fn revocation(id: ApiTokenId, row: &Model) -> AuditEvent {
    let mut changes = Changes::default();
    changes.add("revoked", &false, &true);
    audit_event(Event::ApiTokenRevoked, id, &row.name).changes(changes)
}

async fn set(txn: &WriteTxn, row: &Model, column: Column, value: impl Into<sea_orm::Value>) -> Result<()> {
    Entity::update_many()
        .col_expr(column, Expr::value(value))
        .col_expr(Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(Column::Id.eq(row.id))
        .exec(txn.conn())
        .await?;
    Ok(())
}
