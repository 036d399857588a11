//! The version of this program.

/// The version of Countersign.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
