//! Cells of CSV files (RFC 4180) that spreadsheets open.

use std::borrow::Cow;

/// First characters by which spreadsheets take a cell for a formula (OWASP, "CSV Injection").
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Returns the text with an apostrophe before it if a spreadsheet would take it for a formula. A text
/// that begins with an apostrophe gets another one, so that [`unguard`] restores every text.
#[must_use]
pub fn guard(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_STARTS) || text.starts_with('\'') {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Removes the apostrophe that [`guard`] has added.
#[must_use]
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(FORMULA_STARTS) || text.starts_with('\'') => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 170", "'+49 170"),
            ("-1", "'-1"),
            ("@cmd", "'@cmd"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("Ada", "Ada"),
            ("", ""),
        ] {
            assert_eq!(guard(text), cell);
        }
        assert_eq!(unguard("'tis"), "'tis", "an apostrophe of a name");
    }

    proptest! {
        #[test]
        fn guarded_texts_round_trip(text in "[=+@'\t\r-]{0,3}\\PC*") {
            let cell = guard(&text);
            prop_assert_eq!(unguard(&cell), text.as_str());
            prop_assert!(!cell.starts_with(FORMULA_STARTS));
        }
    }
}
