//! Customers: the people and companies that licenses are issued to. The e-mail address identifies one.
//!
//! Lock order: customers in the order of their ids, then licenses in the order of theirs.

mod change;
mod create;
mod delete;
mod edit;
mod erase;
mod export;
mod find;
mod find_or_insert;
mod find_or_insert_many;
mod identity;
mod list;
mod list_candidates;
mod list_records;
mod list_source;
mod merge;
mod metadata;
mod password;
pub mod record;
mod rename_own;
mod row;
mod scrub;
mod scrub_fields;
mod search;
mod show;
mod show_record;
mod suggest;
mod terms;
mod update;

pub use change::{CustomerChange, MetadataChange, change};
pub use create::{NewCustomer, Saved, create};
pub use delete::delete;
pub use edit::{CustomerEdit, edit};
pub use erase::erase;
pub use export::{Export, export};
pub use find::find;
pub(crate) use find_or_insert::find_or_insert;
pub(crate) use find_or_insert_many::{Holder, find_or_insert_many};
pub use list::list;
pub use list_records::{CustomerExport, export_records, list_records};
pub use merge::merge;
pub use metadata::MetadataField;
pub use password::{request_password_reset, reset_password, update_password};
pub use record::CustomerRecord;
pub use rename_own::rename_own;
pub use show::show;
pub use show_record::{show_own_record, show_record};
pub use suggest::suggest;
pub(crate) use terms::search_terms;
pub use update::update;
