//! The server's certificate, ordered by ACME (RFC 8555): the account at the authority, challenges and certificates are in
//! the database, so that one node orders at a time and all nodes answer and serve. The server crate speaks the protocol.

mod account;
mod challenge;
mod monitor;
mod order;
mod stored;
mod subject;

pub use account::{StoredAccount, account, delete_account, note_contact, store_account};
pub use challenge::{challenge_answer, delete_challenges, store_challenge};
pub use monitor::CertificateMonitor;
pub use order::{
    NewCertificate, OrderState, StoreOutcome, order_state, reserve_order, store_certificate, store_failure,
    store_unusable,
};
pub use stored::{FormerCertificate, IssuedCertificate, certificate, former_certificates};
pub use subject::CertificateSubject;
