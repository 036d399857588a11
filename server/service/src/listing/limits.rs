//! How much a list reads.

use crate::Error;

/// Rows that a list with filters reads at most for a page, because a filter without an index may find none.
pub(crate) const MAX_ROWS_READ: usize = 10_000;
/// Rows of one statement.
pub(crate) const ROWS_PER_READ: usize = 500;

/// Returns the error of a list whose filters no index narrows.
pub(crate) fn too_wide() -> Error {
    Error::invalid(
        "filter",
        "More than 10,000 objects would have to be read. Add a narrower filter, such as an id or an e-mail address.",
    )
}
