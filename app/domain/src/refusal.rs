//! Reasons for which apps are refused, as pages show them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::activation::{Refusal, Verification};

/// The reason of a refused verification or activation. The words are those of the domain API, and the
/// keys of the daily counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The license is not active on the domain.
    InvalidDomain,
    /// All slots are taken.
    LimitReached,
    /// The license is suspended.
    Suspended,
    /// The license has expired.
    Expired,
    /// The license is revoked.
    Revoked,
    /// The product's machine rules refuse the machine.
    MachineNotAllowed,
}

impl RefusalReason {
    /// All reasons, in the order of pages.
    pub const ALL: [Self; 6] = [
        Self::InvalidDomain,
        Self::LimitReached,
        Self::Suspended,
        Self::Expired,
        Self::Revoked,
        Self::MachineNotAllowed,
    ];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidDomain => "invalid_domain",
            Self::LimitReached => "limit_reached",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::MachineNotAllowed => "machine_not_allowed",
        }
    }

    /// Parses the stored word.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the word is unknown.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .ok_or_else(|| FieldError::new("reason", "The reason is not known."))
    }

    /// Returns the label for pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::InvalidDomain => "Domain not active",
            Self::LimitReached => "Limit reached",
            Self::Suspended => "License suspended",
            Self::Expired => "License expired",
            Self::Revoked => "License revoked",
            Self::MachineNotAllowed => "Machine not allowed",
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Verification {
    /// Returns the reason, if the verification is refused.
    #[must_use]
    pub fn refusal(self) -> Option<RefusalReason> {
        match self {
            Self::Valid => None,
            Self::InvalidDomain => Some(RefusalReason::InvalidDomain),
            Self::Suspended => Some(RefusalReason::Suspended),
            Self::Revoked => Some(RefusalReason::Revoked),
            Self::Expired => Some(RefusalReason::Expired),
        }
    }
}

impl From<Refusal> for RefusalReason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Suspended => Self::Suspended,
            Refusal::Revoked => Self::Revoked,
            Refusal::Expired => Self::Expired,
            Refusal::LimitReached => Self::LimitReached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for reason in RefusalReason::ALL {
            assert_eq!(RefusalReason::parse(reason.as_str()), Ok(reason));
        }
        assert!(RefusalReason::parse("valid").is_err());
    }

    #[test]
    fn refused_verification_is_counted_under_its_own_word() {
        use Verification::{Expired, InvalidDomain, Revoked, Suspended, Valid};
        assert_eq!(Valid.refusal(), None);
        for verification in [Expired, InvalidDomain, Revoked, Suspended] {
            assert_eq!(verification.refusal().map(RefusalReason::as_str), Some(verification.as_str()));
        }
    }
}
