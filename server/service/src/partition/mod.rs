//! Partitions of the logs by month, on PostgreSQL: audit entries, their changes, and outbox events.
//!
//! Ids are UUIDs of version 7, so that a range of ids is a range of time. The first partition has what was written
//! before the migration, "later" what is written after the last month. On SQLite the logs have no partitions.

mod create;
mod drop_months;
mod extend;
mod later;
mod log_table;
mod range;
mod survey;

pub(crate) use drop_months::{by_rows, drop_before, first_kept};
pub use extend::make_ahead;
pub(crate) use log_table::{LogTable, NAME_INDEXES};
pub(crate) use survey::survey;
