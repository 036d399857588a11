//! Switching a license off for good.

use domain::LicenseId;
use domain::event::Event;
use domain::license::Reason;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Revokes a license. This is final; its row and history are kept.
///
/// # Errors
/// When the role does not allow it, the license is not there or revoked
/// already, or the database fails.
pub async fn revoke(service: &Service, actor: &Actor, id: LicenseId, reason: Option<Reason>) -> Result<()> {
    transition(service, actor, id, Event::LicenseRevoked, |state, now| state.revoke(now, reason)).await
}
