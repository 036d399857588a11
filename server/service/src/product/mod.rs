//! Use cases of sellers on products: one file per verb.

mod archive;
mod change;
mod create;
mod delete;
mod event;
mod list;
mod recount_slots;
mod show;
mod slug;
mod update;

pub use archive::{archive, restore};
pub use change::change;
pub use create::create;
pub(crate) use create::insert_product;
pub use delete::delete;
pub use list::{list, options};
pub use recount_slots::recount_pending_slots;
pub use show::{find_by_slug, show};
pub use update::update;
