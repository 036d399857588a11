//! Leaves an account.

use domain::event::Event;
use domain::permission::Permission;

use super::end::end;
use super::lock::{self, LockedMembers};
use crate::{Actor, Error, Principal, Result, Service};

/// Ends the actor's own membership and sessions in the account. Withdraws the actor's API tokens.
///
/// # Errors
/// Returns an error if the actor is no member or the last owner, or the database fails.
#[tracing::instrument(name = "member.leave", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn leave(service: &Service, actor: &Actor) -> Result<()> {
    actor.require(Permission::Read)?;
    let Principal::Member { user, name, .. } = &actor.principal else { return Err(Error::Forbidden) };
    let mut txn = service.begin_write().await?;
    let members = LockedMembers::lock(&txn, actor.account).await?;
    let role = members.role(*user)?;
    members.require_other_owner(*user)?;
    end(&mut txn, actor, *user).await?;
    let event = lock::audit_event(Event::MemberLeft, *user, format!("{name}, {role}"));
    txn.record(actor, event.with_payload("role", role.as_str()));
    txn.commit().await
}
