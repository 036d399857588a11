//! The mails to customers whose texts a seller can change.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::variable::Variable;
use crate::FieldError;
use crate::mail::MailKind;

/// A mail to customers whose text a seller can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    /// License keys.
    LicenseKey,
    /// A reminder of a license's expiry.
    ExpiryReminder,
    /// A notice that a domain or a machine was activated.
    ActivationNotice,
}

impl TemplateKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::LicenseKey, Self::ExpiryReminder, Self::ActivationNotice];

    /// Returns the stored word, which is also the kind's word in URLs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.mail_kind().as_str()
    }

    /// Returns the label of pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.mail_kind().label()
    }

    /// Returns the kind of the mail.
    #[must_use]
    pub fn mail_kind(self) -> MailKind {
        match self {
            Self::LicenseKey => MailKind::LicenseKey,
            Self::ExpiryReminder => MailKind::ExpiryReminder,
            Self::ActivationNotice => MailKind::ActivationNotice,
        }
    }

    /// Returns the variables that the template may contain.
    #[must_use]
    pub fn variables(self) -> &'static [Variable] {
        use Variable::{
            Activated, ActivatedAt, CustomerName, ExpiresOn, KeyEnding, LicenseKey, Product, Seller, TimeLeft,
        };
        match self {
            Self::LicenseKey => &[LicenseKey, Product, CustomerName, Seller],
            Self::ExpiryReminder => &[ExpiresOn, TimeLeft, KeyEnding, Product, CustomerName, Seller],
            Self::ActivationNotice => &[Activated, ActivatedAt, KeyEnding, Product, CustomerName, Seller],
        }
    }

    /// Returns the variable without which the mail is useless.
    pub(super) fn required(self) -> Option<Variable> {
        (self == Self::LicenseKey).then_some(Variable::LicenseKey)
    }
}

impl FromStr for TemplateKind {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| FieldError::new("kind", "This is not a mail with a template."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for kind in TemplateKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("invitation".parse::<TemplateKind>().is_err());
    }
}
