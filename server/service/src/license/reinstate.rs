//! Lifting a suspension.

use domain::LicenseId;
use domain::event::Event;

use super::transition::transition;
use crate::{Actor, Result, Service};

/// Puts a suspended license in force again; its domains are as they were.
///
/// # Errors
/// When the role does not allow it, the license is not there or not suspended,
/// or the database fails.
pub async fn reinstate(service: &Service, actor: &Actor, id: LicenseId) -> Result<()> {
    transition(service, actor, id, Event::LicenseReinstated, |state, _| state.reinstate()).await
}
