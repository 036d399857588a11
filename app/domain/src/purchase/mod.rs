//! Purchases in the shops of sellers: signatures of their events, what these mean, and what happens to a license.
//!
//! An event is parsed only after its signature was checked over the same bytes. Nothing else of a request counts.

mod event;
mod expiry;
mod json;
mod lemonsqueezy;
mod outcome;
mod paddle;
mod provider;
mod secret;
mod settings;
mod signature;
mod stripe;

pub use event::{InvalidPayload, PricedItem, PurchaseEvent, PurchaseKind, parse_event};
pub use expiry::{PaidTerms, first_expiry, next_expiry};
pub use outcome::ShopOutcome;
pub use provider::ShopProvider;
pub use secret::ShopSecret;
pub use settings::{PriceId, PriceTerms, ShopReaction, ShopSettings, limit_of_units};
pub use signature::{SignatureHeader, TOLERANCE_SECONDS};

/// Most connections of an account.
pub const MAX_CONNECTIONS: u64 = 50;
/// Most prices of a connection.
pub const MAX_PRICES: u64 = 50;
/// Most days after the end of a paid period until the license expires.
pub const MAX_GRACE_DAYS: u32 = 30;
