//! Use cases of sellers on products: one file per verb.

mod create;
mod list;
mod recount_slots;
mod show;
mod slug;
mod update;

pub use create::create;
pub(crate) use create::insert_product;
pub use list::{list, options};
pub use recount_slots::recount_pending_slots;
pub use show::{find_by_slug, show};
pub use update::update;
