//! A word of a search.

use std::collections::BTreeSet;

use domain::folding::name_terms;
use domain::search::SearchText;
use uuid::Uuid;

use crate::listing::{MAX_WORDS, SearchWords};

/// A word of a search, with what it may mean.
pub(in crate::license::list_records) struct Word {
    words: SearchWords,
    text: SearchText,
}

impl Word {
    /// Splits a text into words.
    pub(super) fn all_of(text: &str) -> Vec<Self> {
        let word = |word: &str| Self { words: SearchWords::parse(Some(word)), text: SearchText::parse(word) };
        text.split_whitespace().map(word).filter(|word| !word.words.is_empty()).take(MAX_WORDS).collect()
    }

    /// Returns the beginnings of search terms of customers, organizations and tags.
    pub(super) fn beginnings(&self) -> Vec<&str> {
        self.words.prefixes().flatten().collect()
    }

    /// Returns whether the word begins one of the search terms of a row.
    pub(super) fn is_found_in(&self, id: Uuid, terms: &BTreeSet<String>) -> bool {
        self.words.are_found_in(id, terms)
    }

    /// Returns whether the word begins a word of a name.
    pub(super) fn is_in_name(&self, name: &str) -> bool {
        let terms = name_terms(name);
        self.beginnings().into_iter().any(|beginning| terms.iter().any(|term| term.starts_with(beginning)))
    }

    /// Returns the beginnings of domains.
    pub(super) fn beginnings_of_domains(&self) -> &[String] {
        &self.text.host_prefixes
    }

    /// Returns the hosts whose sub-domains the word finds.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.text.hosts.iter().map(domain::DomainName::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        let mut words = Word::all_of(text);
        assert_eq!(words.len(), 1, "{text}");
        words.remove(0)
    }

    #[test]
    fn a_word_begins_a_word_of_a_name() {
        for (text, name) in
            [("gm", "Ärzte GmbH"), ("ARZ", "Ärzte GmbH"), ("early-b", "Early-Bird"), ("bird", "early-bird")]
        {
            assert!(word(text).is_in_name(name), "{text}");
        }
        for (text, name) in [("rzte", "Ärzte GmbH"), ("mbh", "Ärzte GmbH"), ("x", "")] {
            assert!(!word(text).is_in_name(name), "{text}");
        }
    }

    #[test]
    fn a_word_of_a_host_finds_its_sub_domains() {
        let found = word("Shop.Example.com");
        assert!(found.beginnings_of_domains().iter().any(|start| start == "shop.example.com"));
        assert!(found.hosts().any(|host| host == "shop.example.com"));
        assert!(Word::all_of(" \u{200B} ").is_empty());
        assert_eq!(Word::all_of(&"a ".repeat(20)).len(), MAX_WORDS);
    }
}
