//! Formats of counts and states.

use domain::import::ImportState;

use crate::component::Tone;

/// Returns the tone of a state's badge.
pub(super) fn tone(state: ImportState) -> Tone {
    match state {
        ImportState::Done => Tone::Success,
        ImportState::Importing | ImportState::Removing | ImportState::Checked => Tone::Warning,
        ImportState::Uploading | ImportState::Removed | ImportState::Discarded => Tone::Neutral,
    }
}

/// Returns a count as numbers are shown.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
