//! What a list reads, and the rows that it tests.

use std::future::Future;

use domain::filter::{Filter, FilterRow, ListSort};
use uuid::Uuid;

use super::SearchWords;
use crate::Result;

/// A value that rows are ordered by. Texts are ordered by their bytes, as both databases order them here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortValue {
    /// A whole number, such as a time.
    Number(i64),
    /// A text.
    Text(String),
}

/// The position of a row in an order. Ties are in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub value: SortValue,
    pub id: Uuid,
}

/// A row of a list.
pub(crate) trait ListRow: FilterRow + Send + Sync {
    /// Returns the position of the row in an order.
    fn position(&self, sort: ListSort) -> Position;

    /// Returns whether a search finds the row.
    fn is_found_by(&self, words: &SearchWords) -> bool;
}

/// The rows of one account that a list reads.
pub(crate) trait ListSource: Sync {
    type Row: ListRow;

    /// Reads at most `rows` rows in an order, after a position, without the first `offset`.
    fn read(
        &self,
        sort: ListSort,
        after: Option<&Position>,
        offset: u64,
        rows: u64,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    /// Reads the rows with these ids, in any order. Missing ones are left out.
    fn load(&self, ids: &[Uuid]) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    /// Returns at most [`super::MAX_ROWS_READ`] ids among which all rows of the filters and of the search are. `None`
    /// if no index tells them.
    fn candidates(
        &self,
        filters: &[Filter],
        words: &SearchWords,
    ) -> impl Future<Output = Result<Option<Vec<Uuid>>>> + Send;

    /// Counts the rows of the account, up to `most`.
    fn count(&self, most: u64) -> impl Future<Output = Result<u64>> + Send;
}
