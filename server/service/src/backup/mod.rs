//! Backup and restore of a SQLite database. PostgreSQL has its own tools (docs/operations.md).

mod create;
mod files;
mod restore;
mod status;
mod verify;

pub use create::create;
pub use restore::restore;
pub use status::BackupStatus;
pub use verify::{BackupContent, verify};
