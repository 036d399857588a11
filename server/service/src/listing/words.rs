//! The words of a search: each must begin a word of what a row is found by.

use std::collections::BTreeSet;

use domain::folding::{fold, fold_name};
use uuid::Uuid;

/// Words that are read of a search. More find nothing better.
pub(crate) const MAX_WORDS: usize = 8;

/// A word in its two foldings: as it is, for addresses, and without punctuation, for names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    folded: String,
    name: String,
}

/// A search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SearchWords {
    words: Vec<Word>,
    id: Option<Uuid>,
}

impl SearchWords {
    /// Splits a text into words. A text that is an id finds that row alone.
    pub fn parse(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default().trim();
        let words = text.split_whitespace().map(|word| Word {
            folded: fold(word).trim_end().to_owned(),
            name: fold_name(word).trim_end().to_owned(),
        });
        let words = words.filter(|word| !word.folded.is_empty()).take(MAX_WORDS).collect();
        Self { words, id: Uuid::parse_str(text).ok() }
    }

    /// Returns whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the id that is searched for.
    pub fn id(&self) -> Option<Uuid> {
        self.id
    }

    /// Returns the prefixes of terms that each word means.
    pub fn prefixes(&self) -> impl Iterator<Item = Vec<&str>> {
        self.words.iter().map(|word| {
            let mut meanings = vec![word.folded.as_str()];
            if word.name != word.folded && !word.name.is_empty() {
                meanings.push(&word.name);
            }
            meanings
        })
    }

    /// Returns whether each word begins a term.
    pub fn are_found_in(&self, id: Uuid, terms: &BTreeSet<String>) -> bool {
        if self.id.is_some() {
            return self.id == Some(id);
        }
        let begins = |meaning: &str| terms.iter().any(|term| term.starts_with(meaning));
        self.prefixes().all(|meanings| meanings.into_iter().any(begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::folding::customer_terms;

    fn is_found(search: &str) -> bool {
        let terms = customer_terms(Some("Anne-Marie O’Brien"), Some("anne+shop@acme.example"));
        SearchWords::parse(Some(search)).are_found_in(Uuid::nil(), &terms)
    }

    #[test]
    fn each_word_must_begin_a_word() {
        for search in ["anne", "O'BRI", "brien anne", "acme.ex", "anne+shop@acme", "marie a", ""] {
            assert!(is_found(search), "{search}");
        }
        for search in ["nne", "anne bob", "rien"] {
            assert!(!is_found(search), "{search}");
        }
    }

    #[test]
    fn an_id_finds_its_row_alone() {
        let id = Uuid::from_u128(7);
        let words = SearchWords::parse(Some(&id.to_string()));
        assert!(words.are_found_in(id, &BTreeSet::new()));
        assert!(!words.are_found_in(Uuid::nil(), &BTreeSet::new()));
        assert!(SearchWords::parse(Some(" \u{200B} ")).is_empty());
    }
}
