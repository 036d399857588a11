//! Folding of text for searches: the same function when terms are stored and when they are searched.
//!
//! Folds by NFKD (Unicode Standard Annex 15), without accents, in the lower case of full case folding, so
//! that `Müller`, `MULLER` and `ｍüller` are one text. Each character is folded by itself. The folded start
//! of a text is therefore the start of the folded text, and a search by prefix finds it.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use crate::unicode::is_invisible;

/// Maximum number of search terms of one name. The later words of a longer name are found only after the
/// words before them.
const MAX_NAME_TERMS: usize = 16;
/// Shortest part of a host or a local part that is a term, in characters.
const MIN_PART_LEN: usize = 2;

/// Folds a text. White space becomes one space, and none at the start; dashes become `-`, apostrophes `'`,
/// quotation marks `"`, and invisible characters disappear.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| push_folded(c, &mut folded));
    folded
}

/// Folds a name of a person, a company or a product: [`fold`], where punctuation separates words and an
/// apostrophe joins them, so that `O'Brien & Sons` and `obrien sons` are one name.
#[must_use]
pub fn fold_name(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    for c in fold(name).chars().filter(|c| *c != '\'') {
        let is_separator = c == ' ' || c.is_ascii_punctuation();
        if !is_separator {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words
}

/// Returns the search terms of a name: the name from each of its words on, so that a prefix of a term is a
/// sequence of words. Hyphens and apostrophes separate words too.
#[must_use]
pub fn name_terms(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let is_separator = |c: char| c == ' ' || c.is_ascii_punctuation();
    let starts = folded.char_indices().filter(|(_, c)| is_separator(*c)).map(|(at, c)| at + c.len_utf8());
    let terms = std::iter::once(0).chain(starts).map(|at| fold_name(&folded[at..]).trim_end().to_owned());
    // Several separators in a row begin the same term.
    let mut unique = BTreeSet::new();
    for term in terms.filter(|term| !term.is_empty()) {
        if unique.len() == MAX_NAME_TERMS {
            break;
        }
        unique.insert(term);
    }
    unique
}

/// Returns the search terms of an e-mail address: the address, its host, and the later words of its local
/// part.
#[must_use]
pub fn email_terms(email: &str) -> BTreeSet<String> {
    let email = fold(email);
    let mut terms = BTreeSet::new();
    if let Some((local, host)) = email.rsplit_once('@') {
        let words = local.split(|c: char| c.is_ascii_punctuation()).skip(1);
        terms.extend(words.filter(|word| word.chars().count() >= MIN_PART_LEN).map(ToOwned::to_owned));
        terms.extend(Some(host.to_owned()).filter(|host| !host.is_empty()));
    }
    terms.insert(email);
    terms.iter().map(|term| term.trim().to_owned()).filter(|term| !term.is_empty()).collect()
}

/// Returns the search terms of a customer. A term that begins another one is left out, because a search by
/// prefix finds it there.
#[must_use]
pub fn customer_terms(name: Option<&str>, email: Option<&str>) -> BTreeSet<String> {
    let mut all = name.map(name_terms).unwrap_or_default();
    all.extend(email.map(email_terms).unwrap_or_default());
    // In order, a term that begins another one stands directly before such a term.
    let next: Vec<Option<String>> = all.iter().skip(1).cloned().map(Some).chain([None]).collect();
    let is_start = |term: &str, next: Option<&String>| next.is_some_and(|next| next.starts_with(term));
    all.iter()
        .zip(&next)
        .filter(|(term, next)| !is_start(term, next.as_ref()))
        .map(|(t, _)| t.clone())
        .collect()
}

/// Returns the stored version of [`customer_terms`]. It tells a customer that had no name, because a node of
/// the version before may add a name, whose terms it does not fold.
#[must_use]
pub fn terms_version(has_name: bool) -> i32 {
    if has_name { 2 } else { 1 }
}

/// Appends the folded form of one character.
fn push_folded(c: char, folded: &mut String) {
    if c.is_ascii() && !c.is_ascii_control() && c != ' ' {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    // Its compatibility form would be a space with an accent.
    if c == '\u{B4}' {
        folded.push('\'');
        return;
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(std::iter::once(c));
    for part in decomposed {
        if part.is_whitespace() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if !is_invisible(part) && !is_accent(part) {
            push_unaccented(part, folded);
        }
    }
}

fn push_unaccented(c: char, folded: &mut String) {
    match c {
        '\u{2018}'..='\u{201B}' | '\u{2B9}' | '\u{2BB}'..='\u{2BD}' | '\u{2032}' => {
            folded.push('\'');
        }
        '\u{201C}'..='\u{201F}' | '«' | '»' => folded.push('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' => folded.push('-'),
        // Letters whose stroke or ligature no normalization form takes off.
        'ł' | 'Ł' => folded.push('l'),
        'ø' | 'Ø' => folded.push('o'),
        'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
        'ħ' | 'Ħ' => folded.push('h'),
        'ŧ' | 'Ŧ' => folded.push('t'),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        'þ' | 'Þ' => folded.push_str("th"),
        // Full case folding: the lower case of the upper case of the lower case. The upper case expands
        // `ß` and merges both forms of sigma.
        _ => {
            let upper = c.to_lowercase().flat_map(char::to_uppercase);
            folded.extend(upper.flat_map(char::to_lowercase));
        }
    }
}

/// Returns whether the character is a mark at a letter that people leave out: accents, and the points of
/// Hebrew and Arabic. Marks that make another letter stay, such as those of Indic scripts and of kana.
fn is_accent(c: char) -> bool {
    !matches!(CanonicalCombiningClassMapBorrowed::new().get_u8(c), 0 | 6..=9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_fold_to_one_text() {
        for (folded, spellings) in [
            ("muller", &["Müller", "MÜLLER", "Mu\u{308}ller", "müller", "ＭＵＬＬＥＲ", "muller"][..]),
            ("strasse", &["Straße", "STRASSE", "STRAẞE", "strasse"]),
            ("σοφοσ", &["Σοφός", "ΣΟΦΟΣ", "σοφοσ"]),
            ("yildiz", &["Yıldız", "YILDIZ", "yıldız"]),
            ("istanbul", &["İstanbul", "ISTANBUL"]),
            ("o'brien", &["O'Brien", "O’Brien", "o\u{2BC}brien", "O‘BRIEN"]),
            ("anne-marie", &["Anne-Marie", "Anne\u{2010}Marie", "ANNE–MARIE", "Anne\u{AD}-Marie"]),
            ("lukasz", &["Łukasz", "lukasz"]),
            ("soren aero", &["Søren  Ærø", "soren\u{A0}aero", " SØREN\tÆRØ"]),
            ("andre", &["André", "Andre\u{301}", "ANDRÉ"]),
            ("שלום", &["שָׁלוֹם"]),
            ("", &["\u{200B}", "\u{FEFF}", " "]),
            ("fi", &["ﬁ", "FI"]),
        ] {
            for spelling in spellings {
                assert_eq!(fold(spelling), folded, "{spelling:?}");
            }
        }
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        for (one, other) in [("か", "が"), ("क", "क़"), ("ม", "มี")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn punctuation_separates_the_words_of_a_name() {
        for name in ["O'Brien & Sons, Ltd.", "O’BRIEN—Sons (Ltd)", "“O‘Brien” «Sons» Ltd", "obrien sons ltd"]
        {
            assert_eq!(fold_name(name).trim_end(), "obrien sons ltd", "{name}");
        }
        assert_eq!(fold_name("🦄"), "🦄");
    }

    #[test]
    fn a_name_is_a_term_from_each_word_on() {
        let terms: Vec<String> = name_terms("Anne-Marie O’Brien").into_iter().collect();
        assert_eq!(terms, ["anne marie obrien", "brien", "marie obrien", "obrien"]);
        assert_eq!(name_terms(&"a ".repeat(60)).len(), MAX_NAME_TERMS);
        assert!(name_terms(" - ").is_empty());
    }

    #[test]
    fn an_address_is_found_by_its_host_and_its_words() {
        let terms: Vec<String> = email_terms("grace.hopper+shop@navy.example").into_iter().collect();
        assert_eq!(terms, ["grace.hopper+shop@navy.example", "hopper", "navy.example", "shop"]);
    }

    #[test]
    fn a_term_that_begins_another_one_is_left_out() {
        let terms: Vec<String> =
            customer_terms(Some("Ada Adams"), Some("ada@acme.com")).into_iter().collect();
        assert_eq!(terms, ["acme.com", "ada adams", "ada@acme.com", "adams"]);
    }

    #[test]
    fn folding_of_every_character_is_idempotent() {
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            let once = fold(&format!("x{c}"));
            assert_eq!(fold(&once), once, "{c:?} U+{:04X}", u32::from(c));
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
            let once = fold_name(&text);
            prop_assert_eq!(fold_name(&once), once);
        }

        #[test]
        fn the_folded_start_is_the_start_of_the_folded_text(start in any::<String>(), rest in any::<String>()) {
            let text = format!("{start}{rest}");
            prop_assert!(fold(&text).starts_with(&fold(&start)));
            prop_assert!(fold_name(&text).starts_with(&fold_name(&start)));
        }

        #[test]
        fn every_word_of_a_name_begins_a_term(words in prop::collection::vec("[a-zäß’]{1,8}", 1..6)) {
            let terms = name_terms(&words.join(" "));
            for word in words {
                let word = fold_name(&word);
                prop_assert!(word.is_empty() || terms.iter().any(|term| term.starts_with(&word)), "{word} {terms:?}");
            }
        }

        #[test]
        fn terms_never_panic_and_are_folded(name in any::<String>(), email in any::<String>()) {
            for term in customer_terms(Some(&name), Some(&email)) {
                prop_assert!(!term.is_empty() && fold(&term) == term);
            }
        }
    }
}
