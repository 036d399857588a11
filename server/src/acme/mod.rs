//! The server's own certificate, ordered by ACME (RFC 8555) and validated by `http-01` at the listener of the redirect.
//! One node orders, by leader election; all nodes answer challenges and serve the certificate from the database.

mod answers;
mod client;
mod failure;
mod order;
mod settings;
mod worker;

pub(crate) use answers::ChallengeAnswers;
pub use settings::AcmeSettings;
#[cfg(test)]
pub(crate) use worker::ORDER_TIMEOUT;
pub(crate) use worker::Worker;
