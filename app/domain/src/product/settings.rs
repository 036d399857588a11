//! Settings of a product and the defaults of its licenses.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bounded_text::Name;
use crate::development::DevelopmentHosts;
use crate::license::Limit;
use crate::license_rules::LicenseRules;
use crate::machine::MachineRules;
use crate::meter::Meters;
use crate::{CustomerOffline, CustomerRelease, FieldError, KeyFormat, KeyPrefix, Period, SlotScope};

/// A product's name in URLs: 1 to 60 lower-case letters, digits and inner dashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Lower-cases and checks a slug.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the slug has another form.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let text = input.trim().to_ascii_lowercase();
        let valid = (1..=60).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if valid {
            Ok(Self(text))
        } else {
            Err(FieldError::new(
                "slug",
                "A slug is 1 to 60 lower-case letters, digits and dashes, such as my-plugin.",
            ))
        }
    }

    /// Derives a slug from a name; returns `fallback` if the name has no ASCII letters or digits.
    #[must_use]
    pub fn suggest(name: &str, fallback: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.len() == 60 {
                break;
            }
        }
        let slug = slug.trim_matches('-');
        Self(if slug.is_empty() { fallback } else { slug }.to_owned())
    }

    /// Returns the slug with a number, shortened to fit.
    #[must_use]
    pub fn numbered(&self, n: u32) -> Self {
        let suffix = format!("-{n}");
        let kept = self.0.get(..60 - suffix.len()).unwrap_or(&self.0).trim_end_matches('-');
        Self(format!("{kept}{suffix}"))
    }

    /// Returns the slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Settings of a product, including the defaults of new licenses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSettings {
    /// The product's name.
    pub name: Name,
    /// The product's name in URLs, unique within the account.
    pub slug: Slug,
    /// The slug is derived from the name. A number is appended if the slug is in use.
    pub slug_is_suggested: bool,
    /// Default domain limit of new licenses.
    pub domain_limit: Limit,
    /// Default machine limit of new licenses.
    pub machine_limit: Limit,
    /// Validity of new licenses; `None` is unlimited.
    pub validity: Option<Period>,
    /// Prefix of new license keys.
    pub key_prefix: KeyPrefix,
    /// Pattern of new license keys.
    pub key_format: KeyFormat,
    /// Hosts that share a slot.
    pub slot_scope: SlotScope,
    /// Hosts that take no slot.
    pub development: DevelopmentHosts,
    /// Machine rules.
    pub machines: MachineRules,
    /// Meters of the product's licenses.
    pub meters: Meters,
    /// How often customers may free an activation.
    pub customer_release: CustomerRelease,
    /// The other rules of licenses.
    pub rules: LicenseRules,
    /// Whether customers may activate machines without a network.
    pub customer_offline: CustomerOffline,
}

impl ProductSettings {
    /// Creates the default settings for a name: one domain, one machine, no expiry.
    #[must_use]
    pub fn with_name(name: Name) -> Self {
        Self {
            slug: Slug::suggest(name.as_str(), "product"),
            slug_is_suggested: true,
            name,
            domain_limit: Limit::new(1),
            machine_limit: Limit::new(1),
            validity: None,
            key_prefix: KeyPrefix::default(),
            key_format: KeyFormat::default(),
            slot_scope: SlotScope::default(),
            development: DevelopmentHosts::default(),
            machines: MachineRules::default(),
            meters: Meters::default(),
            customer_release: CustomerRelease::default(),
            rules: LicenseRules::default(),
            customer_offline: CustomerOffline::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_parsed_and_refused() {
        assert_eq!(Slug::parse(" My-Plugin2 ").map(|s| s.0), Ok("my-plugin2".into()));
        for bad in ["", "-a", "a-", "a b", "a_b", "ä", &"a".repeat(61)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbered_slugs_are_slugs() {
        for slug in ["product", &"a".repeat(60), &format!("{}-b", "a".repeat(56))] {
            let numbered = Slug::suggest(slug, "product").numbered(12);
            assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered));
        }
        assert_eq!(Slug::suggest("製品", "product").numbered(2).as_str(), "product-2");
    }

    proptest! {
        #[test]
        fn suggested_slug_is_valid(name in any::<String>()) {
            let slug = Slug::suggest(&name, "product");
            prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
        }
    }
}
