//! Page cut: a query reads one row more than the page, which tells whether more rows exist. A
//! license may have a hundred thousand activations and audit entries.

/// Activations and timeline entries per page of a license. Keeps the page below 40 kB with usual
/// machine names.
pub(super) const PAGE_SIZE: u64 = 15;

/// Truncates `rows` to `max`. Returns whether there was one more.
pub(super) fn truncate_page<T>(rows: &mut Vec<T>, most: u64) -> bool {
    let more = rows.len() as u64 > most;
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    more
}

/// Truncates `rows` to the page size. Returns the last row if there was one more.
pub(super) fn truncate_to_page_size<T>(rows: &mut Vec<T>) -> Option<&T> {
    let more = truncate_page(rows, PAGE_SIZE);
    rows.last().filter(|_| more)
}
