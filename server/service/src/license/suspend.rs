//! Switching a license off for now.

use domain::LicenseId;
use domain::event::Event;
use domain::license::Reason;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Suspends a license; the next verification says so.
///
/// # Errors
/// When the role does not allow it, the license is not there, is suspended or
/// revoked already, or the database fails.
pub async fn suspend(service: &Service, actor: &Actor, id: LicenseId, reason: Option<Reason>) -> Result<()> {
    transition(service, actor, id, Event::LicenseSuspended, |state, now| state.suspend(now, reason)).await
}
