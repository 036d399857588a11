//! Variables of templates, and their values.

/// A variable of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// The seller's name.
    Seller,
    /// The product's name.
    Product,
    /// The customer's name.
    CustomerName,
    /// The license key, or several keys, one per line.
    LicenseKey,
    /// The last four characters of the license key.
    KeyEnding,
    /// The day of the expiry.
    ExpiresOn,
    /// The time until the expiry.
    TimeLeft,
    /// The domain or machine that was activated.
    Activated,
    /// The time of the activation.
    ActivatedAt,
}

impl Variable {
    /// All variables.
    pub const ALL: [Self; 9] = [
        Self::Seller,
        Self::Product,
        Self::CustomerName,
        Self::LicenseKey,
        Self::KeyEnding,
        Self::ExpiresOn,
        Self::TimeLeft,
        Self::Activated,
        Self::ActivatedAt,
    ];

    /// Returns the name in templates. Stored templates contain it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Product => "product",
            Self::CustomerName => "customer_name",
            Self::LicenseKey => "license_key",
            Self::KeyEnding => "key_ending",
            Self::ExpiresOn => "expires_on",
            Self::TimeLeft => "time_left",
            Self::Activated => "activated",
            Self::ActivatedAt => "activated_at",
        }
    }

    /// Returns the meaning, for the page.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Seller => "The name of your account",
            Self::Product => "The product’s name",
            Self::CustomerName => "The customer’s name, or the address if the name is not known",
            Self::LicenseKey => "The license key; several keys are one per line",
            Self::KeyEnding => "The last four characters of the license key",
            Self::ExpiresOn => "The day of the expiry, in UTC",
            Self::TimeLeft => "The time until the expiry, such as 7 days",
            Self::Activated => "The domain, or the host name of the machine",
            Self::ActivatedAt => "The time of the activation, in UTC",
        }
    }

    /// Returns the value of previews and test mails.
    #[must_use]
    pub fn sample(self) -> &'static str {
        match self {
            Self::Seller => "Your account",
            Self::Product => "Your product",
            Self::CustomerName => "Grace Hopper",
            Self::LicenseKey => "LIC-SAMPLE-SAMPLE-SAMPLE-ABCD",
            Self::KeyEnding => "ABCD",
            Self::ExpiresOn => "2030-12-31",
            Self::TimeLeft => "7 days",
            Self::Activated => "shop.example",
            Self::ActivatedAt => "2030-12-24 10:30",
        }
    }

    /// Returns whether the value is a credential. Lists of mails show subjects, so that none contains it.
    pub(super) fn is_secret(self) -> bool {
        self == Self::LicenseKey
    }
}

/// The values of variables.
#[derive(Clone, Default)]
pub struct Values(Vec<(Variable, String)>);

impl Values {
    /// Creates the values of previews and test mails.
    #[must_use]
    pub fn samples() -> Self {
        Self(Variable::ALL.into_iter().map(|variable| (variable, variable.sample().to_owned())).collect())
    }

    /// Sets the value of a variable.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: impl Into<String>) -> Self {
        self.0.retain(|(other, _)| *other != variable);
        self.0.push((variable, value.into()));
        self
    }

    /// Returns the value of a variable; empty if it is not set.
    #[must_use]
    pub fn get(&self, variable: Variable) -> &str {
        self.0.iter().find(|(other, _)| *other == variable).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_value_counts() {
        let values = Values::samples().with(Variable::Product, "Plugin").with(Variable::Product, "Theme");
        assert_eq!(values.get(Variable::Product), "Theme");
        assert_eq!(values.get(Variable::TimeLeft), "7 days");
        assert_eq!(Values::default().get(Variable::Product), "");
    }
}
