//! Trials of machines, for sellers' systems: lists, exports, their end and their deletion.

mod delete;
mod list;
mod move_end;
mod record;
mod source;

pub use delete::delete;
pub use list::{TrialExport, export, list, show};
pub use move_end::{TrialEnd, move_end};
pub use record::TrialActivationRecord;
