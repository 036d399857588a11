//! The state of a delivery, and the outcome of one attempt.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver answered with a status of 200 to 299.
    Succeeded,
    /// Anything else.
    Failed,
    /// The receiver answered 410: it wants no further events.
    Gone,
}

impl AttemptOutcome {
    /// Returns the outcome of an answer.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Succeeded,
            410 => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// The state of a delivery: of one event to one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It waits for its next attempt.
    Pending,
    /// The receiver has accepted it.
    Succeeded,
    /// No further attempt is made.
    Failed,
    /// The webhook was suspended or disabled. A member can send it by hand.
    Skipped,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Succeeded, Self::Failed, Self::Skipped];

    /// Returns the stored word, which is also that of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Returns the label of pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Waiting",
            Self::Succeeded => "Delivered",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryState {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(word));
        let text = "The status must be pending, succeeded, failed or skipped.";
        found.ok_or_else(|| FieldError::new("status", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_success_and_only_410_is_gone() {
        for status in 100..600 {
            let expected = match status {
                200..=299 => AttemptOutcome::Succeeded,
                410 => AttemptOutcome::Gone,
                _ => AttemptOutcome::Failed,
            };
            assert_eq!(AttemptOutcome::of_status(status), expected, "{status}");
        }
    }

    #[test]
    fn stored_words_round_trip() {
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("lost".parse::<DeliveryState>().is_err());
    }
}
