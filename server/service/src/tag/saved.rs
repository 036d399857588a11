//! The end of a change of a tag.

use super::record::TagRecord;

/// The end of a change that another tag may prevent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// The tag as it is stored now.
    Saved(Box<TagRecord>),
    /// Another tag of the account has the name.
    DuplicateName,
}
