//! Reasons why a bulk job skips a license.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::license::TransitionError;

/// The reason why a license was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The license is already suspended.
    AlreadySuspended,
    /// The license is not suspended.
    NotSuspended,
    /// The license is revoked.
    Revoked,
    /// The license has no expiry to extend.
    NeverExpires,
    /// The change leaves the license as it is.
    Unchanged,
    /// The license was changed after the job that is undone.
    ChangedSince,
    /// The account has no such license.
    Missing,
    /// The customer was merged into another one.
    CustomerMerged,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::AlreadySuspended,
        Self::NotSuspended,
        Self::Revoked,
        Self::NeverExpires,
        Self::Unchanged,
        Self::ChangedSince,
        Self::Missing,
        Self::CustomerMerged,
    ];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadySuspended => "already_suspended",
            Self::NotSuspended => "not_suspended",
            Self::Revoked => "revoked",
            Self::NeverExpires => "never_expires",
            Self::Unchanged => "unchanged",
            Self::ChangedSince => "changed_since",
            Self::Missing => "missing",
            Self::CustomerMerged => "customer_merged",
        }
    }

    /// Returns the reason in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AlreadySuspended => "already suspended",
            Self::NotSuspended => "not suspended",
            Self::Revoked => "revoked, which is final",
            Self::NeverExpires => "never expires",
            Self::Unchanged => "already so",
            Self::ChangedSince => "changed since",
            Self::Missing => "not found",
            Self::CustomerMerged => "the customer was merged into another one",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SkipReason {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .ok_or_else(|| FieldError::new("outcome", "The stored outcome is not known."))
    }
}

impl From<TransitionError> for SkipReason {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::AlreadySuspended => Self::AlreadySuspended,
            // No bulk job undoes a revocation.
            TransitionError::NotSuspended | TransitionError::NotRevoked => Self::NotSuspended,
            TransitionError::Revoked => Self::Revoked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for reason in SkipReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
        assert!("done".parse::<SkipReason>().is_err());
    }
}
