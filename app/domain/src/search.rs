//! Search texts: everything that a pasted text may mean, from a license key to a machine's host name.

use uuid::Uuid;

use crate::domain_name::authority;
use crate::folding::{fold, fold_name};
use crate::license::folded_value;
use crate::license_key::extract::{extract_keys, last_characters};
use crate::unicode::{nfkc, strip_deceptive};
use crate::{DomainName, Email, LicenseKey};

/// Longest text that is read, in characters.
const MAX_TEXT_LEN: usize = 500;
/// Maximum number of license keys, and of values of each other kind, searched for in one text.
const MAX_VALUES: usize = 4;
/// Maximum number of names of one host: with and without `www.`, and its parents.
const MAX_RELATED_HOSTS: usize = 12;
/// Shortest text that may be a fingerprint, in characters.
const MIN_FINGERPRINT_LEN: usize = 6;
/// Shortest word of a longer text that may be a fingerprint, in characters.
const MIN_FINGERPRINT_WORD_LEN: usize = 16;
/// Shortest start of a metadata value, in characters.
const MIN_METADATA_LEN: usize = 3;
/// Shortest start of a machine's host name, in characters.
const MIN_HOSTNAME_LEN: usize = 2;

/// What a search text may mean. Has no `Debug`, because it may hold license keys.
#[derive(Clone, Default)]
pub struct SearchText {
    text: String,
    has_key: bool,
    /// License keys that the text contains or may be.
    pub keys: Vec<LicenseKey>,
    /// Last four characters of license keys, in upper case.
    pub last_four: Vec<String>,
    /// Ids of a license, a customer, a product or an activation.
    pub ids: Vec<Uuid>,
    /// E-mail addresses.
    pub emails: Vec<Email>,
    /// Starts of search terms of customers: see [`crate::folding::customer_terms`].
    pub customer_terms: Vec<String>,
    /// The start of a product's name, folded.
    pub product_name: String,
    /// Hosts that the text contains or may be.
    pub hosts: Vec<DomainName>,
    /// Starts of domains, in lower case.
    pub host_prefixes: Vec<String>,
    /// Starts of machines' host names, in ASCII lower case.
    pub hostnames: Vec<String>,
    /// Fingerprints of machines, as sent.
    pub fingerprints: Vec<String>,
    /// The start of a value of a license's metadata, folded; empty if the text is too short.
    pub metadata_value: String,
}

impl SearchText {
    /// Reads a text. The result is empty if the text has no visible character.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text: String = strip_deceptive(text).trim().chars().take(MAX_TEXT_LEN).collect();
        let mut found = Self { text, ..Self::default() };
        if found.text.is_empty() {
            return found;
        }
        let text = found.text.clone();
        found.add_keys(&text);
        let typed: Vec<&str> = text.split_whitespace().filter(|word| !trim_word(word).is_empty()).collect();
        let words: Vec<&str> = typed.iter().copied().map(trim_word).collect();
        let is_one_word = words.len() == 1;
        let names: Vec<&str> =
            typed.into_iter().filter(|word| !found.add_word(trim_word(word), is_one_word)).collect();
        found.add_name(&names);
        if let [word] = words[..] {
            found.add_single_word(word);
        }
        found.add_machine(&text, &words);
        found.add_metadata(&text);
        found.bound();
        found
    }

    /// Returns whether there is nothing to search for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns a text for URLs: the same text, or if it contains a license key, the last four characters of
    /// the key with the addresses and hosts of the text.
    #[must_use]
    pub fn without_keys(&self) -> String {
        if !self.has_key {
            return self.text.clone();
        }
        let key = self.keys.first().map(|key| format!("…{}", key.last_four()));
        let emails = self.emails.iter().map(ToString::to_string);
        // A key is a valid host too.
        let hosts = self.hosts.iter().map(ToString::to_string).filter(|host| host.contains('.'));
        key.into_iter().chain(emails).chain(hosts).collect::<Vec<_>>().join(" ")
    }

    /// Returns the last four characters of the first license key that the text contains.
    #[must_use]
    pub fn key_shown(&self) -> Option<String> {
        self.keys.first().filter(|_| self.has_key).map(LicenseKey::last_four)
    }

    /// Returns every name under which a host of the text may be active: with and without `www.`, and its
    /// parents down to the registrable domain.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn related_hosts(&self) -> Vec<String> {
        let mut related = Vec::new();
        for host in &self.hosts {
            push_related(host.as_str(), &mut related);
        }
        related.truncate(MAX_RELATED_HOSTS);
        related
    }

    fn add_metadata(&mut self, text: &str) {
        if text.chars().count() >= MIN_METADATA_LEN {
            self.metadata_value = folded_value(text);
        }
    }

    fn add_keys(&mut self, text: &str) {
        self.keys = extract_keys(text);
        self.keys.truncate(MAX_VALUES);
        self.has_key = !self.keys.is_empty();
        // Keys of other systems have other shapes: the whole text may be one, or a word with a digit.
        let words = text.split_whitespace().filter(|word| word.contains(|c: char| c.is_ascii_digit()));
        for text in std::iter::once(text).chain(words) {
            if let Ok(key) = LicenseKey::parse(text)
                && key.is_plausible()
                && self.keys.len() < 2 * MAX_VALUES
                && !self.keys.contains(&key)
            {
                self.keys.push(key);
            }
        }
    }

    /// Adds the meaning that the form of a word gives it. Returns false if the word may be part of a name.
    fn add_word(&mut self, word: &str, is_one_word: bool) -> bool {
        let ids = word.split(|c: char| !(c.is_ascii_hexdigit() || c == '-')).filter(|part| part.len() >= 32);
        self.ids.extend(ids.filter_map(|part| Uuid::parse_str(part).ok()));
        if let Some(last_four) = last_characters(word).or_else(|| shown_last_four(word, is_one_word)) {
            self.last_four.push(last_four);
            return !is_one_word;
        }
        if word.contains('@') && !word.contains("://") {
            let email = email_in(word);
            // An address that is still being typed is the start of a term.
            self.customer_terms.push(fold(email));
            if let Ok(email) = Email::parse(email) {
                // The ASCII form of an international host is the stored one.
                self.customer_terms.push(email.as_str().to_owned());
                let host = email.as_str().rsplit_once('@').map(|(_, host)| DomainName::parse(host));
                self.hosts.extend(host.and_then(Result::ok));
                self.emails.push(email);
            }
            return true;
        }
        let is_host = ["://", ".", "。", "/"].iter().any(|mark| word.contains(mark));
        if is_host && let Ok(host) = DomainName::parse(word) {
            // A host may be part of a name too: "Acme.com Inc.".
            let is_part_of_name = !is_one_word && !word.contains("://");
            self.hosts.push(host);
            return !is_part_of_name;
        }
        false
    }

    fn add_name(&mut self, words: &[&str]) {
        let name = words.join(" ");
        let folded = fold_name(&name);
        self.customer_terms.push(folded.trim_end().to_owned());
        // "Lovelace, Ada", as address books sort it.
        if let Some((last, first)) = name.split_once(',') {
            self.customer_terms.push(fold_name(&format!("{first} {last}")).trim_end().to_owned());
        }
        let words: Vec<&str> = words.iter().copied().map(trim_word).collect();
        self.customer_terms.push(former_folding(&words.join(" ")));
        folded.trim_end().clone_into(&mut self.product_name);
    }

    fn add_single_word(&mut self, word: &str) {
        self.customer_terms.extend([fold(word), fold_name(word).trim_end().to_owned(), former_folding(word)]);
        if self.emails.is_empty() {
            let host = DomainName::parse(word).ok();
            let typed = authority(word).to_lowercase();
            let names = [Some(typed), host.as_ref().map(ToString::to_string)];
            for name in names.into_iter().flatten().filter(|name| !name.is_empty() && !name.contains('@')) {
                let name = without_www(&name).to_owned();
                self.customer_terms.push(name.clone());
                self.host_prefixes.extend([format!("www.{name}"), name]);
            }
            self.hosts.extend(host);
        }
        if self.product_name.is_empty() {
            fold_name(word).trim_end().clone_into(&mut self.product_name);
        }
    }

    fn add_machine(&mut self, text: &str, words: &[&str]) {
        let is_other = |word: &str| word.contains('@') || word.contains("://");
        let long = |word: &&str| word.chars().count() >= MIN_FINGERPRINT_WORD_LEN && !is_other(word);
        if text.chars().count() >= MIN_FINGERPRINT_LEN && !is_other(text) {
            self.fingerprints.push(text.to_owned());
        }
        self.fingerprints.extend(words.iter().filter(|word| long(word)).map(|word| (*word).to_owned()));
        let named = |word: &&str| word.contains(|c: char| c == '-' || c.is_ascii_digit());
        let hostnames = [text].into_iter().chain(words.iter().copied().filter(named));
        let hostnames = hostnames.filter(|name| name.chars().count() >= MIN_HOSTNAME_LEN && !is_other(name));
        self.hostnames = hostnames.map(str::to_ascii_lowercase).collect();
    }

    /// Removes repeated values, and those beyond the maximum.
    fn bound(&mut self) {
        fn bound<T: PartialEq>(values: &mut Vec<T>, max: usize) {
            let mut unique = Vec::new();
            for value in values.drain(..) {
                if unique.len() < max && !unique.contains(&value) {
                    unique.push(value);
                }
            }
            *values = unique;
        }
        self.customer_terms.retain(|term| !term.is_empty());
        bound(&mut self.customer_terms, 2 * MAX_VALUES);
        bound(&mut self.last_four, MAX_VALUES);
        bound(&mut self.ids, MAX_VALUES);
        bound(&mut self.emails, MAX_VALUES);
        bound(&mut self.hosts, MAX_VALUES);
        bound(&mut self.host_prefixes, MAX_VALUES);
        bound(&mut self.hostnames, MAX_VALUES);
        bound(&mut self.fingerprints, MAX_VALUES);
    }
}

/// Returns the folding of terms that nodes of the version before wrote.
#[must_use]
pub fn former_folding(text: &str) -> String {
    text.to_lowercase()
}

/// Removes brackets, quotes and the punctuation of a sentence around a word.
fn trim_word(word: &str) -> &str {
    let start = |c: char| "<([{\"'“”„«»‘’‹›".contains(c);
    let end = |c: char| start(c) || ">)]},;:.!?".contains(c);
    word.trim_start_matches(start).trim_end_matches(end)
}

/// Returns the address of a word such as `mailto:ada@example.com?subject=x`.
fn email_in(word: &str) -> &str {
    let scheme = "mailto:";
    let is_link = word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let address = if is_link { &word[scheme.len()..] } else { word };
    if is_link { address.split(['?', '&']).next().unwrap_or_default() } else { address }
}

/// Returns a word of four letters or digits in upper case, as the end of a key. Within a longer text only
/// one in upper case with a digit.
fn shown_last_four(word: &str, is_one_word: bool) -> Option<String> {
    let word = nfkc(word);
    let is_end = word.len() == 4 && word.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_shown = || {
        word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_uppercase())
            && !word.bytes().any(|b| b.is_ascii_lowercase())
    };
    (is_end && (is_one_word || is_shown())).then(|| word.to_ascii_uppercase())
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").filter(|rest| !rest.is_empty()).unwrap_or(host)
}

/// Appends the names of a host and of its parents, the nearest first.
#[cfg(not(target_family = "wasm"))]
fn push_related(host: &str, related: &mut Vec<String>) {
    let mut push = |name: &str| {
        if !related.iter().any(|known| known == name) {
            related.push(name.to_owned());
        }
    };
    push(host);
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let registrable = crate::SlotScope::RegistrableDomain.slot_of(host);
    let mut name = crate::SlotScope::Www.slot_of(host);
    loop {
        push(name);
        if name.contains('.') && !is_address {
            push(&format!("www.{name}"));
        }
        match name.split_once('.') {
            Some((_, parent)) if parent.len() >= registrable.len() && parent.ends_with(registrable) => {
                name = parent;
            }
            _ => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "LIC-A3F9-K2M7-P8X1-Q4R6";

    fn terms(text: &str) -> Vec<String> {
        SearchText::parse(text).customer_terms
    }

    #[test]
    fn keys_are_found_as_mails_hold_them() {
        for text in [
            KEY.to_owned(),
            format!("my key {} does not work", KEY.to_lowercase()),
            format!("Ada Keller <ada@example.com>, key: “{KEY}”."),
            KEY.replace('-', " "),
        ] {
            let found = SearchText::parse(&text);
            assert_eq!(found.keys.first().map(LicenseKey::expose), Some(KEY), "{text}");
            assert_eq!(found.key_shown().as_deref(), Some("Q4R6"));
            assert!(!found.without_keys().contains("K2M7"), "{text}");
        }
        let found = SearchText::parse(&format!("ada@example.com: {KEY} on shop.example.com"));
        assert_eq!(found.without_keys(), "…Q4R6 ada@example.com example.com shop.example.com");
        let again = SearchText::parse(&found.without_keys());
        assert_eq!(again.last_four, ["Q4R6"]);
        assert_eq!(again.emails.len() + again.hosts.len(), 3);
    }

    #[test]
    fn last_characters_are_found_alone_and_in_a_text() {
        for text in ["q4r6", "Q4R6", "…Q4R6", "LIC-••••-••••-••••-Q4R6", "the key that ends in Q4R6."]
        {
            assert_eq!(SearchText::parse(text).last_four, ["Q4R6"], "{text}");
        }
        assert!(SearchText::parse("does that work").last_four.is_empty());
    }

    #[test]
    fn addresses_are_found_with_name_and_link() {
        for text in [
            "ada@example.com",
            "Ada@Example.com",
            "mailto:ada@example.com",
            "MAILTO:ada@example.com?subject=Key",
            "<ada@example.com>",
            "Ada Keller <ada@example.com>",
            "\"Keller, Ada\" <mailto:ada@example.com>;",
        ] {
            let found = SearchText::parse(text);
            assert_eq!(found.emails.first().map(Email::as_str), Some("ada@example.com"), "{text}");
            assert!(found.customer_terms.contains(&"ada@example.com".to_owned()), "{text}");
        }
        assert!(terms("ada@exam").contains(&"ada@exam".to_owned()), "the start of an address");
        assert!(terms("ada@bücher.example").contains(&"ada@xn--bcher-kva.example".to_owned()));
        assert!(terms("\"Keller, Ada\" <ada@example.com>").contains(&"ada keller".to_owned()));
        assert!(terms("Ada Keller <ada@example.com>").contains(&"ada keller".to_owned()));
    }

    #[test]
    fn hosts_are_found_with_their_parents_and_www() {
        for text in [
            "shop.example.com",
            "https://shop.example.com/cart?x=1",
            "HTTPS://user@Shop.Example.com:8443",
            "it is refused on shop.example.com!",
            "(shop.example.com)",
        ] {
            let found = SearchText::parse(text);
            let expected = ["shop.example.com", "www.shop.example.com", "example.com", "www.example.com"];
            assert_eq!(found.related_hosts(), expected, "{text}");
        }
        for (text, expected) in [
            ("www.example.com", &["www.example.com", "example.com"][..]),
            ("bücher.example", &["xn--bcher-kva.example", "www.xn--bcher-kva.example"]),
            ("xn--bcher-kva.example", &["xn--bcher-kva.example", "www.xn--bcher-kva.example"]),
            (
                "shop.example.co.uk",
                &["shop.example.co.uk", "www.shop.example.co.uk", "example.co.uk", "www.example.co.uk"],
            ),
            ("127.0.0.1", &["127.0.0.1"]),
            ("http://localhost:3000/", &["localhost"]),
        ] {
            assert_eq!(SearchText::parse(text).related_hosts(), expected, "{text}");
        }
        let found = SearchText::parse("https://www.shop.exa");
        assert!(found.host_prefixes.contains(&"shop.exa".to_owned()));
        assert!(found.host_prefixes.contains(&"www.shop.exa".to_owned()));
        assert!(SearchText::parse("bücher").host_prefixes.contains(&"xn--bcher-kva".to_owned()));
    }

    #[test]
    fn names_are_folded() {
        for text in ["Zoë Müller", "zoe muller", "ZOE  MULLER", "Muller, Zoë"] {
            assert!(terms(text).contains(&"zoe muller".to_owned()), "{text}");
        }
        for text in ["O’Brien", "o'brien", "OBRIEN"] {
            assert!(terms(text).contains(&"obrien".to_owned()), "{text}");
        }
        assert!(terms("Müller").contains(&"müller".to_owned()), "the former folding");
        assert!(terms("Acme.com Inc").contains(&"acme com inc".to_owned()));
    }

    #[test]
    fn ids_and_machines_are_found() {
        let id = "01935b2e-7b5a-7c3d-8e4f-0123456789ab";
        for text in
            [id.to_owned(), id.replace('-', ""), format!("https://licenses.example.com/licenses/{id}?x=1")]
        {
            assert_eq!(
                SearchText::parse(&text).ids.first().map(Uuid::to_string).as_deref(),
                Some(id),
                "{text}"
            );
        }
        let found = SearchText::parse("BUILD-7");
        assert_eq!(found.hostnames, ["build-7"]);
        assert_eq!(found.fingerprints, ["BUILD-7"]);
        let found = SearchText::parse("Fingerprint 0123456789abcdef-Machine on Ada's PC-7");
        assert!(found.fingerprints.contains(&"0123456789abcdef-Machine".to_owned()));
        assert!(found.hostnames.contains(&"pc-7".to_owned()));
    }

    #[test]
    fn a_text_without_a_visible_character_is_empty() {
        for text in ["", "  ", "\u{200B}\0"] {
            let found = SearchText::parse(text);
            assert!(found.is_empty() && found.customer_terms.is_empty() && found.without_keys().is_empty());
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_and_bounded(text in any::<String>()) {
            let found = SearchText::parse(&text);
            prop_assert!(found.keys.len() <= MAX_VALUES + 1);
            prop_assert!(found.customer_terms.len() <= 2 * MAX_VALUES);
            prop_assert!(found.customer_terms.iter().all(|term| !term.is_empty()));
            prop_assert!(found.related_hosts().len() <= MAX_RELATED_HOSTS);
            let _ = found.without_keys();
        }

        #[test]
        fn no_key_gets_into_the_text_for_urls(random in any::<[u8; 10]>(), before in "[a-z ]{0,20}", after in "[a-z ,]{0,20}") {
            let key = LicenseKey::from_random(&crate::KeyPrefix::default(), random);
            let found = SearchText::parse(&format!("{before} {} {after}", key.expose()));
            prop_assert!(!found.without_keys().contains(&key.expose()[4..18]));
        }
    }
}
