//! States of an import.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The state of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file is being received and checked.
    Uploading,
    /// The file is checked. Nothing is imported yet.
    Checked,
    /// A worker imports the licenses.
    Importing,
    /// A worker removes the imported licenses.
    Removing,
    /// The licenses are imported.
    Done,
    /// The imported licenses are removed.
    Removed,
    /// The import was discarded, or its upload broke off.
    Discarded,
}

impl ImportState {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Uploading,
        Self::Checked,
        Self::Importing,
        Self::Removing,
        Self::Done,
        Self::Removed,
        Self::Discarded,
    ];

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Checked => "checked",
            Self::Importing => "importing",
            Self::Removing => "removing",
            Self::Done => "done",
            Self::Removed => "removed",
            Self::Discarded => "discarded",
        }
    }

    /// Returns the label of pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Uploading => "Being received",
            Self::Checked => "Checked, not imported",
            Self::Importing => "Importing",
            Self::Removing => "Removing",
            Self::Done => "Imported",
            Self::Removed => "Removed",
            Self::Discarded => "Discarded",
        }
    }

    /// Returns whether a worker works on the import.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::Importing | Self::Removing)
    }
}

impl FromStr for ImportState {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let state = Self::ALL.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| FieldError::new("state", format!("unknown state of an import: {word}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for state in ImportState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("gone".parse::<ImportState>().is_err());
    }
}
