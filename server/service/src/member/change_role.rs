//! Changes a member's role.

use domain::UserId;
use domain::event::Event;
use domain::permission::{Permission, Role};

use super::invitation;
use super::lock::{self, LockedMembers};
use crate::{Actor, Result, Service, api_token};

/// Changes a member's role, effective with the member's next request. Withdraws the member's open invitations
/// to roles that the member can no longer give, and the member's API tokens that rank above the new role.
///
/// # Errors
/// Returns an error if the actor may not change the role, the user is no member or the last owner, or the
/// database fails.
#[tracing::instrument(name = "member.change_role", skip_all, fields(account = %actor.account, user = %user), err(level = "debug"))]
pub async fn change_role(service: &Service, actor: &Actor, user: UserId, role: Role) -> Result<()> {
    actor.require(Permission::ManageMembers)?;
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let former = members.role(user)?;
    members.require(actor, Some(former), Some(role))?;
    if former == role {
        return Ok(());
    }
    members.require_other_owner(user)?;
    lock::set_role(&txn, actor.account, user, role).await?;
    invitation::withdraw_of_member(&mut txn, actor, user, Some(role)).await?;
    api_token::revoke_of_maker(&mut txn, actor, user, Some(role)).await?;
    let detail = format!("{}: {former} to {role}", lock::user_name(&txn, user).await?);
    let event = lock::audit_event(Event::MemberRoleChanged, user, detail)
        .with_payload("role", role.as_str())
        .with_payload("former_role", former.as_str());
    txn.record(actor, event);
    txn.commit().await
}
