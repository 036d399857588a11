//! The public API: one folder a dialect.

pub mod body;
pub mod licensing;
pub mod limiter;
