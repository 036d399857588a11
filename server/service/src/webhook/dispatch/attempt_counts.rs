//! Counts attempts to deliver events, for the metrics.

use domain::webhook::AttemptOutcome;

use crate::counters::Counters;

const SUCCEEDED: usize = 0;
const FAILED: usize = 1;
const GONE: usize = 2;

/// The attempts of this process, without tests.
#[derive(Default)]
pub(crate) struct AttemptCounts(Counters<3>);

impl AttemptCounts {
    /// Counts an attempt.
    pub(super) fn record(&self, outcome: AttemptOutcome) {
        let index = match outcome {
            AttemptOutcome::Succeeded => SUCCEEDED,
            AttemptOutcome::Failed => FAILED,
            AttemptOutcome::Gone => GONE,
        };
        self.0.add(index, 1);
    }

    /// Returns the attempts by outcome.
    pub fn get(&self) -> [(&'static str, u64); 3] {
        [("succeeded", SUCCEEDED), ("failed", FAILED), ("gone", GONE)]
            .map(|(outcome, index)| (outcome, self.0.get(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_outcome() {
        let attempts = AttemptCounts::default();
        for status in [200, 204, 500, 410] {
            attempts.record(AttemptOutcome::of_status(status));
        }
        assert_eq!(attempts.get(), [("succeeded", 2), ("failed", 1), ("gone", 1)]);
    }
}
