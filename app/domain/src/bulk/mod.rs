//! Bulk jobs: one change of many licenses. Each license is decided by the rules of single changes.

mod change;
mod job_state;
mod parameters;
mod selection;
mod skip_reason;
mod undo;

pub use change::{Change, Terms, Verb};
pub use job_state::JobState;
pub use parameters::Parameters;
pub use selection::{MAX_LICENSES, Selection};
pub use skip_reason::SkipReason;
pub use undo::{Former, UNDO_MS};
