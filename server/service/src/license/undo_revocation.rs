//! Undoes the revocation of a license.

use domain::LicenseId;
use domain::event::Event;
use domain::permission::Permission;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Makes a revoked license active again. Its activations have stayed, so that the same machines go on.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is not revoked, or the
/// database fails.
#[tracing::instrument(name = "license.undo_revocation", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn undo_revocation(service: &Service, actor: &Actor, id: LicenseId) -> Result<()> {
    actor.require(Permission::UndoRevocation)?;
    transition(service, actor, id, Event::LicenseRevocationUndone, |state, _| state.undo_revocation()).await
}
