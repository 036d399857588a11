//! Links in the HTML of a template.

use super::decode::decode;
use super::escape::percent_encode;
use super::part::{self, Part};
use super::variable::{Values, Variable};
use crate::FieldError;

/// The schemes of links.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The address of a link. Its scheme is literal, and values are encoded, so that they can change neither scheme nor
/// host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link(Vec<Part>);

impl Link {
    /// Parses the attributes of a link: `href="..."`.
    ///
    /// # Errors
    /// Returns [`FieldError`] if there is another attribute, or the address has another scheme.
    pub fn parse(attributes: &str, known: &[Variable]) -> Result<Self, FieldError> {
        let wrong =
            || error("A link must be of the form <a href=\"https://...\">, without other attributes.");
        let value = attributes.strip_prefix("href").ok_or_else(wrong)?.trim_start();
        let value = value.strip_prefix('=').ok_or_else(wrong)?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(wrong)?;
        let value =
            value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote)).ok_or_else(wrong)?;
        if value.contains(quote) {
            return Err(wrong());
        }
        let mut parts = part::parse("html", value, known)?;
        for part in &mut parts {
            if let Part::Text(text) = part {
                *text = decode(text);
            }
        }
        if begins_with_scheme(&parts) && parts.iter().all(has_no_spaces) {
            return Ok(Self(parts));
        }
        Err(error("The address of a link must begin with https://, http:// or mailto: and have no spaces."))
    }

    /// Returns the number of variables.
    pub fn variables(&self) -> usize {
        part::variables(&self.0).count()
    }

    /// Returns the address with its values. It is not escaped for HTML.
    pub fn address(&self, values: &Values) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Variable(variable) => percent_encode(values.get(*variable)),
            })
            .collect()
    }
}

fn error(message: &str) -> FieldError {
    FieldError::new("html", message)
}

fn begins_with_scheme(parts: &[Part]) -> bool {
    match parts.first() {
        Some(Part::Text(text)) => SCHEMES.iter().any(|scheme| text.starts_with(scheme)),
        Some(Part::Variable(_)) | None => false,
    }
}

fn has_no_spaces(part: &Part) -> bool {
    match part {
        Part::Text(text) => !text.chars().any(|c| c.is_whitespace() || c.is_control()),
        Part::Variable(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(attributes: &str) -> Option<String> {
        let link = Link::parse(attributes, &[Variable::Product]).ok()?;
        Some(link.address(&Values::default().with(Variable::Product, "a/b?c\"&")))
    }

    #[test]
    fn only_web_and_mail_addresses_are_links() {
        for (attributes, expected) in [
            ("href=\"https://a.example/?p={{ product }}\"", Some("https://a.example/?p=a%2Fb%3Fc%22%26")),
            ("href = 'mailto:help@a.example'", Some("mailto:help@a.example")),
            ("href=\"http://a.example/?a=1&amp;b=2\"", Some("http://a.example/?a=1&b=2")),
            ("href=\"java&#115;cript:alert(1)\"", None),
            ("href=\"data:text/html,x\"", None),
            ("href=\"//a.example\"", None),
            ("href=\"https://a.example/ x\"", None),
            ("href=\"https://a.example&#10;x\"", Some("https://a.example&#10;x")),
            ("target=\"_blank\" href=\"https://a.example\"", None),
            ("", None),
        ] {
            assert_eq!(address(attributes).as_deref(), expected, "{attributes}");
        }
    }
}
