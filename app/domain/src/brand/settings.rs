//! The settings of a brand.

use super::color::Color;
use crate::FieldError;
use crate::bounded_text::BoundedText;

/// The name and the logo text, in at most 60 characters each, because both stand in one line of a phone.
pub(super) type ShortName = BoundedText<60>;

/// The seller's name, logo text and color. Empty settings are `None`: the page shows the account's name, and
/// the color of this server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brand {
    /// The name that customers know the seller by.
    pub name: Option<ShortName>,
    /// The text at the top of the page.
    pub logo: Option<ShortName>,
    /// The color of buttons and links.
    pub color: Option<Color>,
}

impl Brand {
    /// Parses the fields of a form. Empty fields are unset.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(name: &str, logo: &str, color: &str) -> Result<Self, Vec<FieldError>> {
        match (Self::parse_name(name), Self::parse_logo(logo), Self::parse_color(color)) {
            (Ok(name), Ok(logo), Ok(color)) => Ok(Self { name, logo, color }),
            (name, logo, color) => Err([name.err(), logo.err(), color.err()].into_iter().flatten().collect()),
        }
    }

    /// Parses a name; an empty text is unset.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is too long.
    pub fn parse_name(text: &str) -> Result<Option<ShortName>, FieldError> {
        ShortName::optional("name", text)
    }

    /// Parses a logo text; an empty text is unset.
    ///
    /// # Errors
    /// As [`Self::parse_name`].
    pub fn parse_logo(text: &str) -> Result<Option<ShortName>, FieldError> {
        ShortName::optional("logo", text)
    }

    /// Parses a color; an empty text is unset.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is no color.
    pub fn parse_color(text: &str) -> Result<Option<Color>, FieldError> {
        if text.trim().is_empty() { Ok(None) } else { Color::parse(text).map(Some) }
    }

    /// Reads stored columns. A color that cannot be read is unset.
    #[must_use]
    pub fn from_storage(name: Option<String>, logo: Option<String>, color: Option<&str>) -> Self {
        Self {
            name: name.map(ShortName::from_storage),
            logo: logo.map(ShortName::from_storage),
            color: color.and_then(|color| Color::parse(color).ok()),
        }
    }

    /// Returns the settings that differ from former ones, with both values: `name none → Maple`.
    #[must_use]
    pub fn differences(&self, former: &Self) -> Vec<String> {
        let values = |brand: &Self| {
            let text = |text: &Option<ShortName>| text.as_ref().map(ToString::to_string);
            let color = brand.color.map(|color| color.to_string());
            [("name", text(&brand.name)), ("logo", text(&brand.logo)), ("color", color)]
        };
        let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        let pairs = values(former).into_iter().zip(values(self));
        pairs
            .filter(|(former, new)| former != new)
            .map(|((name, former), (_, new))| format!("{name} {} → {}", or_none(former), or_none(new)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_are_unset_and_all_faults_are_returned() {
        assert_eq!(Brand::parse(" ", "", " "), Ok(Brand::default()));
        let long = "x".repeat(61);
        let faults = Brand::parse(&long, &long, "green").expect_err("three faults");
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["name", "logo", "color"]);
    }

    #[test]
    fn differences_have_both_values() {
        let new = Brand::parse("Maple", "", "#1f5f56").expect("a brand");
        assert_eq!(new.differences(&Brand::default()), ["name none → Maple", "color none → #1f5f56"]);
        assert!(new.differences(&new).is_empty());
        let stored = Brand::from_storage(Some("Maple".into()), None, Some("#1f5f56"));
        assert_eq!(stored, new);
        assert_eq!(Brand::from_storage(None, None, Some("url(x)")), Brand::default());
    }
}
