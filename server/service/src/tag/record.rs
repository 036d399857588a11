//! A tag as the management API and the dashboard read it.

use domain::{TagId, Timestamp};

use crate::store::entity::tags;

/// A tag as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRecord {
    /// The id.
    pub id: TagId,
    /// When the tag was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The name.
    pub name: String,
    /// The description, or empty.
    pub description: String,
}

/// Converts a row.
pub(super) fn record(row: tags::Model) -> TagRecord {
    TagRecord {
        id: TagId(row.id),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        name: row.name,
        description: row.description,
    }
}
