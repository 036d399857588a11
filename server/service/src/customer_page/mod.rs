//! The customer's page: a customer sees the own licenses, frees or moves an activation, and activates machines
//! without a network, within the seller's rules.
//!
//! A license key or the link of a mail opens the page. Both give a sealed session that names a license or a
//! customer of one account; each use case checks it against the present rows. No use case of this module
//! takes an actor, but those of sellers, and the one of customers who have signed in at the API (`free_own.rs`).

mod activate_offline;
mod brand;
mod change_brand;
mod free;
mod free_own;
mod link;
mod list;
mod move_domain;
mod open_by_key;
mod open_by_link;
mod outcome;
mod request_link;
mod scope;
mod session;
mod show;
mod throttle;

pub use activate_offline::{OfflineOutcome, activate_offline};
pub use brand::{brand, settings, style_sheet};
pub use change_brand::change_brand;
pub use free::free;
pub use free_own::free_own;
pub use list::list;
pub use move_domain::move_domain;
pub use open_by_key::open_by_key;
pub use open_by_link::{check_link, open_by_link};
pub use outcome::ReleaseOutcome;
pub use request_link::request_link;
pub use session::CustomerSession;
pub use show::show;
pub(crate) use throttle::CustomerPageThrottle;
