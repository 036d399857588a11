//! Requests for a page of a list, and the page.

use uuid::Uuid;

use super::Filter;

/// The highest number that a count of a list tells.
pub const MAX_COUNT: u64 = 10_000;

/// The order of a list. Ties are in the order of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListSort {
    /// The field.
    pub field: &'static str,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A request for a page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub limit: u64,
    /// The order.
    pub sort: ListSort,
    /// The row that the page follows, in place of `page`.
    pub after: Option<Uuid>,
    /// A text that the rows are searched for.
    pub search: Option<String>,
    /// Whether the rows are counted.
    pub count: bool,
    /// The conditions, joined by AND.
    pub filters: Vec<Filter>,
}

impl ListRequest {
    /// Returns a request for the first rows by an order, all of which match.
    #[must_use]
    pub fn first(limit: u64, sort: ListSort) -> Self {
        Self { page: 1, limit, sort, after: None, search: None, count: false, filters: Vec::new() }
    }

    /// Returns the number of rows before the page.
    #[must_use]
    pub fn offset(&self) -> u64 {
        if self.after.is_some() { 0 } else { self.page.saturating_sub(1).saturating_mul(self.limit) }
    }
}

/// A count of rows up to [`MAX_COUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CappedCount {
    /// The number, at most [`MAX_COUNT`].
    pub rows: u64,
    /// Whether there are more.
    pub is_capped: bool,
}

impl CappedCount {
    /// Creates the count of `rows`, of which at most one beyond [`MAX_COUNT`] was counted.
    #[must_use]
    pub fn new(rows: u64) -> Self {
        Self { rows: rows.min(MAX_COUNT), is_capped: rows > MAX_COUNT }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether there are rows behind the page.
    pub has_more: bool,
    /// The number of all rows, if it was asked for.
    pub total: Option<CappedCount>,
}

impl<T> ListPage<T> {
    /// Creates a page of a short list that is wholly in memory.
    #[must_use]
    pub fn of_all(items: Vec<T>, request: &ListRequest) -> Self {
        let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let skipped = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let has_more = items.len().saturating_sub(skipped) > limit;
        let items = items.into_iter().skip(skipped).take(limit).collect();
        Self { items, has_more, total: request.count.then(|| CappedCount::new(total)) }
    }

    /// Converts the rows.
    #[must_use]
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> ListPage<U> {
        ListPage {
            items: self.items.into_iter().map(convert).collect(),
            has_more: self.has_more,
            total: self.total,
        }
    }
}
