//! The activation log of the management API: the audit entries of activations and trials.

mod action;
mod list;
mod record;
mod source;

pub use crate::store::MachineFacts;
pub use action::ActivationAction;
pub use list::{ActivationLogExport, export, list};
pub use record::ActivationLogRecord;
