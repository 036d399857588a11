//! Read models of tags.

use serde::{Deserialize, Serialize};

use crate::TagId;

/// A tag in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRow {
    /// The id.
    pub id: TagId,
    /// The name.
    pub name: String,
    /// The description, or empty.
    pub description: String,
    /// Number of licenses with the tag, at most [`super::MAX_LICENSES_COUNTED`] and one.
    pub licenses: u32,
    /// Number of customers with the tag, at most [`super::MAX_LICENSES_COUNTED`] and one.
    pub customers: u32,
}

/// A page of the list of tags, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagPage {
    /// The tags.
    pub items: Vec<TagRow>,
    /// The last tag of the page, if there are more.
    pub more: Option<TagId>,
}
