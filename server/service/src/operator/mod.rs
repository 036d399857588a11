//! Use cases of the operator's pages: sellers, health and settings. Each takes the signed-in member and
//! creates the proof [`Operator`] in its first line.

mod changelog;
mod health;
mod list_sellers;
mod proof;
mod reinstate_seller;
mod seller;
mod settings;
mod suspend_seller;

pub use health::health;
pub use list_sellers::list_sellers;
pub use proof::Operator;
pub use reinstate_seller::reinstate_seller;
pub use settings::settings;
pub use suspend_seller::suspend_seller;
