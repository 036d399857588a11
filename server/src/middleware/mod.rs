//! Layers that both faces share.

pub mod client_ip;
pub mod request_id;
