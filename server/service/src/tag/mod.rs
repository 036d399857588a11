//! Tags: words by which a seller groups customers and licenses. An object has at most five.
//!
//! Lock order: customers and licenses, then the tags in the order of their ids. Missing tags are inserted in the order
//! of their keys. All licenses of a transaction are locked before its first tag.

mod attach;
mod create;
mod delete;
mod insert;
mod list;
mod new_license_tags;
mod pages;
mod record;
mod saved;
mod show;
mod update;

pub(crate) use attach::{
    names_of_customers, names_of_licenses, remove_from_customer, set_for_customer, set_for_licenses,
};
pub use create::create;
pub use delete::delete;
pub use insert::NewTag;
pub use list::list;
pub(crate) use new_license_tags::NewLicenseTags;
pub use pages::{name_of, names, page, row};
pub use record::TagRecord;
pub use saved::Saved;
pub use show::show;
pub use update::{TagChange, update};
