//! Content of a mail: paragraphs, from which both the plain text and the HTML are made.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A subject and paragraphs.
#[derive(Clone)]
pub(crate) struct Content {
    pub(super) subject: String,
    /// The language of the texts, as in the HTML attribute `lang`.
    language: String,
    paragraphs: Vec<Paragraph>,
}

#[derive(Clone)]
enum Paragraph {
    Text(String),
    Link { label: String, url: String },
    Keys(Vec<String>),
}

/// The rendered paragraphs.
#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    /// The plain text. Lines end with LF.
    pub text: String,
    /// The HTML document.
    pub html: String,
}

impl Content {
    /// Creates a content without paragraphs.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), language: "en".to_owned(), paragraphs: Vec::new() }
    }

    /// Sets the language of the texts, which is English otherwise.
    pub fn language(mut self, language: &str) -> Self {
        language.clone_into(&mut self.language);
        self
    }

    /// Adds a paragraph of text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(Paragraph::Text(text.into()));
        self
    }

    /// Adds a link.
    pub fn link(mut self, label: &str, url: String) -> Self {
        self.paragraphs.push(Paragraph::Link { label: label.to_owned(), url });
        self
    }

    /// Adds license keys, one per line.
    pub fn keys(mut self, keys: Vec<String>) -> Self {
        self.paragraphs.push(Paragraph::Keys(keys));
        self
    }

    /// Renders the paragraphs.
    pub(super) fn render(&self) -> Body {
        let text: Vec<String> = self.paragraphs.iter().map(Paragraph::to_text).collect();
        let paragraphs: String = self.paragraphs.iter().map(Paragraph::to_html).collect();
        let (title, language) = (escape(&self.subject), escape(&self.language));
        let html = format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
             <body style=\"font-family:sans-serif;line-height:1.5\">\n{paragraphs}</body>\n</html>\n"
        );
        Body { text: printable(&format!("{}\n", text.join("\n\n"))), html: printable(&html) }
    }
}

impl Paragraph {
    fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Link { label, url } => format!("{label}:\n{url}"),
            Self::Keys(keys) => keys.join("\n"),
        }
    }

    fn to_html(&self) -> String {
        match self {
            Self::Text(text) => format!("<p>{}</p>\n", escape(text).replace('\n', "<br>\n")),
            Self::Link { label, url } => {
                format!("<p><a href=\"{}\">{}</a></p>\n", escape(url), escape(label))
            }
            Self::Keys(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|key| format!("<code>{}</code>", escape(key))).collect();
                format!("<p>{}</p>\n", keys.join("<br>\n"))
            }
        }
    }
}

/// Escapes a text for HTML, also within quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Removes control characters except LF and tabs. A bare CR could end a line for one mail server and not for
/// another.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_become_text_and_html() {
        let content = Content::new("Keys & links")
            .text("Ada <b>\"O'Hara\"</b>\nof Maple")
            .link("Open", "https://a.example/?x=1&y=2".into())
            .keys(vec!["LIC-1".into(), "LIC-2".into()]);
        let body = content.render();
        assert_eq!(
            body.text,
            "Ada <b>\"O'Hara\"</b>\nof Maple\n\nOpen:\nhttps://a.example/?x=1&y=2\n\nLIC-1\nLIC-2\n"
        );
        for part in [
            "<title>Keys &#38; links</title>",
            "<p>Ada &#60;b&#62;&#34;O&#39;Hara&#34;&#60;/b&#62;<br>\nof Maple</p>",
            "<a href=\"https://a.example/?x=1&#38;y=2\">Open</a>",
            "<code>LIC-1</code><br>\n<code>LIC-2</code>",
        ] {
            assert!(body.html.contains(part), "{part}: {}", body.html);
        }
    }

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(printable("a\r\nb\rc\0\u{85}d\te"), "a\nb\ncd\te");
    }
}
