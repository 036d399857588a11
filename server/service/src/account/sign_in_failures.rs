//! Counts failed sign-ins of users and customers, for the metrics.

use strum::VariantArray as _;

use crate::Error;
use crate::counters::Counters;

/// Why a sign-in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum SignInFailure {
    /// Address or password are wrong.
    Credentials,
    /// The code of the second factor is wrong.
    SecondFactor,
    /// The throttle refused the attempt.
    TooManyAttempts,
}

/// Number of reasons.
const REASONS: usize = SignInFailure::VARIANTS.len();

/// The failures of this process.
#[derive(Default)]
pub(crate) struct SignInFailures(Counters<REASONS>);

impl SignInFailures {
    pub fn record(&self, failure: SignInFailure) {
        if let Some(index) = SignInFailure::VARIANTS.iter().position(|other| *other == failure) {
            self.0.add(index, 1);
        }
    }

    /// Counts an error of the throttle, and no other.
    pub fn record_throttled(&self, error: &Error) {
        if matches!(error, Error::TooManyTries(_)) {
            self.record(SignInFailure::TooManyAttempts);
        }
    }

    /// Returns the failures by reason.
    pub fn get(&self) -> Vec<(&'static str, u64)> {
        let reasons = SignInFailure::VARIANTS.iter().enumerate();
        reasons.map(|(index, failure)| ((*failure).into(), self.0.get(index))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_reason() {
        let failures = SignInFailures::default();
        failures.record(SignInFailure::Credentials);
        failures.record(SignInFailure::SecondFactor);
        failures.record_throttled(&Error::TooManyTries(60));
        failures.record_throttled(&Error::NotFound);
        assert_eq!(failures.get(), [("credentials", 1), ("second_factor", 1), ("too_many_attempts", 1)]);
    }
}
