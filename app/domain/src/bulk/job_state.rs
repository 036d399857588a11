//! The state of a bulk job.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The state of a bulk job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Licenses are left.
    Running,
    /// All licenses were handled.
    Done,
    /// A member stopped the job.
    Stopped,
    /// The job ended because of a failure.
    Failed,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Running, Self::Done, Self::Stopped, Self::Failed];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Returns the label of lists.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Stopped => "Stopped",
            Self::Failed => "Failed",
        }
    }
}

impl FromStr for JobState {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| FieldError::new("state", "The stored state is not known."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("paused".parse::<JobState>().is_err());
    }
}
