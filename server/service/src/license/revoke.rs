//! Revokes a license.

use domain::LicenseId;
use domain::event::Event;
use domain::license::Reason;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Revokes a license permanently. Its row and history are kept.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is already
/// revoked, or the database fails.
#[tracing::instrument(name = "license.revoke", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn revoke(service: &Service, actor: &Actor, id: LicenseId, reason: Option<Reason>) -> Result<()> {
    transition(service, actor, id, Event::LicenseRevoked, |state, now| state.revoke(now, reason)).await
}
