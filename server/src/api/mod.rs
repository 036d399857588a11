//! The public API: one folder a dialect.

pub mod body;
mod deadline;
mod failure;
pub mod jwks;
pub mod licensing;
pub mod limiter;
pub mod openapi;
pub mod v3;
