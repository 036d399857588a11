//! Token signing keys of products: RS256 (RFC 7518, section 3.3), 2048 bits, one active key each.
//!
//! A key is generated in the background after its product, or when the first token is requested.
//! The private key is sealed at rest. Parsed keys are cached, because parsing costs as much as
//! signing. Generation and signing run outside the async threads.

mod cache;
mod jwk;
mod key;
mod pool;
mod public_keys;
mod rotate;
mod sign;

pub(crate) use cache::SigningKeyCache;
pub use jwk::PublicKey;
pub(crate) use key::TokenKind;
pub(crate) use pool::wait_for_capacity;
pub use public_keys::{current_public_key, product_public_keys, public_keys};
pub use rotate::{keys, retire, rotate};
pub use sign::generate_missing_keys;
pub(crate) use sign::sign;
