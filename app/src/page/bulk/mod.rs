//! Pages of bulk changes: the parameters of a change, the jobs, and the progress of one job.

mod change;
mod job;
mod jobs;
mod summary;

pub use change::BulkChange;
pub(super) use change::effect;
pub use job::BulkJob;
pub use jobs::BulkJobs;
