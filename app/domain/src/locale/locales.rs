//! The languages of this instance: those of the binary, and those of the operator's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::accept_language::accepted;
use super::messages::variables;
use super::texts::{TextValue, Texts};

/// The language of the binary that has all texts.
const ENGLISH: (&str, &str) = ("en", include_str!("../../../locales/en/manage.ftl"));
/// The other languages of the binary.
const OTHERS: [(&str, &str); 1] = [("de", include_str!("../../../locales/de/manage.ftl"))];

/// The texts of all languages.
#[derive(Clone)]
pub struct Locales {
    /// The default and the fallback: the texts of the binary, with those of the operator in their place.
    english: Arc<Texts>,
    /// By language, in lower case.
    languages: BTreeMap<String, Arc<Texts>>,
}

impl Locales {
    /// Returns the languages of the binary.
    ///
    /// # Errors
    /// Returns a sentence if a file of the binary is no Fluent, which a test excludes.
    pub fn built_in() -> Result<Self, String> {
        let (language, source) = ENGLISH;
        let english = Arc::new(Texts::new(language, source, None)?);
        let languages = BTreeMap::from([(language.to_owned(), Arc::clone(&english))]);
        let mut locales = Self { english, languages };
        for (language, source) in OTHERS {
            locales.add(language, source)?;
        }
        Ok(locales)
    }

    /// Adds a language, or replaces texts of a language. Texts that `source` lacks stay as they are in the
    /// binary, or are English. English must be added first, because further languages fall back to it.
    ///
    /// # Errors
    /// Returns a sentence that names the first fault: a line that is no Fluent, a text that no page shows, a
    /// variable that the English text does not have, or a function or a text that is not there.
    pub fn add(&mut self, language: &str, source: &str) -> Result<(), String> {
        let fallback = self.languages.get(&language.to_ascii_lowercase()).unwrap_or(&self.english);
        let texts = Texts::new(language, source, Some(Arc::clone(fallback)))?;
        let known = variables(ENGLISH.1);
        for (name, used) in variables(source) {
            let Some(variables) = known.get(&name) else {
                return Err(format!("no page shows the text {name}"));
            };
            if let Some(unknown) = used.difference(variables).next() {
                return Err(format!("the text {name} has no variable ${unknown}"));
            }
            if let Some(fault) = fault_of(&texts, &name, variables) {
                return Err(format!("the text {name} can't be shown: {fault}"));
            }
        }
        let (language, texts) = (language.to_ascii_lowercase(), Arc::new(texts));
        if language == ENGLISH.0 {
            self.english = Arc::clone(&texts);
        }
        self.languages.insert(language, texts);
        Ok(())
    }

    /// Returns the tag of each language and its name in the language itself.
    #[must_use]
    pub fn languages(&self) -> Vec<(String, String)> {
        let named = |texts: &Arc<Texts>| (texts.language().to_owned(), texts.text("language-name"));
        self.languages.values().map(named).collect()
    }

    /// Returns the texts of the language that a customer chose, or else the first that the browser accepts,
    /// or else English.
    #[must_use]
    pub fn choose(&self, chosen: Option<&str>, accept_language: Option<&str>) -> Arc<Texts> {
        let chosen = chosen.and_then(|language| self.find(&language.to_ascii_lowercase()));
        let of_browser = || accepted(accept_language?).iter().find_map(|language| self.find(language));
        Arc::clone(chosen.or_else(of_browser).unwrap_or(&self.english))
    }

    /// Returns whether there are texts in exactly this language.
    #[must_use]
    pub fn has(&self, language: &str) -> bool {
        self.languages.contains_key(&language.to_ascii_lowercase())
    }

    /// Finds a language, or the language without its region: `de` for `de-at`.
    fn find(&self, language: &str) -> Option<&Arc<Texts>> {
        let without_region = language.split('-').next()?;
        self.languages.get(language).or_else(|| self.languages.get(without_region))
    }
}

/// Formats a text with samples: numbers choose among plurals and months, and a word stands for names. Returns
/// the first fault.
fn fault_of(texts: &Texts, name: &str, variables: &BTreeSet<String>) -> Option<String> {
    let mut samples = (0..=12).map(TextValue::Number).chain([TextValue::Text("x")]);
    samples.find_map(|sample| {
        let values: Vec<_> = variables.iter().map(|variable| (variable.as_str(), sample)).collect();
        texts.fault(name, &values)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn locales() -> Locales {
        Locales::built_in().expect("languages")
    }

    #[test]
    fn languages_have_the_same_texts_and_variables() {
        let english = variables(ENGLISH.1);
        assert!(english.len() > 40, "{}", english.len());
        for (language, source) in OTHERS {
            assert_eq!(variables(source), english, "{language}");
        }
    }

    #[test]
    fn every_text_can_be_formatted() {
        let locales = locales();
        for (language, _) in locales.languages() {
            let texts = locales.choose(Some(&language), None);
            for (name, variables) in variables(ENGLISH.1) {
                let values: Vec<_> =
                    variables.iter().map(|name| (name.as_str(), TextValue::Number(2))).collect();
                assert_ne!(texts.format(&name, &values), name, "{language}");
            }
        }
    }

    #[test]
    fn language_is_chosen_or_accepted() {
        let locales = locales();
        let language = |chosen, accepted| locales.choose(chosen, accepted).language().to_owned();
        assert_eq!(language(None, Some("fr, de-AT;q=0.9, en;q=0.1")), "de");
        assert_eq!(language(Some("en"), Some("de")), "en");
        assert_eq!(language(Some("xx"), Some("de")), "de", "a language that is gone");
        assert_eq!(language(None, Some("fr")), "en");
        assert_eq!(language(None, None), "en");
    }

    #[test]
    fn dates_follow_the_language() {
        let at = Timestamp::from_millis(1_798_761_599_000);
        let date = |language| locales().choose(Some(language), None).date(at);
        assert_eq!((date("en"), date("de")), ("31 December 2026".to_owned(), "31. Dezember 2026".to_owned()));
    }

    #[test]
    fn names_do_not_change_the_direction_of_a_sentence() {
        let english = locales().choose(Some("en"), None);
        let free = |name| english.format("free-button", &[("name", TextValue::Name(name))]);
        assert_eq!(free("shop.example"), "Free \u{2068}shop.example\u{2069}");
        assert_eq!(free("\u{202E}po\u{2069}hs"), "Free \u{2068}pohs\u{2069}");
    }

    #[test]
    fn times_are_rounded_up_and_name_utc() {
        let at = |text: &str, language| {
            let at = Timestamp::parse_expiry(text).expect("a time");
            locales().choose(Some(language), None).date_and_time(at)
        };
        assert_eq!(at("2026-12-05T18:00:00Z", "en"), "5 December 2026, 18:00 UTC");
        assert_eq!(at("2026-12-31T23:59:01Z", "en"), "1 January 2027, 00:00 UTC");
        assert_eq!(at("2026-12-05T18:00:00Z", "de"), "5. Dezember 2026, 18:00 Uhr UTC");
    }

    #[test]
    fn added_language_falls_back_to_english() {
        let mut locales = locales();
        locales.add("fr", "language-name = Français\n").expect("a language");
        let texts = locales.choose(None, Some("fr-CA"));
        assert_eq!((texts.language(), texts.text("language-name").as_str()), ("fr", "Français"));
        let english = locales.choose(Some("en"), None);
        assert_eq!(texts.text("key-label"), english.text("key-label"));
        locales.add("de", "key-label = Schlüssel\n").expect("one text");
        let german = locales.choose(Some("de"), None);
        assert_eq!(
            (german.text("key-label").as_str(), german.text("language-name").as_str()),
            ("Schlüssel", "Deutsch")
        );
    }

    #[test]
    fn english_texts_of_the_operator_are_the_fallback() {
        let mut locales = locales();
        locales.add("en", "key-label = Serial number\n").expect("one text");
        locales.add("fr", "language-name = Français\n").expect("a language");
        for accepted in ["es", "fr", "en"] {
            assert_eq!(locales.choose(None, Some(accepted)).text("key-label"), "Serial number", "{accepted}");
        }
        assert_eq!(locales.choose(None, Some("de")).text("key-label"), "Lizenzschlüssel");
    }

    #[test]
    fn texts_may_hold_braces_in_quotes() {
        let mut locales = locales();
        locales
            .add("fr", "key-label = { \"{\" }\nslots-used = { $used } / { $limit }\n")
            .expect("a language");
        assert_eq!(locales.choose(Some("fr"), None).text("key-label"), "{");
    }

    #[test]
    fn faults_of_a_file_are_named() {
        for (language, source, fault) in [
            ("fr", "key-label = Clé\n= x\n", "line 2"),
            ("fr", "no-such-text = x\n", "no-such-text"),
            ("fr", "key-label = { $nothing }\n", "$nothing"),
            ("fr", "slots-used = { NUMBER($used) } / { $limit }\n", "slots-used"),
            ("fr", "key-label = { no-such-text }\n", "no-such-text"),
            ("fr", "key-label = { -no-such-term }\n", "-no-such-term"),
            (
                "fr",
                "slots-unlimited = { $used ->\n    [one] { nothing }\n   *[other] { $used }\n  }\n",
                "nothing",
            ),
            ("not a language", "key-label = x\n", "not a language"),
        ] {
            let error = locales().add(language, source).expect_err(fault);
            assert!(error.contains(fault), "{error}");
        }
    }
}
