//! Errors of the management API: `{"message", "code"}` (management API contract, 1.3).

mod management_error;
mod response;

pub(super) use management_error::ErrorSchema;
pub use management_error::{ConflictCode, ManagementError, Result};
pub(super) use response::finish;
pub use response::{method_not_allowed, not_found};
