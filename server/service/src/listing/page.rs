//! The page of a request: from candidates, or by a walk in the order of the list.

use domain::filter::{CappedCount, ListPage, ListRequest, ListSort, MAX_COUNT, matches};
use uuid::Uuid;

use super::{ListRow, ListSource, MAX_ROWS_READ, Position, ROWS_PER_READ, SearchWords, too_wide};
use crate::{Error, Result};

/// Returns a page of a list.
///
/// # Errors
/// Returns an error of the field `after` if the list has no such row, of the field `filter` if too many rows would
/// have to be read, or an error of the database.
pub(crate) async fn list<S: ListSource>(source: &S, request: &ListRequest) -> Result<ListPage<S::Row>> {
    let words = SearchWords::parse(request.search.as_deref());
    let after = position_after(source, request).await?;
    if request.filters.is_empty() && words.is_empty() {
        return plain_page(source, request, after).await;
    }
    match source.candidates(&request.filters, &words).await? {
        Some(ids) => page_of_candidates(source, request, &words, ids, after).await,
        None => walked_page(source, request, &words, after).await,
    }
}

fn is_found<S: ListSource>(row: &S::Row, request: &ListRequest, words: &SearchWords) -> bool {
    ListRow::is_found_by(row, words) && matches(&request.filters, row)
}

async fn position_after<S: ListSource>(source: &S, request: &ListRequest) -> Result<Option<Position>> {
    let Some(id) = request.after else { return Ok(None) };
    let rows = source.load(&[id]).await?;
    let row = rows.first().ok_or_else(|| Error::invalid("after", "This list has no object with this id."))?;
    Ok(Some(ListRow::position(row, request.sort)))
}

/// A page without filters: a range of one index.
async fn plain_page<S: ListSource>(
    source: &S,
    request: &ListRequest,
    after: Option<Position>,
) -> Result<ListPage<S::Row>> {
    let rows = request.limit.saturating_add(1);
    let items = source.read(request.sort, after.as_ref(), request.offset(), rows).await?;
    let total = if request.count { Some(CappedCount::new(source.count(MAX_COUNT + 1).await?)) } else { None };
    Ok(cut(items, request, total))
}

/// Returns the first rows, of which one more than the page has was read.
fn cut<T>(mut items: Vec<T>, request: &ListRequest, total: Option<CappedCount>) -> ListPage<T> {
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    ListPage { items, has_more, total }
}

async fn page_of_candidates<S: ListSource>(
    source: &S,
    request: &ListRequest,
    words: &SearchWords,
    ids: Vec<Uuid>,
    after: Option<Position>,
) -> Result<ListPage<S::Row>> {
    let mut found = Vec::new();
    for some in ids.chunks(ROWS_PER_READ) {
        let rows = source.load(some).await?;
        found.extend(rows.into_iter().filter(|row| is_found::<S>(row, request, words)));
    }
    let sort = request.sort;
    found.sort_by_cached_key(|row| ListRow::position(row, sort));
    if sort.descending {
        found.reverse();
    }
    let total = request.count.then(|| CappedCount::new(found.len() as u64));
    if let Some(after) = &after {
        found.retain(|row| is_behind(&ListRow::position(row, sort), after, sort));
    }
    Ok(ListPage { total, ..ListPage::of_all(found, request) })
}

fn is_behind(position: &Position, after: &Position, sort: ListSort) -> bool {
    if sort.descending { position < after } else { position > after }
}

async fn walked_page<S: ListSource>(
    source: &S,
    request: &ListRequest,
    words: &SearchWords,
    after: Option<Position>,
) -> Result<ListPage<S::Row>> {
    let total = if request.count { Some(count_by_walk(source, request, words).await?) } else { None };
    let skipped = usize::try_from(request.offset()).unwrap_or(usize::MAX);
    let wanted = usize::try_from(request.limit).unwrap_or(usize::MAX).saturating_add(1);
    let mut walk = Walk { source, sort: request.sort, position: after, read: 0 };
    let (mut matched, mut items) = (0_usize, Vec::new());
    while let Some(rows) = walk.read_more().await? {
        for row in rows {
            if items.len() < wanted && is_found::<S>(&row, request, words) {
                matched += 1;
                if matched > skipped {
                    items.push(row);
                }
            }
        }
        if items.len() == wanted {
            break;
        }
        if walk.read >= MAX_ROWS_READ {
            return Err(too_wide());
        }
    }
    Ok(cut(items, request, total))
}

/// Counts the rows that a walk finds. The count is capped where the walk ends early.
async fn count_by_walk<S: ListSource>(
    source: &S,
    request: &ListRequest,
    words: &SearchWords,
) -> Result<CappedCount> {
    let mut walk = Walk { source, sort: request.sort, position: None, read: 0 };
    let mut rows_found = 0;
    while let Some(rows) = walk.read_more().await? {
        rows_found += rows.iter().filter(|row| is_found::<S>(row, request, words)).count() as u64;
        if walk.read >= MAX_ROWS_READ {
            return Ok(CappedCount { rows: rows_found, is_capped: true });
        }
    }
    Ok(CappedCount::new(rows_found))
}

/// A walk through the rows of an account in an order.
struct Walk<'a, S> {
    source: &'a S,
    sort: ListSort,
    position: Option<Position>,
    read: usize,
}

impl<S: ListSource> Walk<'_, S> {
    /// Returns the next rows. `None` after the last one.
    async fn read_more(&mut self) -> Result<Option<Vec<S::Row>>> {
        let rows = self.source.read(self.sort, self.position.as_ref(), 0, ROWS_PER_READ as u64).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.position = Some(ListRow::position(last, self.sort));
        self.read += rows.len();
        Ok(Some(rows))
    }
}

/// All rows of a list, batch by batch, for an export: its memory does not grow with their number.
pub(crate) struct Batches {
    words: SearchWords,
    /// The ids of candidates that are not read yet.
    candidates: Option<Vec<Uuid>>,
    position: Option<Position>,
    is_done: bool,
}

impl Batches {
    /// Begins an export of the filters and the search of a request.
    pub async fn begin<S: ListSource>(source: &S, request: &ListRequest) -> Result<Self> {
        let words = SearchWords::parse(request.search.as_deref());
        let mut candidates = source.candidates(&request.filters, &words).await?;
        if let Some(ids) = &mut candidates {
            ids.sort_unstable();
        }
        Ok(Self { words, candidates, position: None, is_done: false })
    }

    /// Returns the rows of the next batch, which may be none. `None` after the last batch.
    pub async fn next_batch<S: ListSource>(
        &mut self,
        source: &S,
        request: &ListRequest,
    ) -> Result<Option<Vec<S::Row>>> {
        if self.is_done {
            return Ok(None);
        }
        let rows = if let Some(ids) = &mut self.candidates {
            let some: Vec<Uuid> = ids.drain(..ids.len().min(ROWS_PER_READ)).collect();
            self.is_done = ids.is_empty();
            source.load(&some).await?
        } else {
            let rows = source.read(request.sort, self.position.as_ref(), 0, ROWS_PER_READ as u64).await?;
            self.is_done = rows.len() < ROWS_PER_READ;
            if let Some(last) = rows.last() {
                self.position = Some(ListRow::position(last, request.sort));
            }
            rows
        };
        let words = &self.words;
        Ok(Some(rows.into_iter().filter(|row| is_found::<S>(row, request, words)).collect()))
    }
}
