//! Pages of lists whose filters are decided in memory, by the one semantics of [`domain::filter::matches`].
//!
//! A list reads either the rows of few candidate ids, which an index gives, or its table in the order of the
//! list, and tests each row. It reads at most [`MAX_ROWS_READ`] rows for a page: then it asks for a narrower filter.

mod holders;
mod keyset;
mod limits;
mod named;
mod page;
mod source;
mod words;

pub(crate) use holders::Holders;
pub(crate) use keyset::{
    SortColumn, count_rows, count_rows_where, ids_of, ids_statement, keyset_statement, sort_column,
};
pub(crate) use limits::{MAX_ROWS_READ, ROWS_PER_READ, too_wide};
pub(crate) use named::{Named, NamedSource};
pub(crate) use page::{Batches, list};
pub(crate) use source::{ListRow, ListSource, Position, SortValue};
pub(crate) use words::{MAX_WORDS, SearchWords};
