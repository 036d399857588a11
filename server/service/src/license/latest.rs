//! The latest of what a license's page shows: a license may have a hundred thousand machines,
//! and each has its entry in the history.

/// Activations on the page, and entries of its history: what keeps the page below 40 kB, if
/// machines don't have very long names.
pub(super) const SHOWN: u64 = 15;

/// Of rows that were found with one more than is shown: takes that away, and tells the last
/// of the others, if there was one more.
pub(super) fn shown<T>(rows: &mut Vec<T>) -> Option<&T> {
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = rows.len() > shown;
    rows.truncate(shown);
    rows.last().filter(|_| more)
}
