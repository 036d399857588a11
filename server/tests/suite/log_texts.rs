//! The log's errors, warnings and notices are those of the documentation.

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

const OPERATIONS: &str = include_str!("../../../docs/operations.md");
/// The folders whose code logs, from that of this crate on.
const FOLDERS: [&str; 5] = ["src", "service/src", "../app/src", "../app/domain/src", "../migrations/src"];
/// Levels that need a line. Texts of `debug` are listed where they help.
const MACROS: [&str; 3] = ["tracing::error!(", "tracing::warn!(", "tracing::info!("];

/// Texts that are a value as a whole: notices to the operator.
const VALUES: [&str; 1] = ["{text}"];
/// The length of a part between values that tells texts apart.
const MIN_PART_LEN: usize = 8;

/// Returns the files of Rust in a folder and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Reads a literal text behind its first quote.
fn literal(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                // A text goes on behind the indent of its next line.
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some(escaped) => text.push(escaped),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

/// Returns the text of a call from its arguments on: the last literal that is an argument itself.
fn message(arguments: &str) -> Option<String> {
    let (mut chars, mut depth, mut last) = (arguments.chars().peekable(), 1, None);
    while let Some(c) = chars.next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '"' => {
                let text = literal(&mut chars);
                if depth == 1 {
                    last = Some(text);
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    last
}

/// Returns the texts between the values of a text, without the punctuation at their ends.
fn fixed_parts(text: &str) -> Vec<&str> {
    text.split('{')
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once('}').map_or(part, |(_, rest)| rest) })
        .map(|part| part.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation()))
        .collect()
}

/// Returns whether the section has a text: as a whole, or by each longer part between its values. A text of values
/// alone would hide whatever it tells.
fn is_listed(logs: &str, text: &str) -> bool {
    if !text.contains('{') {
        return logs.contains(text);
    }
    let parts: Vec<&str> = fixed_parts(text).into_iter().filter(|part| part.len() >= MIN_PART_LEN).collect();
    VALUES.contains(&text) || !parts.is_empty() && parts.iter().all(|part| logs.contains(part))
}

#[test]
fn texts_with_values_are_found_by_their_parts() {
    let logs = "| `certificate not issued` | `final flush exceeded the time; counts are lost` |";
    assert!(is_listed(logs, "certificate not issued: {text}"));
    assert!(is_listed(logs, "final flush exceeded the time {TIMEOUT:?}; counts are lost"));
    for other in [
        "certificate issued",
        "{kind} failed",
        "{error}",
        "{a} of {b}",
        "final flush exceeded {n}; all is well",
    ] {
        assert!(!is_listed(logs, other), "{other}");
    }
    assert!(is_listed(logs, "{text}"), "a notice to the operator");
}

#[test]
fn message_is_the_last_text_of_a_call() {
    let call =
        "%error, path = shown(\"x\"), \"it \\\"failed\\\"; \\\n        retried in 1 s\"); other(\"y\")";
    assert_eq!(message(call).as_deref(), Some("it \"failed\"; retried in 1 s"));
}

#[test]
fn errors_warnings_and_notices_are_documented() {
    let (_, logs) = OPERATIONS.split_once("\n## Logs\n").expect("the section");
    let (logs, _) = logs.split_once("\n## ").expect("its end");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for file in FOLDERS.iter().flat_map(|folder| sources(&root.join(folder))) {
        let source = std::fs::read_to_string(&file).expect("a source");
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for call in MACROS.iter().flat_map(|name| code.split(name).skip(1)) {
            let text = message(call).expect("a call with a text");
            assert!(
                is_listed(logs, &text),
                "{}: `{text}` is not in docs/operations.md, \"Logs\"",
                file.display()
            );
            count += 1;
        }
    }
    assert!(count > 100, "only {count} calls are found");
}
