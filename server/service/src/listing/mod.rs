//! Pages of lists whose filters are decided in memory, by the one semantics of [`domain::filter::matches`].
//!
//! A list reads either the rows of few candidate ids, which an index gives, or its table in the order of the
//! list, and tests each row. It reads at most [`MAX_ROWS_READ`] rows for a page: then it asks for a narrower filter.

mod keyset;
mod page;
mod source;
mod words;

pub(crate) use keyset::{SortColumn, count_rows, ids_of, ids_statement, keyset_statement, sort_column};
pub(crate) use page::{Batches, list};
pub(crate) use source::{ListRow, ListSource, Position, SortValue};
pub(crate) use words::SearchWords;

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
