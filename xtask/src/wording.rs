//! Refuses private words in comments and identifiers. The list is `xtask/banned-words.txt`.

use crate::cmd::{Result, output, program};

/// Checks all tracked Rust, TypeScript and CSS files.
pub fn check() -> Result {
    let words: Vec<(&str, &str)> = include_str!("../banned-words.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let files = output(program("git").args(["ls-files", "*.rs", "*.ts", "*.css"])).unwrap_or_default();
    let mut found = Vec::new();
    for file in files.lines() {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
        for (number, line) in without_strings(&text).lines().enumerate() {
            found.extend(banned(line, &words).map(|(word, instead)| {
                format!("{file}:{}: \"{word}\" is a private word; write \"{instead}\"", number + 1)
            }));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

/// Returns the banned words of a line. A word matches as a whole, or as a part between underscores.
fn banned<'a>(line: &str, words: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let line = format!("_{}_", line.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "_"));
    words.iter().filter(move |(word, _)| line.contains(&format!("_{word}_"))).copied()
}

/// Replaces the content of string literals by blanks. Comments stay; lines keep their numbers.
fn without_strings(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut in_string, mut in_comment, mut escaped, mut previous) = (false, false, false, '\n');
    for c in text.chars() {
        match c {
            '\n' => {
                in_comment = false;
                kept.push(c);
            }
            '"' if !in_comment && !escaped && previous != '\'' => {
                in_string = !in_string;
                kept.push(' ');
            }
            '/' if previous == '/' && !in_string => {
                in_comment = true;
                kept.push(c);
            }
            _ => kept.push(if in_string { ' ' } else { c }),
        }
        escaped = in_string && c == '\\' && !escaped;
        previous = c;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [(&str, &str); 1] = [("adrift", "evicted")];

    fn found(text: &str) -> usize {
        without_strings(text).lines().map(|line| banned(line, &WORDS).count()).sum()
    }

    #[test]
    fn banned_words_are_found_in_comments_and_identifiers() {
        assert_eq!(found("// It is adrift.\nlet adrift_bytes = 1;"), 2);
    }

    #[test]
    fn string_literals_and_longer_words_are_allowed() {
        assert_eq!(found("let a = \"adrift \\\" adrift\"; let adriftness = 1;"), 0);
    }
}
