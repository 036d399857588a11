//! The settings of a connection to a shop, and the terms of its prices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bounded_text::Name;
use crate::license::Limit;
use crate::{FieldError, LicenseTemplateId, Period};

/// Most connections of an account.
pub const MAX_CONNECTIONS: u64 = 50;
/// Most prices of a connection.
pub const MAX_PRICES: u64 = 30;
/// Most days after the end of a paid period until the license expires.
pub const MAX_GRACE_DAYS: u32 = 30;
/// Longest id of a price, in bytes.
const MAX_PRICE_LEN: usize = 128;
/// Largest limit that a quantity multiplies to, in slots.
const MAX_SLOTS: u32 = 1_000_000;

/// What happens to a license after a failed payment, a refund or the end of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShopReaction {
    /// Nothing.
    Nothing,
    /// The license is suspended.
    Suspend,
    /// The license is revoked for good.
    Revoke,
}

impl ShopReaction {
    /// All reactions, in menu order.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Suspend, Self::Revoke];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Suspend => "suspend",
            Self::Revoke => "revoke",
        }
    }

    /// Returns the label for menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing",
            Self::Suspend => "The license is suspended",
            Self::Revoke => "The license is revoked for good",
        }
    }

    /// Parses a form field. A license is revoked after a refund alone, because a payment that fails may succeed later.
    ///
    /// # Errors
    /// Returns [`FieldError`] for another word.
    pub fn parse(field: &'static str, word: &str, may_revoke: bool) -> Result<Self, FieldError> {
        let found: Result<Self, FieldError> = word.parse();
        let found = found.ok().filter(|reaction| may_revoke || *reaction != Self::Revoke);
        found.ok_or_else(|| FieldError::new(field, "Choose what happens to the license."))
    }
}

impl fmt::Display for ShopReaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ShopReaction {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|reaction| reaction.as_str() == word);
        found.ok_or_else(|| FieldError::new("reaction", "The reaction must be nothing, suspend or revoke."))
    }
}

/// The settings of a connection, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopSettings {
    /// The name, for lists.
    pub name: Name,
    /// Whether a price without terms of its own gets a license of the product. Otherwise it is ignored.
    pub issues_unmapped: bool,
    /// After a failed payment.
    pub on_payment_failed: ShopReaction,
    /// After a full refund.
    pub on_refund: ShopReaction,
    /// After the end of a subscription.
    pub on_cancellation: ShopReaction,
    /// Days after the end of a paid period until the license expires.
    pub grace_days: u32,
    /// Whether the key is sent to the customer by mail.
    pub sends_keys: bool,
    /// Whether events of the provider's test mode are applied as others are. Otherwise they are ignored.
    pub accepts_test_events: bool,
}

impl ShopSettings {
    /// Parses the days of grace.
    ///
    /// # Errors
    /// Returns [`FieldError`] unless the text is a whole number from 0 to 30.
    pub fn parse_grace(field: &'static str, text: &str) -> Result<u32, FieldError> {
        let days = text.trim().parse::<u32>().ok().filter(|days| *days <= MAX_GRACE_DAYS);
        days.ok_or_else(|| FieldError::new(field, "The days of grace are a whole number from 0 to 30."))
    }
}

/// The id of a price, a payment link or a variant at a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceId(String);

impl PriceId {
    /// Trims and checks an id.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the text is empty, longer than 128 bytes, or has white space or control characters.
    pub fn parse(field: &'static str, input: &str) -> Result<Self, FieldError> {
        let text = input.trim();
        let is_id =
            !text.is_empty() && text.len() <= MAX_PRICE_LEN && text.chars().all(|c| c.is_ascii_graphic());
        if !is_id {
            let message = "Enter the id as the provider shows it, such as price_1Ab, pri_01ab or 123456.";
            return Err(FieldError::new(field, message));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a license gets by its price. `None` follows the template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PriceTerms {
    /// The template, if it is not the product's.
    pub template: Option<LicenseTemplateId>,
    /// How long a payment is good for. `None` follows the paid period, or the template.
    pub validity: Option<Period>,
    /// Machines for each unit.
    pub machine_limit: Option<Limit>,
    /// Domains for each unit.
    pub domain_limit: Option<Limit>,
}

/// Returns the limit of several units of a price.
#[must_use]
pub fn limit_of_units(limit: Limit, units: u32) -> Limit {
    match limit.slots() {
        None => limit,
        Some(slots) => Limit::new(slots.saturating_mul(units.max(1)).min(MAX_SLOTS.max(slots))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_is_revoked_after_a_refund_alone() {
        assert_eq!(ShopReaction::parse("on_refund", "revoke", true), Ok(ShopReaction::Revoke));
        assert!(ShopReaction::parse("on_payment_failed", "revoke", false).is_err());
        assert!(ShopReaction::parse("on_refund", "", true).is_err());
    }

    #[test]
    fn limits_count_for_each_unit() {
        assert_eq!(limit_of_units(Limit::new(3), 5), Limit::new(15));
        assert_eq!(limit_of_units(Limit::new(3), 0), Limit::new(3));
        assert_eq!(limit_of_units(Limit::new(3), u32::MAX), Limit::new(1_000_000));
        assert_eq!(limit_of_units(Limit::UNLIMITED, 2), Limit::UNLIMITED);
    }

    #[test]
    fn ids_and_days_are_bounded() {
        assert_eq!(PriceId::parse("price", " price_1 ").map(|id| id.0), Ok("price_1".to_owned()));
        for bad in ["", "a b", &"x".repeat(129)] {
            assert!(PriceId::parse("price", bad).is_err());
        }
        assert_eq!(ShopSettings::parse_grace("grace_days", " 3 "), Ok(3));
        for bad in ["", "31", "-1", "x"] {
            assert!(ShopSettings::parse_grace("grace_days", bad).is_err());
        }
    }
}
