//! Organizations: companies and teams that customers and licenses belong to.
//!
//! Lock order: customers, then licenses, each in the order of their ids, then the organization.

mod changes;
mod create;
mod delete;
mod list;
mod pages;
pub mod record;
mod saved;
mod show;
mod update;

pub use create::{NewOrganization, create};
pub use delete::delete;
pub use list::list;
pub use pages::{find_by_name, name_of, names, page, view};
pub use record::OrganizationRecord;
pub use saved::Saved;
pub use show::show;
pub use update::update;
