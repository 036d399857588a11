//! The public API: the domain API, under `/v3` the machine API and the management API, and under `/hooks` the
//! receivers of events of shops.

pub mod body;
pub mod domain_api;
mod error_log;
mod examples;
pub mod jwks;
pub mod machine_api;
pub mod management_api;
pub mod openapi;
pub mod purchase_hooks;
pub mod rate_limiter;
mod timeout;
pub mod v3;
