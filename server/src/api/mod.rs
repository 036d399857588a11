//! The public API: one folder a dialect.

pub mod body;
pub mod jwks;
pub mod licensing;
pub mod limiter;
pub mod v3;
