//! Reads the state of an installation's database for `countersign doctor`. Nothing is created, migrated or
//! written, and no lock of the instance is taken, so that it also works beside a running server.

mod certificate;
mod error;
mod inspect;
mod instance;
mod postgres;
mod schema;
mod sqlite;

pub use certificate::OrderedCertificate;
pub use error::InspectionError;
pub use inspect::{Engine, Inspection, inspect};
pub use instance::InstanceRow;
pub use postgres::PostgresState;
pub use schema::SchemaState;
pub use sqlite::{Integrity, SqliteState};
