//! The forms of a connection to a shop.

use domain::bounded_text::Name;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::purchase::{PriceId, PriceTerms, ShopProvider, ShopReaction, ShopSettings};
use domain::{FieldError, LicenseTemplateId, Period, ProductId};
use serde::{Deserialize, Serialize};

/// Days of grace of a new connection: providers charge some hours after the end of a period.
const DEFAULT_GRACE_DAYS: u32 = 3;

/// The form that makes a connection. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewShopForm {
    name: String,
    provider: String,
    product: String,
}

impl NewShopForm {
    /// Parses a new connection. Its settings suspend a license after a refund alone.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<(ShopProvider, ProductId, ShopSettings), Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let provider = faults.check(self.provider.parse::<ShopProvider>());
        let product = self.product.parse::<ProductId>();
        let product = faults.check(product.map_err(|_| FieldError::new("product", "Choose a product.")));
        let name = faults.check(Name::optional("name", &self.name));
        let new = || {
            let (provider, product) = (provider?, product?);
            let settings = ShopSettings {
                name: name?.unwrap_or_else(|| Name::from_storage(provider.label().to_owned())),
                issues_unmapped: false,
                on_payment_failed: ShopReaction::Nothing,
                on_refund: ShopReaction::Suspend,
                on_cancellation: ShopReaction::Nothing,
                grace_days: DEFAULT_GRACE_DAYS,
                sends_keys: true,
                accepts_test_events: false,
            };
            Some((provider, product, settings))
        };
        new().ok_or_else(|| faults.into_inner())
    }
}

/// The form that changes the settings. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopSettingsForm {
    name: String,
    issues_unmapped: String,
    on_payment_failed: String,
    on_refund: String,
    on_cancellation: String,
    grace_days: String,
    sends_keys: String,
    accepts_test_events: String,
}

impl ShopSettingsForm {
    /// Parses the settings. A checkbox that is not sent is off.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ShopSettings, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(Name::parse("name", &self.name));
        let failed = ShopReaction::parse("on_payment_failed", &self.on_payment_failed, false);
        let failed = faults.check(failed);
        let refund = faults.check(ShopReaction::parse("on_refund", &self.on_refund, true));
        let canceled = ShopReaction::parse("on_cancellation", &self.on_cancellation, false);
        let canceled = faults.check(canceled);
        let grace_days = faults.check(ShopSettings::parse_grace("grace_days", &self.grace_days));
        let settings = || {
            Some(ShopSettings {
                name: name?,
                issues_unmapped: self.issues_unmapped == "on",
                on_payment_failed: failed?,
                on_refund: refund?,
                on_cancellation: canceled?,
                grace_days: grace_days?,
                sends_keys: self.sends_keys == "on",
                accepts_test_events: self.accepts_test_events == "on",
            })
        };
        settings().ok_or_else(|| faults.into_inner())
    }
}

/// The form that sets what the licenses of a price get. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopPriceForm {
    price: String,
    template: String,
    validity: String,
    machine_limit: String,
    domain_limit: String,
}

impl ShopPriceForm {
    /// Parses a price. An empty field follows the template.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<(PriceId, PriceTerms), Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let price = faults.check(PriceId::parse("price", &self.price));
        let template = match self.template.trim() {
            "" => Some(None),
            id => {
                let id = id.parse::<LicenseTemplateId>();
                let invalid = |_| FieldError::new("template", "Choose a license template.");
                faults.check(id.map_err(invalid)).map(Some)
            }
        };
        let validity = faults.check(Period::parse("validity", &self.validity));
        let machine_limit = faults.check(optional_limit("machine_limit", &self.machine_limit));
        let domain_limit = faults.check(optional_limit("domain_limit", &self.domain_limit));
        let terms = || {
            let terms = PriceTerms {
                template: template?,
                validity: validity?,
                machine_limit: machine_limit?,
                domain_limit: domain_limit?,
            };
            Some((price?, terms))
        };
        terms().ok_or_else(|| faults.into_inner())
    }
}

fn optional_limit(field: &'static str, text: &str) -> Result<Option<Limit>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Limit::parse(field, text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let fields = |faults: Vec<FieldError>| faults.iter().map(|fault| fault.field).collect::<Vec<_>>();
        let faults = NewShopForm::default().parse().expect_err("an empty form");
        assert_eq!(fields(faults), ["provider", "product"]);
        let faults = ShopSettingsForm::default().parse().expect_err("an empty form");
        let expected = ["name", "on_payment_failed", "on_refund", "on_cancellation", "grace_days"];
        assert_eq!(fields(faults), expected);
        let form =
            ShopPriceForm { template: "x".into(), machine_limit: "x".into(), ..ShopPriceForm::default() };
        assert_eq!(fields(form.parse().expect_err("wrong fields")), ["price", "template", "machine_limit"]);
    }

    #[test]
    fn an_empty_field_of_a_price_follows_the_template() {
        let form =
            ShopPriceForm { price: "price_1".into(), validity: "1 year".into(), ..ShopPriceForm::default() };
        let (price, terms) = form.parse().expect("a price");
        assert_eq!((price.as_str(), terms.template, terms.machine_limit), ("price_1", None, None));
        assert_eq!(terms.validity, Period::from_months(12));
        let form =
            ShopPriceForm { price: "1".into(), domain_limit: "unlimited".into(), ..ShopPriceForm::default() };
        assert_eq!(form.parse().expect("a price").1.domain_limit, Some(Limit::UNLIMITED));
    }

    #[test]
    fn a_connection_without_a_name_has_that_of_its_provider() {
        let product = "0199a1c2-0000-7a40-9c1b-00000000000c";
        let form =
            NewShopForm { provider: "paddle".into(), product: product.into(), ..NewShopForm::default() };
        let (provider, _, settings) = form.parse().expect("a connection");
        assert_eq!((provider, settings.name.as_str()), (ShopProvider::Paddle, "Paddle"));
        assert!(!settings.accepts_test_events);
        assert!(!settings.issues_unmapped && settings.on_payment_failed == ShopReaction::Nothing);
    }
}
