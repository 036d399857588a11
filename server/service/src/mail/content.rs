//! Content of a mail: paragraphs, from which both the plain text and the HTML are made. A rendered template
//! is one of them.

use domain::mail_template::{RenderedMail, escape_html};
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
    Rendered { text: String, html: String },
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

    /// Creates a content from a rendered template.
    pub fn rendered(mail: RenderedMail) -> Self {
        let RenderedMail { subject, text, html } = mail;
        Self { paragraphs: vec![Paragraph::Rendered { text, html }], ..Self::new(subject) }
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

    /// Renders the paragraphs.
    pub(super) fn render(&self) -> Body {
        let text: Vec<String> = self.paragraphs.iter().map(Paragraph::to_text).collect();
        let paragraphs: String = self.paragraphs.iter().map(Paragraph::to_html).collect();
        let (title, language) = (escape_html(&self.subject), escape_html(&self.language));
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
            Self::Text(text) | Self::Rendered { text, .. } => text.clone(),
            Self::Link { label, url } => format!("{label}:\n{url}"),
        }
    }

    fn to_html(&self) -> String {
        match self {
            Self::Text(text) => format!("<p>{}</p>\n", escape_html(text).replace('\n', "<br>\n")),
            Self::Link { label, url } => {
                format!("<p><a href=\"{}\">{}</a></p>\n", escape_html(url), escape_html(label))
            }
            Self::Rendered { html, .. } => html.clone(),
        }
    }
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
            .link("Open", "https://a.example/?x=1&y=2".into());
        let body = content.render();
        assert_eq!(body.text, "Ada <b>\"O'Hara\"</b>\nof Maple\n\nOpen:\nhttps://a.example/?x=1&y=2\n");
        for part in [
            "<title>Keys &#38; links</title>",
            "<p>Ada &#60;b&#62;&#34;O&#39;Hara&#34;&#60;/b&#62;<br>\nof Maple</p>",
            "<a href=\"https://a.example/?x=1&#38;y=2\">Open</a>",
        ] {
            assert!(body.html.contains(part), "{part}: {}", body.html);
        }
    }

    #[test]
    fn rendered_template_is_the_body() {
        let mail = RenderedMail { subject: "A & B".into(), text: "a\0b".into(), html: "<p>a</p>\n".into() };
        let content = Content::rendered(mail);
        assert_eq!(content.subject, "A & B");
        let body = content.render();
        assert_eq!(body.text, "ab\n");
        assert!(body.html.contains("<title>A &#38; B</title>"), "{}", body.html);
        assert!(body.html.contains("\n<p>a</p>\n</body>"), "{}", body.html);
    }

    #[test]
    fn control_characters_are_removed() {
        assert_eq!(printable("a\r\nb\rc\0\u{85}d\te"), "a\nb\ncd\te");
    }
}
