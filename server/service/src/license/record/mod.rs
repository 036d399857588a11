//! The read model of a license for programs: everything that the management API and webhooks tell of it.

mod assemble;
mod load;
mod model;

pub(crate) use assemble::{Parts, assemble_with_key};
pub use load::load_many;
pub(crate) use load::{load_one, load_products};
pub use model::{LicenseRecord, MetadataRecord, MeterRecord};
