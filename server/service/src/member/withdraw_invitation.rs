//! Withdraws an invitation.

use domain::InvitationId;
use domain::invitation::InvitationState;
use domain::permission::Permission;

use super::invitation;
use super::lock::{LockedMembers, parse_role};
use crate::{Actor, Result, Service};

/// Withdraws an invitation, so that its link stops working. Withdrawing again changes nothing.
///
/// # Errors
/// Returns an error if the actor may not give the invitation's role, the invitation does not exist or was
/// accepted, or the database fails.
#[tracing::instrument(name = "member.withdraw_invitation", skip_all, fields(account = %actor.account, invitation = %id), err(level = "debug"))]
pub async fn withdraw_invitation(service: &Service, actor: &Actor, id: InvitationId) -> Result<()> {
    actor.require(Permission::ManageMembers)?;
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let row = invitation::lock(&txn, actor.account, id).await?;
    members.require(actor, None, Some(parse_role(&row.role)?))?;
    match invitation::state(&row, txn.now()) {
        InvitationState::Withdrawn => return Ok(()),
        InvitationState::Accepted => invitation::require_open(&row, txn.now())?,
        InvitationState::Open | InvitationState::Expired => {}
    }
    invitation::withdraw(&mut txn, actor, &row).await?;
    txn.commit().await
}
