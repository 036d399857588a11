//! Reinstates a suspended license.

use domain::LicenseId;
use domain::event::Event;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Reinstates a suspended license. Its activations are unchanged.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist or is not
/// suspended, or the database fails.
#[tracing::instrument(name = "license.reinstate", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn reinstate(service: &Service, actor: &Actor, id: LicenseId) -> Result<()> {
    transition(service, actor, id, Event::LicenseReinstated, |state, _| state.reinstate()).await
}
