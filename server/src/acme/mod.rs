//! The server's own certificate, ordered by ACME (RFC 8555) and validated by `http-01` at the listener of the redirect, which
//! may lead to the public address. A node reserves an order in the database before it begins; all nodes answer challenges
//! and serve the certificate from there.

mod answers;
mod client;
mod detail;
mod failure;
mod in_use;
mod order;
mod settings;
mod worker;

pub(crate) use answers::{ChallengeAnswers, routes};
pub use settings::AcmeSettings;
pub(crate) use worker::Worker;
