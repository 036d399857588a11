//! Customers: the people and companies that licenses are issued to. The e-mail address identifies one.
//!
//! Lock order: customers in the order of their ids, then licenses in the order of theirs.

mod erase;
mod export;
mod find;
mod find_or_insert;
mod find_or_insert_many;
mod identity;
mod list;
mod merge;
mod scrub;
mod scrub_fields;
mod search;
mod show;
mod suggest;
mod terms;
mod update;

pub use erase::erase;
pub use export::{Export, export};
pub use find::find;
pub(crate) use find_or_insert::find_or_insert;
pub(crate) use find_or_insert_many::{Holder, find_or_insert_many};
pub use list::list;
pub use merge::merge;
pub use show::show;
pub use suggest::suggest;
pub(crate) use terms::search_terms;
pub use update::update;
