//! What the metrics of a process show: its counters, and what waits in the database. How the numbers are exposed is
//! the server's.

mod process;
mod stored;

pub use process::{CacheMetrics, ProcessMetrics, process};
pub use stored::{StoredMetrics, stored};
