//! Layers that both faces share.

pub mod client;
pub mod request_id;
