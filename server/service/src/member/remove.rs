//! Removes a member.

use domain::UserId;
use domain::event::Event;
use domain::permission::Permission;
use domain::view::ApiTokenRow;

use super::end::end;
use super::lock::{self, LockedMembers};
use crate::{Actor, Error, Principal, Result, Service};

/// Removes another member from the account. Ends the member's sessions in it and withdraws the member's open
/// invitations. Returns the active API tokens that the member made: they work on, because systems of the
/// seller use them.
///
/// # Errors
/// Returns an error if the actor may not remove the member, the user is no member, the actor or the last
/// owner, or the database fails.
#[tracing::instrument(name = "member.remove", skip_all, fields(account = %actor.account, user = %user), err(level = "debug"))]
pub async fn remove(service: &Service, actor: &Actor, user: UserId) -> Result<Vec<ApiTokenRow>> {
    actor.require(Permission::ManageMembers)?;
    if matches!(&actor.principal, Principal::Member { user: own, .. } if *own == user) {
        return Err(Error::Conflict("You cannot remove yourself. Leave the account instead.".into()));
    }
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let role = members.role(user)?;
    members.require(actor, Some(role), None)?;
    members.require_other_owner(user)?;
    let tokens = end(&mut txn, actor, user).await?;
    let detail = format!("{}, {role}", lock::user_name(&txn, user).await?);
    let event = lock::audit_event(Event::MemberRemoved, user, detail).with_payload("role", role.as_str());
    txn.record(actor, event);
    txn.commit().await?;
    Ok(tokens)
}
