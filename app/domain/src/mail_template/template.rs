//! A template: subject, text and HTML, parsed and checked.

use serde::{Deserialize, Serialize};

use super::escape::escape_html;
use super::html::Html;
use super::kind::TemplateKind;
use super::part::{self, Part};
use super::variable::{Values, Variable};
use crate::FieldError;
use crate::field_error::FieldErrors;
use crate::unicode::strip_deceptive;

/// Longest subject of a template, in characters.
pub const MAX_SUBJECT_LEN: usize = 150;
/// Longest text of a template, in characters. A form with all fields must fit into a request of 64 KiB.
pub const MAX_TEXT_LEN: usize = 4_000;
/// Longest HTML of a template, in characters.
pub const MAX_HTML_LEN: usize = 8_000;
/// Longest subject of a mail, in characters. Names in it may have 120.
const MAX_RENDERED_SUBJECT_LEN: usize = 200;

/// A template as a seller writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSource {
    /// The subject: one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML. If it is empty, it is made from the text.
    pub html: String,
}

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTemplate {
    subject: Vec<Part>,
    text: Vec<Part>,
    html: Option<Html>,
}

/// A mail made from a template. It may contain license keys.
pub struct RenderedMail {
    /// The subject: one line of at most 200 characters, without control characters.
    pub subject: String,
    /// The plain text. Lines end with LF.
    pub text: String,
    /// The content of the HTML's body.
    pub html: String,
}

impl TemplateSource {
    /// Returns the source without characters that are not seen, with line breaks of one character.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        let clean = |text: &str| {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            strip_deceptive(&text).trim().to_owned()
        };
        Self { subject: clean(&self.subject), text: clean(&self.text), html: clean(&self.html) }
    }
}

impl MailTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// Returns an error for each field that is wrong: `subject`, `text` and `html`.
    pub fn parse(kind: TemplateKind, source: &TemplateSource) -> Result<Self, Vec<FieldError>> {
        let source = source.cleaned();
        let mut errors = FieldErrors::default();
        let subject = errors.check(parse_subject(kind, &source.subject));
        let text = errors.check(parse_text(kind, &source.text));
        let html = errors.check(parse_html(kind, &source.html));
        match (subject, text, html) {
            (Some(subject), Some(text), Some(html)) => Ok(Self { subject, text, html }),
            _ => Err(errors.into_inner()),
        }
    }

    /// Replaces the variables.
    #[must_use]
    pub fn render(&self, values: &Values) -> RenderedMail {
        let html = match &self.html {
            Some(html) => format!("{}\n", html.render(values)),
            None => html_of_text(&self.text, values),
        };
        RenderedMail {
            subject: one_line(&part::render(&self.subject, values, ToOwned::to_owned)),
            text: part::render(&self.text, values, ToOwned::to_owned),
            html,
        }
    }
}

fn parse_subject(kind: TemplateKind, source: &str) -> Result<Vec<Part>, FieldError> {
    ensure_length("subject", source, 1, MAX_SUBJECT_LEN)?;
    if source.chars().any(is_break) {
        return Err(FieldError::new("subject", "The subject is one line."));
    }
    let parts = part::parse("subject", source, kind.variables())?;
    if part::variables(&parts).any(Variable::is_secret) {
        let message = "The subject can’t contain the license key, because the list of mails shows it.";
        return Err(FieldError::new("subject", message));
    }
    Ok(parts)
}

fn parse_text(kind: TemplateKind, source: &str) -> Result<Vec<Part>, FieldError> {
    ensure_length("text", source, 1, MAX_TEXT_LEN)?;
    let parts = part::parse("text", source, kind.variables())?;
    ensure_required("text", kind, part::variables(&parts))?;
    Ok(parts)
}

/// Parses the HTML. `None` if it is made from the text.
fn parse_html(kind: TemplateKind, source: &str) -> Result<Option<Html>, FieldError> {
    ensure_length("html", source, 0, MAX_HTML_LEN)?;
    if source.is_empty() {
        return Ok(None);
    }
    let html = Html::parse(source, kind.variables())?;
    ensure_required("html", kind, html.variables())?;
    Ok(Some(html))
}

fn ensure_length(field: &'static str, source: &str, min: usize, max: usize) -> Result<(), FieldError> {
    let len = source.chars().count();
    if len < min {
        return Err(FieldError::new(field, "This field is required."));
    }
    if len > max {
        return Err(FieldError::new(field, format!("This field holds at most {max} characters.")));
    }
    Ok(())
}

fn ensure_required(
    field: &'static str,
    kind: TemplateKind,
    mut variables: impl Iterator<Item = Variable>,
) -> Result<(), FieldError> {
    match kind.required() {
        Some(required) if !variables.any(|variable| variable == required) => {
            let message = format!("This mail must contain {{{{ {} }}}}.", required.as_str());
            Err(FieldError::new(field, message))
        }
        _ => Ok(()),
    }
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns a text as one line of bounded length.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    line.trim().chars().take(MAX_RENDERED_SUBJECT_LEN).collect()
}

/// Makes the HTML from the text: paragraphs, and line breaks within them.
fn html_of_text(text: &[Part], values: &Values) -> String {
    let joined: String = text
        .iter()
        .map(|part| match part {
            Part::Text(text) => escape_html(text),
            Part::Variable(variable) => html_of_value(*variable, values.get(*variable)),
        })
        .collect();
    let paragraphs = joined.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|paragraph| format!("<p>{}</p>\n", paragraph.replace('\n', "<br>\n")))
        .collect::<Vec<_>>()
        .concat()
}

/// Returns a value for the HTML, with keys in a font in which they can be read.
fn html_of_value(variable: Variable, value: &str) -> String {
    let line = |line: &str| match variable {
        Variable::LicenseKey => format!("<code>{}</code>", escape_html(line)),
        _ => escape_html(line),
    };
    value.lines().map(line).collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(subject: &str, text: &str, html: &str) -> TemplateSource {
        TemplateSource { subject: subject.into(), text: text.into(), html: html.into() }
    }

    #[test]
    fn html_is_made_from_the_text() {
        let source = source("x", "A & {{ license_key }}\r\nB\r\n\r\n\r\n\r\nC", "");
        let mail = MailTemplate::parse(TemplateKind::LicenseKey, &source).expect("a template");
        let mail = mail.render(&Values::default().with(Variable::LicenseKey, "<K>"));
        assert_eq!(mail.text, "A & <K>\nB\n\n\n\nC");
        assert_eq!(mail.html, "<p>A &#38; <code>&#60;K&#62;</code><br>\nB</p>\n<p>C</p>\n");
    }

    #[test]
    fn every_wrong_field_is_named() {
        let fields = |source: &TemplateSource| -> Vec<&str> {
            let errors = MailTemplate::parse(TemplateKind::LicenseKey, source).err().unwrap_or_default();
            errors.iter().map(|error| error.field).collect()
        };
        let key = "{{ license_key }}";
        assert_eq!(fields(&source("", "", "<p>")), ["subject", "text", "html"]);
        assert_eq!(fields(&source("a\nb", key, "")), ["subject"]);
        assert_eq!(fields(&source(key, key, "")), ["subject"]);
        assert_eq!(fields(&source("{{ expires_on }}", key, "")), ["subject"]);
        assert_eq!(fields(&source("a", "no key", "<p>no key</p>")), ["text", "html"]);
        assert_eq!(fields(&source(&"a".repeat(MAX_SUBJECT_LEN + 1), key, "")), ["subject"]);
        assert_eq!(fields(&source("a", key, &"a".repeat(MAX_HTML_LEN + 1))), ["html"]);
        assert_eq!(fields(&source("a", key, "")), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_value_breaks_the_subject(value in any::<String>()) {
            let source = source("{{ product }}: {{ customer_name }}", "{{ license_key }}", "");
            let mail = MailTemplate::parse(TemplateKind::LicenseKey, &source).expect("a template");
            let values = Values::default()
                .with(Variable::Product, value.as_str())
                .with(Variable::CustomerName, format!("a\r\nBcc: {value}"));
            let subject = mail.render(&values).subject;
            prop_assert!(!subject.chars().any(is_break), "{subject:?}");
            prop_assert!(subject.chars().count() <= MAX_RENDERED_SUBJECT_LEN);
        }

        #[test]
        fn no_value_adds_markup_to_the_html_of_the_text(value in any::<String>()) {
            let source = source("a", "{{ product }} {{ license_key }}", "");
            let mail = MailTemplate::parse(TemplateKind::LicenseKey, &source).expect("a template");
            let values = Values::default()
                .with(Variable::Product, value.as_str())
                .with(Variable::LicenseKey, value.as_str());
            let html = ["<p>", "</p>", "<br>", "<code>", "</code>"]
                .into_iter()
                .fold(mail.render(&values).html, |html, tag| html.replace(tag, ""));
            prop_assert!(!html.contains(['<', '>', '"']), "{html}");
        }

        #[test]
        fn any_source_is_parsed_or_refused(
            subject in any::<String>(), text in any::<String>(), html in any::<String>(),
        ) {
            for kind in TemplateKind::ALL {
                let _ = MailTemplate::parse(kind, &source(&subject, &text, &html));
            }
        }
    }
}
