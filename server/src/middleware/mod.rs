//! Request metadata that the API and the dashboard share.

pub mod bearer;
pub mod client_ip;
pub mod request_id;
