//! Countersign's use cases, and what they stand on.
//!
//! One file per verb. A seller's use case takes an [`Actor`] first, checks its
//! permission in its first line, and scopes every query to the actor's account.
//! What changes state writes its audit entry and its event in the same
//! transaction (see [`store`]).

pub mod account;
pub mod activation;
mod actor;
pub mod api_token;
mod cache;
pub mod changes;
mod clock;
pub mod counters;
pub mod demo;
mod error;
mod leader;
pub mod license;
pub mod machine;
pub mod overview;
pub mod product;
mod prune;
mod random;
pub mod secrets;
mod service;
pub mod session;
pub mod signing;
pub mod store;
mod tally;

pub use actor::{Actor, By};
pub use clock::Clock;
pub use error::{Error, Result};
pub use leader::Job;
pub use prune::{Keep, prune};
pub use random::{new_id, token};
pub use service::Service;
pub use tally::Left;
