//! Suspends a license.

use domain::LicenseId;
use domain::event::Event;
use domain::license::Reason;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Suspends a license. The next verification reports it.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, is suspended or
/// revoked, or the database fails.
#[tracing::instrument(name = "license.suspend", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn suspend(service: &Service, actor: &Actor, id: LicenseId, reason: Option<Reason>) -> Result<()> {
    transition(service, actor, id, Event::LicenseSuspended, |state, now| state.suspend(now, reason)).await
}
