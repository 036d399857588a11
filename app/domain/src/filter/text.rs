//! Folding of texts for filters, which both databases can compute alike.

use crate::folding;

/// How a text is folded before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folding {
    /// ASCII letters in lower case. SQLite's `lower()` does this, and PostgreSQL's under the collation `C`, so
    /// that a plain column can be compared.
    Ascii,
    /// The full folding of [`folding::fold`], for columns that hold folded text.
    Full,
}

impl Folding {
    /// Folds a text.
    #[must_use]
    pub fn fold(self, text: &str) -> String {
        match self {
            Self::Ascii => text.to_ascii_lowercase(),
            Self::Full => folding::fold(text).trim_end().to_owned(),
        }
    }
}

/// Returns whether a text may be compared with stored texts. PostgreSQL refuses a text with NUL.
#[must_use]
pub fn is_safe_text(text: &str) -> bool {
    !text.contains('\0')
}
