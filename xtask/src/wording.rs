//! Refuses private words in comments and identifiers, so that one concept has one name. The words and their
//! replacements are in `xtask/banned-words.txt`. String literals are not checked, because they
//! contain stored values and texts for users.

use std::collections::HashMap;
use std::fs;

use crate::cmd::{Result, output, program, workspace_root};

const LIST: &str = "xtask/banned-words.txt";

/// Checks all tracked Rust, TypeScript and CSS files, and the texts of the OpenAPI document.
pub fn check() -> Result {
    let read = |file: &str| {
        fs::read_to_string(workspace_root().join(file)).map_err(|e| format!("{file} can't be read: {e}."))
    };
    let list = read(LIST)?;
    let words = BannedWords::parse(&list)?;
    let globs = ["ls-files", "-z", "--", "*.rs", "*.ts", "*.css", "*openapi.json"];
    let files = output(program("git").args(globs)).ok_or("`git ls-files` failed.")?;
    let mut found = Vec::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let text = read(file)?;
        let checked =
            Language::of(file).map_or_else(|| text.clone(), |language| language.mask_strings(&text));
        for (line, word, replacement) in words.find(&checked) {
            found.push(format!("{file}:{line}: `{word}`: {replacement}"));
        }
    }
    if found.is_empty() {
        println!("Wording: no banned word in comments and identifiers.");
        return Ok(());
    }
    Err(format!("{}\n\n{} banned words. See {LIST} for the replacements.", found.join("\n"), found.len()))
}

/// The banned phrases, by their first word.
struct BannedWords<'a>(HashMap<String, Vec<Phrase<'a>>>);

struct Phrase<'a> {
    /// The words after the first one.
    rest: Vec<String>,
    text: &'a str,
    replacement: &'a str,
}

impl<'a> BannedWords<'a> {
    /// Parses the list: a word or phrase, a tab, its replacement. Lines that begin with `#` are comments.
    fn parse(list: &'a str) -> Result<Self> {
        let mut phrases: HashMap<String, Vec<Phrase<'a>>> = HashMap::new();
        for line in list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (text, replacement) =
                line.split_once('\t').ok_or_else(|| format!("{LIST}: no tab in `{line}`."))?;
            let mut words = split_words(text).into_iter().map(|(_, word)| word);
            let first = words.next().ok_or_else(|| format!("{LIST}: no word in `{line}`."))?;
            phrases.entry(first).or_default().push(Phrase { rest: words.collect(), text, replacement });
        }
        Ok(Self(phrases))
    }

    /// Returns line, phrase and replacement of every match. A phrase may continue on the next line. Where one
    /// phrase contains another, only the longest is reported.
    fn find(&self, text: &str) -> Vec<(usize, &'a str, &'a str)> {
        let words = split_words(text);
        let (mut found, mut covered_until) = (Vec::new(), 0);
        for (index, (line, word)) in words.iter().enumerate() {
            let matches = self.0.get(word).into_iter().flatten().filter(|phrase| {
                let following = words[index + 1..].iter().map(|(_, word)| word);
                following.take(phrase.rest.len()).eq(&phrase.rest)
            });
            if let Some(phrase) = matches.max_by_key(|phrase| phrase.rest.len())
                && index + 1 + phrase.rest.len() > covered_until
            {
                covered_until = index + 1 + phrase.rest.len();
                found.push((*line, phrase.text, phrase.replacement));
            }
        }
        found
    }
}

/// Returns the lower-case words of a text with their line numbers. `snake_case` and `CamelCase` are split.
fn split_words(text: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for part in line.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
            let mut word = String::with_capacity(part.len());
            let mut previous_is_lower = false;
            for c in part.chars() {
                if c.is_uppercase() && previous_is_lower {
                    words.push((index + 1, std::mem::take(&mut word)));
                }
                previous_is_lower = !c.is_uppercase();
                word.extend(c.to_lowercase());
            }
            words.push((index + 1, word));
        }
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Rust,
    TypeScript,
    Css,
}

impl Language {
    fn of(file: &str) -> Option<Self> {
        match file.rsplit('.').next() {
            Some("rs") => Some(Self::Rust),
            Some("ts") => Some(Self::TypeScript),
            Some("css") => Some(Self::Css),
            _ => None,
        }
    }

    /// Replaces string and character literals by a space. Comments, identifiers and line breaks stay.
    fn mask_strings(self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (len, is_literal) =
                match self.literal_len(rest, text[..text.len() - rest.len()].chars().last()) {
                    Some(len) => (len, true),
                    None => (self.comment_len(rest).unwrap_or(first.len_utf8()), false),
                };
            let (token, following) = rest.split_at(len);
            if is_literal {
                masked.push(' ');
                masked.extend(token.chars().filter(|c| *c == '\n'));
            } else {
                masked.push_str(token);
            }
            rest = following;
        }
        masked
    }

    /// Returns the length of the comment at the start of `rest`.
    fn comment_len(self, rest: &str) -> Option<usize> {
        if rest.starts_with("//") && self != Self::Css {
            return Some(rest.find('\n').unwrap_or(rest.len()));
        }
        if !rest.starts_with("/*") {
            return None;
        }
        let (mut depth, mut position) = (1, 2);
        while depth > 0 {
            let Some(next) = rest[position..].find(['*', '/']) else { return Some(rest.len()) };
            position += next;
            if rest[position..].starts_with("*/") {
                depth -= 1;
                position += 2;
            } else if self == Self::Rust && rest[position..].starts_with("/*") {
                // Only Rust nests block comments.
                depth += 1;
                position += 2;
            } else {
                position += 1;
            }
        }
        Some(position)
    }

    /// Returns the length of the string or character literal at the start of `rest`.
    fn literal_len(self, rest: &str, previous: Option<char>) -> Option<usize> {
        match (self, rest.chars().next()?) {
            (_, '"') | (Self::TypeScript, '`') | (Self::TypeScript | Self::Css, '\'') => {
                Some(quoted_len(rest))
            }
            (Self::Rust, '\'') => char_len(rest),
            (Self::Rust, 'r') => {
                // `r`, `br` or `cr`, but not the last letter of an identifier.
                let is_prefix =
                    previous.is_none_or(|c| !(c.is_alphanumeric() || c == '_') || matches!(c, 'b' | 'c'));
                let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
                let body = rest[1 + hashes..].strip_prefix('"').filter(|_| is_prefix)?;
                let end = format!("\"{}", "#".repeat(hashes));
                let len = body.find(&end).map_or(body.len(), |at| at + end.len());
                Some(2 + hashes + len)
            }
            _ => None,
        }
    }
}

/// Returns the length of a quoted literal, with its quotes. A backslash escapes the next character.
fn quoted_len(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    let quote = chars.next().map(|(_, quote)| quote);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if Some(c) == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

/// Returns the length of a Rust character literal, or `None` for a lifetime.
fn char_len(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        return Some(quoted_len(rest));
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "adrift\tevicted\nthe door\tsign-in page\nwanted slot\tActivateDomain\nwanted\trequested\n";

    fn find(language: Language, text: &str) -> Vec<(usize, &'static str)> {
        let words = BannedWords::parse(LIST).expect("a valid list");
        words.find(&language.mask_strings(text)).into_iter().map(|(line, word, _)| (line, word)).collect()
    }

    fn rust(text: &str) -> Vec<(usize, &'static str)> {
        find(Language::Rust, text)
    }

    #[test]
    fn banned_words_are_found_in_comments_and_identifiers() {
        assert_eq!(
            rust("//! Adrift.\n\nlet adrift_bytes = 1; /* adrift */"),
            [(1, "adrift"), (3, "adrift"), (3, "adrift")]
        );
        assert_eq!(rust("/* a /* nested */ adrift */ fn f() {}"), [(1, "adrift")]);
    }

    #[test]
    fn phrases_match_in_every_case_style_and_across_lines() {
        assert_eq!(rust("struct TheDoor; const THE_DOOR: u8 = 1;"), [(1, "the door"), (1, "the door")]);
        assert_eq!(rust("// Opens the\n// door."), [(1, "the door")]);
        assert_eq!(rust("struct WantedSlot;"), [(1, "wanted slot")]);
        assert_eq!(rust("fn thedoor(adrifting: u8) { the(indoor) }"), []);
    }

    #[test]
    fn string_and_character_literals_are_not_checked() {
        assert_eq!(rust(r#"f("adrift", "a \" adrift", b"adrift", 'x', '"', "adrift");"#), []);
        assert_eq!(rust("f(r\"adrift\\\", br#\"adrift \" adrift\"#); g();"), []);
        assert_eq!(rust("let a = \"first\nadrift\";\n// adrift"), [(3, "adrift")]);
    }

    #[test]
    fn code_after_a_literal_is_checked() {
        assert_eq!(rust("f('\"', '\\'', r#\"a\"b\"#, \"\\\\\"); adrift()"), [(1, "adrift")]);
        assert_eq!(rust("fn f<'a>(x: &'a str) { adrift() }"), [(1, "adrift")]);
        assert_eq!(rust("let var = for_r; // it's \"quoted\nadrift()"), [(2, "adrift")]);
    }

    #[test]
    fn typescript_and_css_have_their_own_literals_and_comments() {
        let script = "f('adrift', `adrift\n`); // adrift";
        assert_eq!(find(Language::TypeScript, script), [(2, "adrift")]);
        let css = ".adrift { background: url(//x); content: 'adrift' } /* adrift */";
        assert_eq!(find(Language::Css, css), [(1, "adrift"), (1, "adrift")]);
    }

    #[test]
    fn every_line_of_the_list_has_a_word_and_a_replacement() {
        assert!(BannedWords::parse(include_str!("../banned-words.txt")).is_ok());
        assert!(BannedWords::parse("adrift").is_err());
    }
}
