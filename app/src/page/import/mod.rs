//! Pages of imports: the form that sends a file, and one import.

mod checked;
mod file_form;
mod result;

pub use file_form::ImportLicenses;
pub use result::LicenseImport;

use domain::import::ImportState;

use crate::component::Tone;

/// Returns the tone of a state's badge.
fn tone(state: ImportState) -> Tone {
    match state {
        ImportState::Done => Tone::Success,
        ImportState::Importing | ImportState::Removing | ImportState::Checked => Tone::Warning,
        ImportState::Uploading | ImportState::Removed | ImportState::Discarded => Tone::Neutral,
    }
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
