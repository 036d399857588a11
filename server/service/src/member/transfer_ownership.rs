//! Transfers the ownership of an account.

use domain::UserId;
use domain::event::Event;
use domain::permission::{Permission, Role};

use super::invitation;
use super::lock::{self, LockedMembers};
use crate::{Actor, Error, Principal, Result, Service, api_token};

/// Makes another member an owner, and the actor an admin, at once.
///
/// # Errors
/// Returns an error if the actor is no owner, the user is no other member, or the database fails.
#[tracing::instrument(name = "member.transfer_ownership", skip_all, fields(account = %actor.account, user = %to), err(level = "debug"))]
pub async fn transfer_ownership(service: &Service, actor: &Actor, to: UserId) -> Result<()> {
    actor.require(Permission::ManageOwners)?;
    let Principal::Member { user: own, name, .. } = &actor.principal else { return Err(Error::Forbidden) };
    if *own == to {
        return Err(Error::Conflict("The account is yours already. Choose another member.".into()));
    }
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let former = members.role(to)?;
    members.require(actor, Some(former), Some(Role::Owner))?;
    lock::set_role(&txn, actor.account, to, Role::Owner).await?;
    lock::set_role(&txn, actor.account, *own, Role::Admin).await?;
    invitation::withdraw_of_member(&mut txn, actor, *own, Some(Role::Admin)).await?;
    api_token::revoke_of_maker(&mut txn, actor, *own, Some(Role::Admin)).await?;
    let detail = format!("{name} to {}", lock::user_name(&txn, to).await?);
    let event =
        lock::audit_event(Event::OwnerChanged, to, detail).with_payload("former_user_id", own.to_string());
    txn.record(actor, event);
    txn.commit().await
}
