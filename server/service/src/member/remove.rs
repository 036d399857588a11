//! Removes a member.

use domain::UserId;
use domain::event::Event;
use domain::permission::Permission;

use super::end::end;
use super::lock::{self, LockedMembers};
use crate::{Actor, Error, Principal, Result, Service, api_token};

/// What becomes of the API tokens of a removed member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokensOfRemoved {
    /// They are withdrawn.
    Withdrawn,
    /// The actor becomes their maker, so that the systems that use them work on.
    HandedOver,
}

/// Removes another member from the account. Ends the member's sessions in it and withdraws the member's open
/// invitations.
///
/// # Errors
/// Returns an error if the actor may not remove the member, the user is no member, the actor or the last
/// owner, or the database fails.
#[tracing::instrument(name = "member.remove", skip_all, fields(account = %actor.account, user = %user), err(level = "debug"))]
pub async fn remove(service: &Service, actor: &Actor, user: UserId, tokens: TokensOfRemoved) -> Result<()> {
    actor.require(Permission::ManageMembers)?;
    let own = match &actor.principal {
        Principal::Member { user, .. } => Some(*user),
        _ => None,
    };
    if own == Some(user) {
        return Err(Error::Conflict("You cannot remove yourself. Leave the account instead.".into()));
    }
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let role = members.role(user)?;
    members.require(actor, Some(role), None)?;
    members.require_other_owner(user)?;
    if tokens == TokensOfRemoved::HandedOver {
        actor.require(Permission::ManageTokens)?;
        api_token::hand_over(&mut txn, actor, user, own.ok_or(Error::Forbidden)?).await?;
    }
    end(&mut txn, actor, user).await?;
    let detail = format!("{}, {role}", lock::user_name(&txn, user).await?);
    let event = lock::audit_event(Event::MemberRemoved, user, detail).with_payload("role", role.as_str());
    txn.record(actor, event);
    txn.commit().await
}
