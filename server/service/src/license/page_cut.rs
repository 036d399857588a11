//! Some of many rows: found with one more than is shown, which tells whether there are others.
//! A license may have a hundred thousand machines, and each has its entry in the history.

/// Activations on the page, and entries of its history: what keeps the page below 40 kB, if
/// machines don't have very long names.
pub(super) const PAGE_SIZE: u64 = 15;

/// Leaves so many rows at most; whether there was one more.
pub(super) fn truncate_page<T>(rows: &mut Vec<T>, most: u64) -> bool {
    let more = rows.len() as u64 > most;
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    more
}

/// Leaves what a license's page shows; the last of it, if there was one more.
pub(super) fn truncate_to_page_size<T>(rows: &mut Vec<T>) -> Option<&T> {
    let more = truncate_page(rows, PAGE_SIZE);
    rows.last().filter(|_| more)
}
