//! Deletes API tokens. Audit entries keep their names.

use domain::ApiTokenId;
use domain::event::Event;
use domain::permission::Permission;
use sea_orm::EntityTrait as _;

use super::audit_event::audit_event;
use super::lock::lock;
use crate::store::entity::api_tokens::Entity;
use crate::{Actor, Result, Service};

/// Deletes a token, effective with the next request.
///
/// # Errors
/// Returns an error if the role lacks the permission, the account has no such token, or the database fails.
#[tracing::instrument(name = "api_token.delete", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn delete(service: &Service, actor: &Actor, id: ApiTokenId) -> Result<()> {
    actor.require(Permission::ManageTokens)?;
    let mut txn = service.begin_write().await?;
    let row = lock(&txn, actor.account, id).await?;
    Entity::delete_by_id(row.id).exec(txn.conn()).await?;
    txn.record(actor, audit_event(Event::ApiTokenDeleted, id, &row.name));
    txn.commit().await
}
