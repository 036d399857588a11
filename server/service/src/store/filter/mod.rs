//! Filters and pages of lists as SQL, alike on both databases. The semantics are those of
//! [`domain::filter::matches`].
//!
//! A text compares without case by `lower()`: on SQLite it folds ASCII letters alone, and on PostgreSQL too
//! under the collation `C`. A column of keys or of folded text ([`domain::filter::Folding::Lower`] and `Full`) is
//! compared as it is.

mod condition;
mod named;
mod page;
#[cfg(test)]
mod tests;

pub(crate) use condition::{FilterColumn, PairColumns, condition};
pub(crate) use named::{load_named_page, search_names};
pub(crate) use page::{ListColumns, SortColumn, load_page};
