//! The customer's page: customers of a seller see their licenses, free, move, and activate machines without a
//! network, within the seller's rules.
//! In the seller's name and color, and in the customer's language.

mod frame;
mod license;
mod link;
mod list;
mod message;
mod offline;
mod seller;
mod slots;
mod start;

pub use link::CustomerLink;
pub use seller::CustomerPage;
pub use start::{NoCustomerPage, StartCustomerPage};
