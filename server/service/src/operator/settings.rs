//! The settings in force on this node, its version, and the newest changes.

use domain::view::SettingsView;

use super::{Operator, changelog};
use crate::account::Member;
use crate::{Result, Service, node};

/// Returns the settings of this node, with secrets masked.
///
/// # Errors
/// [`crate::Error::NotFound`] if the user is no operator.
pub fn settings(service: &Service, member: &Member) -> Result<SettingsView> {
    Operator::of(member)?;
    Ok(SettingsView {
        settings: service.settings().to_vec(),
        version: node::VERSION.to_owned(),
        changelog: changelog::newest_part(),
    })
}
