//! The end of a change of an organization.

use super::record::OrganizationRecord;

/// The end of a change that another organization may prevent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The organization as it is stored now.
    Saved(Box<OrganizationRecord>),
    /// Another organization of the account has the name.
    DuplicateName,
}
