//! Purchases in the shops of sellers: signatures of their events, what these mean, and what happens to a license.
//!
//! An event is parsed only after its signature was checked over the same bytes. Nothing else of a request counts.

mod event;
mod expiry;
mod json;
mod left_out;
mod lemonsqueezy;
mod narrow;
mod outcome;
mod paddle;
mod parse;
mod provider;
mod refund;
mod secret;
mod settings;
mod signature;
mod stripe;

pub use event::{ItemPeriod, PricedItem, PurchaseEvent, PurchaseKind};
pub use expiry::{PaidTerms, first_expiry, is_of_taken_over_period, next_expiry};
pub use outcome::ShopOutcome;
pub use parse::{InvalidPayload, parse_event, unreadable_event};
pub use provider::ShopProvider;
pub use refund::{KnownPayment, pays_current_period};
pub use secret::ShopSecret;
pub use settings::{
    MAX_CONNECTIONS, MAX_GRACE_DAYS, MAX_PRICES, PriceId, PriceTerms, ShopReaction, ShopSettings,
    limit_of_units,
};
pub use signature::{SignatureHeader, TOLERANCE_SECONDS};
