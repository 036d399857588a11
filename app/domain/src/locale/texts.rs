//! The texts of one language.

use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::Timestamp;
use crate::unicode::strip_deceptive;

/// The value of a variable in a text.
#[derive(Debug, Clone, Copy)]
pub enum TextValue<'a> {
    /// A text, such as a name.
    Text(&'a str),
    /// A name within a sentence: of a domain, or one that a machine has given itself. Its direction, and characters
    /// that change the direction, do not reach the sentence.
    Name(&'a str),
    /// A number, which also selects the plural.
    Number(i64),
}

impl<'a> From<&'a str> for TextValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for TextValue<'_> {
    fn from(number: u32) -> Self {
        Self::Number(i64::from(number))
    }
}

/// The texts of one language. A missing text is taken from the fallback.
pub struct Texts {
    language: String,
    bundle: FluentBundle<FluentResource>,
    fallback: Option<Arc<Texts>>,
}

impl Texts {
    /// Creates the texts of a language, such as `de` or `pt-BR`.
    ///
    /// # Errors
    /// Returns a sentence that names the first fault: of the language, or of the line in `source`.
    pub(super) fn new(language: &str, source: &str, fallback: Option<Arc<Self>>) -> Result<Self, String> {
        let id: LanguageIdentifier =
            language.parse().map_err(|_| format!("“{language}” is no language, such as de or pt-BR"))?;
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
            let fault = errors.first().map(|error| (line_of(source, error.pos.start), error.to_string()));
            fault.map_or_else(|| "no Fluent".to_owned(), |(line, text)| format!("line {line}: {text}"))
        })?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Marks around each value would get into subjects of mails. `TextValue::Name` has them.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).map_err(|errors| {
            errors.first().map_or_else(|| "a text is there twice".to_owned(), ToString::to_string)
        })?;
        Ok(Self { language: language.to_owned(), bundle, fallback })
    }

    /// Returns the language, as in the HTML attribute `lang`.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Returns a text without variables.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.format(name, &[])
    }

    /// Returns a text with the values of its variables. A text that no language has is its name.
    #[must_use]
    pub fn format(&self, name: &str, values: &[(&str, TextValue<'_>)]) -> String {
        let own = self.own(name, values);
        let fallback = || self.fallback.as_ref().map(|fallback| fallback.format(name, values));
        own.or_else(fallback).unwrap_or_else(|| name.to_owned())
    }

    /// Returns a day in UTC as the language writes it.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        let date = at.date();
        let mut parts = date.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let year = year.unwrap_or(0).to_string();
        let values = [
            ("year", TextValue::Text(&year)),
            ("month", month.unwrap_or(0).into()),
            ("day", day.unwrap_or(0).into()),
        ];
        self.format("date", &values)
    }

    /// Returns a time in UTC as the language writes it, rounded up to the minute, so that the time has come then.
    #[must_use]
    pub fn date_and_time(&self, at: Timestamp) -> String {
        const MINUTE_MS: i64 = 60_000;
        let minutes = at.millis().saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS);
        let at = Timestamp::from_millis(minutes.saturating_mul(MINUTE_MS));
        let time: String = at.rfc3339().chars().skip(11).take(5).collect();
        let date = self.date(at);
        self.format("date-time", &[("date", date.as_str().into()), ("time", time.as_str().into())])
    }

    /// Returns the first fault of a text of this language with these values, such as a missing function.
    pub(super) fn fault(&self, name: &str, values: &[(&str, TextValue<'_>)]) -> Option<String> {
        self.formatted(name, values)?.err()
    }

    /// Returns a text of this language. `None` if it is missing or cannot be formatted.
    fn own(&self, name: &str, values: &[(&str, TextValue<'_>)]) -> Option<String> {
        self.formatted(name, values)?.ok()
    }

    fn formatted(&self, name: &str, values: &[(&str, TextValue<'_>)]) -> Option<Result<String, String>> {
        let pattern = self.bundle.get_message(name)?.value()?;
        let mut args = FluentArgs::new();
        for (variable, value) in values {
            let value = match value {
                TextValue::Text(text) => FluentValue::from(*text),
                TextValue::Name(name) => FluentValue::from(isolated(name)),
                TextValue::Number(number) => FluentValue::from(*number),
            };
            args.set(*variable, value);
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        Some(errors.first().map_or(Ok(text), |error| Err(error.to_string())))
    }
}

/// Returns a name between the marks that isolate its direction (Unicode Standard Annex 9, FSI and PDI).
fn isolated(name: &str) -> String {
    format!("\u{2068}{}\u{2069}", strip_deceptive(name))
}

/// Returns the number of the line that holds a byte of the source.
fn line_of(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
