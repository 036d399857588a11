//! Live pages: a browser watches a license or the overview, and learns that it changed.
//!
//! A change carries no data: the page requests itself again, so that one place checks permissions and
//! renders.

mod topic;
mod version;
mod viewers;
mod watch;

pub use crate::store::live_topics::{MAX_WATCHED, Viewer};
pub use topic::Topic;
pub use version::page_version;
pub use viewers::{close, wait_until_flush};
pub use watch::{WatchedTopic, watch};
