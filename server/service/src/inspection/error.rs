//! Why a database could not be read.

use crate::Error;

/// The reason why there is no [`super::Inspection`].
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// The SQLite file is damaged, or is no database.
    #[error("{0}")]
    Damaged(String),
    /// The SQLite file changed while it was read as one that does not change.
    #[error("the file changed while it was read")]
    Changed,
    /// PostgreSQL did not answer in time; the value is the limit in seconds.
    #[error("there was no answer within {0} s")]
    TimedOut(u64),
    /// A pooler gives each transaction another session.
    #[error("a pooler in transaction mode is before PostgreSQL")]
    Pooled,
    /// Anything else.
    #[error(transparent)]
    Failed(#[from] Error),
}
