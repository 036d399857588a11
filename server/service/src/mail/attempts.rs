//! Counts attempts to send mails, for the metrics.

use strum::VariantArray as _;

use super::mailer::Attempt;
use crate::counters::Counters;

/// The outcome of an attempt, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
enum AttemptResult {
    /// The mail server has accepted the mail.
    Accepted,
    /// The mail is refused for good.
    Refused,
    /// The mail is tried again.
    Deferred,
    /// The mail server is not reachable, or refuses this sender.
    Unavailable,
}

impl AttemptResult {
    fn of(attempt: &Attempt) -> Self {
        match attempt {
            Attempt::Accepted => Self::Accepted,
            Attempt::Refused(_) => Self::Refused,
            Attempt::Deferred(_) => Self::Deferred,
            Attempt::Unavailable(_) => Self::Unavailable,
        }
    }
}

/// Number of outcomes.
const OUTCOMES: usize = AttemptResult::VARIANTS.len();

/// The attempts of this process.
#[derive(Default)]
pub(crate) struct MailAttempts(Counters<OUTCOMES>);

impl MailAttempts {
    /// Counts an attempt.
    pub(super) fn record(&self, attempt: &Attempt) {
        let outcome = AttemptResult::of(attempt);
        if let Some(index) = AttemptResult::VARIANTS.iter().position(|other| *other == outcome) {
            self.0.add(index, 1);
        }
    }

    /// Returns the attempts by outcome.
    pub fn get(&self) -> Vec<(&'static str, u64)> {
        let outcomes = AttemptResult::VARIANTS.iter().enumerate();
        outcomes.map(|(index, outcome)| ((*outcome).into(), self.0.get(index))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_outcome() {
        let attempts = MailAttempts::default();
        attempts.record(&Attempt::Accepted);
        attempts.record(&Attempt::Accepted);
        attempts.record(&Attempt::Refused("550 no such user".into()));
        attempts.record(&Attempt::Deferred("450 later".into()));
        attempts.record(&Attempt::Unavailable("connection refused".into()));
        let expected = [("accepted", 2), ("refused", 1), ("deferred", 1), ("unavailable", 1)];
        assert_eq!(attempts.get(), expected);
    }
}
