//! The server's certificate, ordered by ACME (RFC 8555): the account at the authority, challenges and certificates are in
//! the database, so that one node orders and all nodes answer and serve. The server crate speaks the protocol.

mod account;
mod challenge;
mod monitor;
mod order;

pub use account::{StoredAccount, account, delete_account, note_contact, store_account};
pub use challenge::{challenge_answer, delete_challenges, store_challenge};
pub use monitor::CertificateMonitor;
pub use order::{
    CertificateSubject, IssuedCertificate, NewCertificate, OrderState, certificate, order_state,
    store_certificate, store_failure,
};
