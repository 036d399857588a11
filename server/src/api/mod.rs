//! The public API: the domain API and the machine API.

pub mod body;
pub mod domain_api;
mod error_log;
mod examples;
pub mod jwks;
pub mod machine_api;
pub mod openapi;
pub mod rate_limiter;
mod timeout;
