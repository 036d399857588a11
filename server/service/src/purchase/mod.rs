//! Purchases: events of sellers' shops issue, renew, suspend and revoke licenses.
//!
//! An event counts only if its provider signed it (`signature.rs`), and once (`receive.rs`). Its change and its entry
//! of the log commit together. Events of one connection are applied one after the other, under the connection's lock.

mod apply;
mod audit_event;
mod buyer;
mod change;
mod create;
mod deferred;
mod delete;
mod erase;
mod expiry;
mod forget;
mod issue;
mod list;
mod log;
mod log_quota;
mod page;
mod paid;
mod period;
mod prices;
mod react;
mod receive;
mod references;
mod refund;
mod repeat;
mod scope;
mod sealed;
mod send_key;
mod shop;
mod show;
mod signature;
mod state;
mod view;

pub use change::{ShopChange, change};
pub use create::{NewShop, create};
pub use deferred::apply_deferred;
pub use delete::delete;
pub(crate) use erase::erase_payloads;
pub use forget::{forget_bodies, forget_former_secrets};
pub use list::{list, list_page};
pub use log::show_event;
pub use log_quota::{MAX_DEFERRED_EVENTS, MAX_LOGGED_EVENTS, prune_log};
pub use page::show_page;
pub use prices::{remove_price, set_price};
pub use receive::{Received, is_connected, receive};
pub use repeat::repeat;
pub use show::show;
