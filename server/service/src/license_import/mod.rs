//! Import of licenses from a table of another system.
//!
//! An upload checks each row and stores the good ones, sealed, in chunks. A worker then imports a few chunks
//! in one transaction, together with the position of the import, so that a crash neither repeats nor loses a
//! row, and any node can go on. It prepares the next chunks while these are written. The id of a license follows from the import and its row: the licenses of an
//! import are a range of ids, which can be removed again.

mod check;
mod chunk;
mod confirm;
mod discard;
mod end;
mod file_row;
mod import_chunk;
mod insert;
mod list;
mod plan;
mod prepare;
mod prune;
mod remove;
mod remove_chunk;
mod row;
mod run;
mod show;
mod stop;
mod upload;

pub use confirm::confirm;
pub use discard::discard;
pub use file_row::FileRow;
pub use list::list;
pub use plan::NewImport;
pub use prune::prune;
pub use remove::remove;
pub use run::{run_batch, run_pending};
pub use show::{faults, show};
pub use stop::stop;
pub use upload::Upload;
