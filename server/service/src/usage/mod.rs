//! Usage statistics: a write-behind counter of verifications.
//!
//! Verifications are counted in memory ([`UsageCounter`]); a worker flushes the counts to the
//! database in batches. Verify writes nothing. A crash loses at most the counts since the last
//! flush; a failed flush loses none.

mod counter;
mod flush;

pub(crate) use counter::UsageCounter;
pub use flush::Backlog;
