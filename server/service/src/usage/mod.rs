//! Usage statistics: a write-behind counter of verifications.
//!
//! Verifications are counted in memory ([`UsageCounter`]); a worker flushes the counts to the
//! database in batches. Verify writes nothing. A crash loses at most the counts since the last
//! flush; a failed flush loses none. Refused domains and machines are logged alike ([`refusals`]).

mod counter;
mod flush;
mod flush_live;
mod flush_refusals;
mod refusals;

pub(crate) use counter::UsageCounter;
pub(crate) use flush::ACTIVATED;
pub use flush::Backlog;
pub(crate) use refusals::{MAX_SUBJECTS_PER_LICENSE, RefusedRequest};
