//! Folding of texts for filters, which both databases can compute alike.

use crate::{folding, text_key};

/// How a text is folded before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folding {
    /// ASCII letters in lower case. SQLite's `lower()` does this, and PostgreSQL's under the collation `C`, so
    /// that a plain column can be compared.
    Ascii,
    /// All letters in lower case, as [`text_key::key`] makes the keys by which names are unique: for rows in memory,
    /// and for columns that hold such keys.
    Lower,
    /// The full folding of [`folding::fold`], for columns that hold folded text.
    Full,
}

impl Folding {
    /// Folds a text.
    #[must_use]
    pub fn fold(self, text: &str) -> String {
        match self {
            Self::Ascii => text.to_ascii_lowercase(),
            Self::Lower => text_key::key(text),
            Self::Full => folding::fold(text).trim_end().to_owned(),
        }
    }
}

/// Returns whether a text may be compared with stored texts. PostgreSQL refuses a text with NUL.
#[must_use]
pub fn is_safe_text(text: &str) -> bool {
    !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lower_case_is_that_of_every_script() {
        assert_eq!(Folding::Lower.fold("ÄRZTE GmbH"), "ärzte gmbh");
        assert_eq!(Folding::Ascii.fold("ÄRZTE GmbH"), "Ärzte gmbh");
        assert_eq!(Folding::Full.fold("ÄRZTE GmbH"), "arzte gmbh");
    }

    proptest! {
        #[test]
        fn lower_case_is_equal_where_names_clash(text in "\\PC{0,20}", other in "\\PC{0,20}") {
            let is_equal = Folding::Lower.fold(&text) == Folding::Lower.fold(&other);
            prop_assert_eq!(is_equal, text_key::key(&text) == text_key::key(&other));
            prop_assert_eq!(Folding::Lower.fold(&text), text_key::key(&text));
        }
    }
}
