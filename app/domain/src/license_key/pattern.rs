//! Patterns of new license keys: regular expressions of literals, character classes and `{n}`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::issued::IssuedKey;
use super::{KeyFormat, KeyPrefix};
use crate::FieldError;

/// The pattern of hexadecimal keys.
pub const HEX_PATTERN: &str = "^([A-F0-9]{6}-){5}[A-F0-9]{6}$";
/// What follows the prefix in the pattern of prefixed keys.
const PREFIXED_GROUPS: &str = "(-[0-9A-HJKMNP-TV-Z]{4}){4}$";
/// The prefixed pattern as the dashboard writes it.
const PREFIXED_SHAPE: &str = "-XXXX-XXXX-XXXX-XXXX";
/// Least randomness of a key, in bits.
const MIN_BITS: f64 = 64.0;
/// Bounds of a key, in characters.
const MIN_LEN: usize = 8;
const MAX_LEN: usize = 256;
/// Longest pattern, in bytes, and deepest nesting of its groups.
const MAX_PATTERN_LEN: usize = 512;
const MAX_DEPTH: usize = 8;

/// The pattern of a product's new keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPattern {
    /// Six groups of six hexadecimal digits.
    Hex,
    /// A prefix and four groups of base 32.
    Prefixed(KeyPrefix),
    /// Another pattern.
    Custom(CustomPattern),
}

impl KeyPattern {
    /// Parses a pattern. The built-in ones are recognized.
    ///
    /// # Errors
    /// Returns [`FieldError`] of `field` if the pattern has other parts, or its keys less than 64 random bits.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if text == HEX_PATTERN {
            return Ok(Self::Hex);
        }
        let bare = text.strip_prefix('^').unwrap_or(text);
        let prefix = bare.strip_suffix(PREFIXED_GROUPS).or_else(|| text.strip_suffix(PREFIXED_SHAPE));
        if let Some(prefix) = prefix.and_then(|prefix| KeyPrefix::parse(prefix).ok()) {
            return Ok(Self::Prefixed(prefix));
        }
        CustomPattern::parse(text).map(Self::Custom).map_err(|message| FieldError::new(field, message))
    }

    /// Parses a pattern, or the prefix of prefixed keys, as [`Self::short`] writes them. An empty text is the
    /// pattern of hexadecimal keys.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_short(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Hex);
        }
        match KeyPrefix::parse(text) {
            Ok(prefix) => Ok(Self::Prefixed(prefix)),
            Err(_) => Self::parse(field, text),
        }
    }

    /// Returns the prefix of prefixed keys, or else the regular expression.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Prefixed(prefix) => prefix.as_str().to_owned(),
            Self::Hex | Self::Custom(_) => self.to_string(),
        }
    }

    /// Builds the pattern from the stored format, prefix and custom pattern.
    #[must_use]
    pub fn from_parts(format: KeyFormat, prefix: &KeyPrefix, custom: Option<&CustomPattern>) -> Self {
        match (custom, format) {
            (Some(custom), _) => Self::Custom(custom.clone()),
            (None, KeyFormat::Hex) => Self::Hex,
            (None, KeyFormat::Prefixed) => Self::Prefixed(prefix.clone()),
        }
    }

    /// Returns format, prefix and custom pattern as they are stored. The prefix of a pattern without one is
    /// `None`.
    #[must_use]
    pub fn into_parts(self) -> (KeyFormat, Option<KeyPrefix>, Option<CustomPattern>) {
        match self {
            Self::Hex => (KeyFormat::Hex, None, None),
            Self::Prefixed(prefix) => (KeyFormat::Prefixed, Some(prefix), None),
            Self::Custom(custom) => (KeyFormat::Hex, None, Some(custom)),
        }
    }
}

/// The regular expression.
impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hex => f.write_str(HEX_PATTERN),
            Self::Prefixed(prefix) => write!(f, "^{}{PREFIXED_GROUPS}", prefix.as_str()),
            Self::Custom(custom) => f.write_str(&custom.text),
        }
    }
}

/// A pattern other than the built-in ones, and the symbols of its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomPattern {
    text: String,
    symbols: Vec<Symbol>,
}

/// A place of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Symbol {
    Literal(char),
    OneOf(Vec<char>),
}

impl CustomPattern {
    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_PATTERN_LEN {
            return Err(format!("A key pattern has at most {MAX_PATTERN_LEN} bytes."));
        }
        let body = text.strip_prefix('^').unwrap_or(text);
        let chars: Vec<char> = body.strip_suffix('$').unwrap_or(body).chars().collect();
        let mut parser = Parser { chars: &chars, at: 0 };
        let symbols = parser.sequence(0)?;
        if !(MIN_LEN..=MAX_LEN).contains(&symbols.len()) {
            return Err("The keys of this pattern must have 8 to 256 characters.".to_owned());
        }
        let bits: f64 = symbols.iter().map(Symbol::bits).sum();
        if bits < MIN_BITS {
            return Err("The keys of this pattern can be guessed: add characters until they hold 64 random \
                bits, such as [A-Z0-9]{13}."
                .to_owned());
        }
        let has_space = |symbol: Option<&Symbol>| match symbol {
            Some(Symbol::Literal(c)) => *c == ' ',
            Some(Symbol::OneOf(chars)) => chars.contains(&' '),
            None => false,
        };
        if has_space(symbols.first()) || has_space(symbols.last()) {
            return Err("A key must not begin or end with a space.".to_owned());
        }
        Ok(Self { text: text.to_owned(), symbols })
    }

    /// Returns the regular expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Makes a key. Each call of `random` must return 64 random bits.
    #[must_use]
    pub fn generate(&self, mut random: impl FnMut() -> u64) -> IssuedKey {
        let symbol = |symbol: &Symbol| match symbol {
            Symbol::Literal(c) => *c,
            Symbol::OneOf(chars) => {
                let index = (u128::from(random()) * chars.len() as u128) >> 64;
                chars.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or('0')
            }
        };
        IssuedKey::from_storage(self.symbols.iter().map(symbol).collect())
    }
}

impl TryFrom<String> for CustomPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<CustomPattern> for String {
    fn from(pattern: CustomPattern) -> Self {
        pattern.text
    }
}

impl Symbol {
    /// The random bits of the symbol, where keys are compared in upper case.
    #[allow(clippy::cast_precision_loss, reason = "a class has a few dozen characters")]
    fn bits(&self) -> f64 {
        match self {
            Self::Literal(_) => 0.0,
            Self::OneOf(chars) => {
                let mut upper: Vec<String> = chars.iter().map(|c| c.to_uppercase().collect()).collect();
                upper.sort_unstable();
                upper.dedup();
                (upper.len() as f64).log2()
            }
        }
    }
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
}

impl Parser<'_> {
    /// Parses until the end, or until the parenthesis that closes the group.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Symbol>, String> {
        let mut symbols = Vec::new();
        while let Some(c) = self.peek() {
            if c == ')' && depth > 0 {
                break;
            }
            let element = self.element(depth)?;
            let count = self.count()?;
            if symbols.len() + element.len() * count > MAX_LEN {
                return Err("The keys of this pattern are longer than 256 characters.".to_owned());
            }
            for _ in 0..count {
                symbols.extend(element.iter().cloned());
            }
        }
        Ok(symbols)
    }

    fn element(&mut self, depth: usize) -> Result<Vec<Symbol>, String> {
        match self.bump() {
            Some('(') if depth < MAX_DEPTH => {
                if self.chars[self.at..].starts_with(&['?', ':']) {
                    self.at += 2;
                }
                let group = self.sequence(depth + 1)?;
                match self.bump() {
                    Some(')') => Ok(group),
                    _ => Err("The key pattern has a parenthesis that is not closed.".to_owned()),
                }
            }
            Some('[') => Ok(vec![Symbol::OneOf(self.class()?)]),
            Some('\\') => match self.bump() {
                Some('d') => Ok(vec![Symbol::OneOf(('0'..='9').collect())]),
                Some(c) if c.is_ascii_punctuation() => Ok(vec![Symbol::Literal(c)]),
                _ => Err(unsupported()),
            },
            Some(c) if is_plain(c) => Ok(vec![Symbol::Literal(c)]),
            _ => Err(unsupported()),
        }
    }

    /// Parses a character class after its bracket.
    fn class(&mut self) -> Result<Vec<char>, String> {
        let mut chars: Vec<char> = Vec::new();
        loop {
            match self.bump() {
                Some(']') if !chars.is_empty() => break,
                Some('\\') => match self.bump() {
                    Some('d') => chars.extend('0'..='9'),
                    Some(c) if c.is_ascii_punctuation() => chars.push(c),
                    _ => return Err(unsupported()),
                },
                Some(c) if (c.is_ascii_graphic() || c == ' ') && !"[]^".contains(c) => {
                    let ends = self.peek() == Some('-')
                        && self.chars.get(self.at + 1).is_some_and(|end| *end != ']');
                    if !ends {
                        chars.push(c);
                        continue;
                    }
                    self.at += 1;
                    match self.bump() {
                        Some(end) if c.is_ascii_alphanumeric() && end.is_ascii_alphanumeric() && c <= end => {
                            chars.extend((c..=end).filter(char::is_ascii_alphanumeric));
                        }
                        _ => return Err(unsupported()),
                    }
                }
                _ => return Err(unsupported()),
            }
        }
        chars.sort_unstable();
        chars.dedup();
        Ok(chars)
    }

    /// Parses `{n}`, if it follows.
    fn count(&mut self) -> Result<usize, String> {
        if self.peek() != Some('{') {
            return Ok(1);
        }
        let digits: String =
            self.chars[self.at + 1..].iter().take_while(|c| c.is_ascii_digit()).take(4).collect();
        self.at += 1 + digits.len();
        match (self.bump(), digits.parse::<usize>()) {
            (Some('}'), Ok(count)) if (1..=MAX_LEN).contains(&count) => Ok(count),
            _ => Err(unsupported()),
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }
}

/// Returns whether the character stands for itself.
fn is_plain(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !"()[]{}\\^$.|?*+".contains(c)
}

fn unsupported() -> String {
    "A key pattern has literals, classes such as [A-Z0-9], groups and counts such as {4}.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn custom(text: &str) -> Result<CustomPattern, FieldError> {
        match KeyPattern::parse("keyPattern", text)? {
            KeyPattern::Custom(custom) => Ok(custom),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_prefix_is_short_for_its_pattern() {
        for text in ["LIC", HEX_PATTERN, "^TPL-[A-Z0-9]{16}$"] {
            let pattern = KeyPattern::parse_short("key", text).expect("a pattern");
            assert_eq!(pattern.short(), text);
        }
        assert_eq!(KeyPattern::parse_short("key", " "), Ok(KeyPattern::Hex));
        assert_eq!(KeyPattern::parse_short("key", "A-[0-9]{3}").expect_err("a fault").field, "key");
    }

    #[test]
    fn built_in_patterns_are_recognized() {
        assert_eq!(KeyPattern::parse("p", HEX_PATTERN), Ok(KeyPattern::Hex));
        let lic = KeyPattern::Prefixed(KeyPrefix::parse("LIC").expect("a prefix"));
        assert_eq!(lic.to_string(), "^LIC(-[0-9A-HJKMNP-TV-Z]{4}){4}$");
        for text in ["^LIC(-[0-9A-HJKMNP-TV-Z]{4}){4}$", "LIC-XXXX-XXXX-XXXX-XXXX"] {
            assert_eq!(KeyPattern::parse("p", text), Ok(lic.clone()), "{text}");
        }
    }

    #[test]
    fn keys_have_the_shape_of_their_pattern() {
        for (pattern, least, most) in [
            ("^AB-[A-Z0-9]{13}$", "AB-0000000000000", "AB-ZZZZZZZZZZZZZ"),
            (r"(?:\d{5}\.){4}[a-f]", "00000.00000.00000.00000.a", "99999.99999.99999.99999.f"),
            ("([A-C]-){41}x", &format!("{}x", "A-".repeat(41)), &format!("{}x", "C-".repeat(41))),
        ] {
            let pattern = custom(pattern).expect("a pattern");
            assert_eq!(pattern.generate(|| 0).expose(), least);
            assert_eq!(pattern.generate(|| u64::MAX).expose(), most);
        }
    }

    #[test]
    fn other_patterns_are_refused() {
        for bad in [
            "",
            "abc",
            "[A-Z]{13}",
            "[A-Za-z]{13}",
            "[A-Z0-9]+",
            ".{30}",
            "a|b",
            "([A-Z0-9]{20}",
            "[A-Z0-9]{20})",
            "[^A]{40}",
            "[]{40}",
            "[A-Z0-9]{300}",
            "[A-Z0-9]{20",
            "[Z-A]{40}",
            r"\w{40}",
            "[A-Z0-9 ]{13}",
            "ä[A-Z0-9]{20}",
        ] {
            assert_eq!(custom(bad).map_err(|e| e.field), Err("keyPattern"), "{bad}");
        }
        assert!(custom("[A-Za-z0-9]{13}").is_ok());
    }

    proptest! {
        #[test]
        fn generated_keys_can_be_looked_up_and_patterns_round_trip(
            groups in 2..6usize, len in 4..8usize, seed in any::<u64>()
        ) {
            let text = format!("^([A-HJ-NP-Z2-9]{{{len}}}-){{{groups}}}[A-Z0-9]{{13}}$");
            let pattern = custom(&text).expect("a pattern");
            let mut state = seed | 1;
            let key = pattern.generate(|| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); state });
            prop_assert!(IssuedKey::parse(key.expose()).is_ok() && key.lookup().is_plausible());
            prop_assert_eq!(key.expose().len(), (len + 1) * groups + 13);
            prop_assert_eq!(CustomPattern::try_from(String::from(pattern.clone())), Ok(pattern));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = KeyPattern::parse("keyPattern", &text);
        }
    }
}
