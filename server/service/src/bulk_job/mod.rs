//! Bulk jobs: one change of many licenses, in batches.
//!
//! A job is a row. Each batch is one transaction: it locks the job, compares its position, locks the
//! licenses in the order of their ids, decides each by the rules of single changes, and commits the
//! changes, their audit entries and outbox events, the items, the counts and the new position together.
//! A crash therefore neither repeats nor loses a license, and any node can go on with the next batch.

mod batch;
mod changes;
mod list;
mod next_licenses;
mod prune;
mod row;
mod run;
mod show;
mod start;
mod stop;
mod undo;

pub use list::list;
pub use prune::prune_items;
pub use run::{run_batch, run_pending, wait_for_start};
pub use show::show;
pub use start::{NewBulkJob, NewChange, Started, start};
pub use stop::stop;
pub use undo::undo;
