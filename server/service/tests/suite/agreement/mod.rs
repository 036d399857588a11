//! Property of every list: it answers a request as its rows in memory answer it. Requests are drawn from the values
//! of the rows, so that most answers have some of the rows: an empty list and a whole one hide many faults.

mod choices;
mod draw;
mod row;

use domain::filter::{CappedCount, Filter, FilterField, ListPage, ListRequest, ListSort, matches};
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use choices::Choices;
pub use row::{Row, SortKey};

/// The limit of a request for all rows. No test has so many.
pub const WHOLE: u64 = 100;

/// A list with its rows in memory.
pub struct Memory {
    /// The fields of filters.
    pub fields: &'static [FilterField],
    /// The orders.
    pub sorts: &'static [&'static str],
    /// All rows, in any order.
    pub rows: Vec<Row>,
}

/// A request with its query string, for messages.
struct Drawn {
    request: ListRequest,
    query: String,
}

/// A request for all rows that meet filters, by `createdAt`.
pub fn whole(filters: Vec<Filter>) -> ListRequest {
    ListRequest {
        page: 1,
        limit: WHOLE,
        sort: ListSort { field: "createdAt", descending: false },
        after: None,
        search: None,
        count: true,
        filters,
    }
}

impl Memory {
    /// A list.
    pub fn new(fields: &'static [FilterField], sorts: &'static [&'static str], rows: Vec<Row>) -> Self {
        Self { fields, sorts, rows }
    }

    /// Asserts that a list answers so many drawn requests as memory does, a third of them at least with some of the
    /// rows, and that its pages have each row once.
    pub async fn assert_agrees(&self, requests: usize, list: &impl AsyncFn(ListRequest) -> ListPage<Uuid>) {
        assert!(self.rows.len() as u64 <= WHOLE, "{} rows", self.rows.len());
        let mut runner = TestRunner::deterministic();
        let mut partial = 0;
        for _ in 0..requests {
            let drawn = draw::request(self, &mut Choices::new(&mut runner));
            let expected = self.assert_answer(&drawn, list).await;
            let met = self.rows.iter().filter(|row| matches(&drawn.request.filters, *row)).count();
            partial += usize::from(!expected.items.is_empty() && met < self.rows.len());
        }
        assert!(partial * 3 >= requests, "only {partial} of {requests} answers had some of the rows");
        for &field in self.sorts {
            self.assert_pages(ListSort { field, descending: false }, Vec::new(), list).await;
            let filters = draw::filters(self, &mut Choices::new(&mut runner));
            self.assert_pages(ListSort { field, descending: true }, filters, list).await;
        }
    }

    /// Asserts that a search for the id of each row finds that row alone, and that ids of others find nothing.
    pub async fn assert_found_by_id(
        &self,
        others: &[Uuid],
        list: &impl AsyncFn(ListRequest) -> ListPage<Uuid>,
    ) {
        let ids = self.rows.iter().map(|row| row.id);
        for (id, is_row) in ids.map(|id| (id, true)).chain(others.iter().map(|id| (*id, false))) {
            for text in [id.to_string(), format!(" {} ", id.to_string().to_uppercase())] {
                let request = ListRequest { search: Some(text), ..whole(Vec::new()) };
                let found = Box::pin(list(request)).await;
                let expected: Vec<Uuid> = is_row.then_some(id).into_iter().collect();
                assert_eq!(found.items, expected, "{id}");
            }
        }
    }

    /// Asserts that both ways through the pages give each row once, in the order of memory.
    async fn assert_pages(
        &self,
        sort: ListSort,
        filters: Vec<Filter>,
        list: &impl AsyncFn(ListRequest) -> ListPage<Uuid>,
    ) {
        let all = ListRequest { sort, ..whole(filters) };
        let expected = self.answer(&all).items;
        // Four pages at most.
        let limit = (expected.len() as u64).div_ceil(4).max(1);
        for by_page in [true, false] {
            let mut next = ListRequest { limit, count: false, ..all.clone() };
            let mut read = Vec::new();
            loop {
                let query = draw::query_string(&next);
                let page = self.assert_answer(&Drawn { request: next.clone(), query }, list).await;
                read.extend(page.items);
                if !page.has_more {
                    break;
                }
                if by_page {
                    next.page += 1;
                } else {
                    next.after = read.last().copied();
                }
            }
            assert_eq!(read, expected, "{}", draw::query_string(&all));
        }
    }

    /// Asserts that a list answers a request as memory does, and returns the answer.
    async fn assert_answer(
        &self,
        drawn: &Drawn,
        list: &impl AsyncFn(ListRequest) -> ListPage<Uuid>,
    ) -> ListPage<Uuid> {
        let expected = self.answer(&drawn.request);
        let found = Box::pin(list(drawn.request.clone())).await;
        let query = &drawn.query;
        assert!(found == expected, "?{query}\nexpected {expected:?}\n   found {found:?}");
        expected
    }

    /// Answers a request in memory.
    fn answer(&self, request: &ListRequest) -> ListPage<Uuid> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_cached_key(|row| (row.sort_key(request.sort.field), row.id));
        if request.sort.descending {
            rows.reverse();
        }
        let after = request.after.and_then(|after| rows.iter().position(|row| row.id == after));
        let is_matched = |row: &&&Row| matches(&request.filters, **row);
        let total = rows.iter().filter(is_matched).count() as u64;
        let behind = after.map_or(0, |at| at + 1);
        let ids = rows[behind..].iter().filter(is_matched).map(|row| row.id).collect();
        let total = request.count.then(|| CappedCount::new(total));
        ListPage { total, ..ListPage::of_all(ids, request) }
    }
}
