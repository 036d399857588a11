//! Use cases of sellers on products: one file per verb.

mod archive;
mod change;
mod changes;
mod create;
mod delete;
mod event;
mod followers;
mod list;
mod lock_rules;
mod program;
pub mod record;
mod recount_slots;
mod show;
mod slug;
mod update;

pub use archive::{archive, restore};
pub use change::change;
pub use create::create;
pub(crate) use create::insert_product;
pub use delete::delete;
pub(crate) use followers::{has_followers, update_followers};
pub(crate) use list::options_of_rules;
pub use list::{list, options};
pub use program::{
    ProductRefusal, ProductTerms, create_by_program, edit_by_program, find_by_id_or_slug, list_records,
    show_record,
};
pub use recount_slots::recount_pending_slots;
pub use show::{find_by_slug, show};
pub use update::update;
