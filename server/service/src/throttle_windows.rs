//! The windows of a throttle, by the name of their bucket, in bounded memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::rate_limit::{NodeShare, Quota, WindowMap};

use crate::{CurrentShare, Error, Result};

/// Maximum number of windows of a throttle.
const MAX_WINDOWS: usize = 50_000;

/// Sliding windows, of whose quotas this node enforces its share.
pub(crate) struct ThrottleWindows {
    windows: Mutex<WindowMap<String>>,
    share: CurrentShare,
}

impl ThrottleWindows {
    /// Creates empty windows.
    pub fn new(share: &CurrentShare) -> Self {
        Self { windows: Mutex::new(WindowMap::with_capacity(MAX_WINDOWS)), share: share.clone() }
    }

    /// Returns this node's share of each quota.
    pub fn share(&self) -> NodeShare {
        self.share.get()
    }

    /// Counts an attempt of `bucket` by this node's share of `quota`, or refuses it.
    pub fn check(&self, bucket: String, quota: Quota, now: Timestamp) -> Result<()> {
        self.count(bucket, self.share().of(quota), now).map(drop)
    }

    /// Counts an attempt of `bucket` by the whole `quota`, or refuses it. Returns the attempts in the window.
    pub fn count(&self, bucket: String, quota: Quota, now: Timestamp) -> Result<u32> {
        let now = u64::try_from(now.millis()).unwrap_or(0);
        let remaining = self.lock().check(bucket, now, quota).allowed().map_err(Error::TooManyTries)?;
        Ok(quota.limit - remaining)
    }

    /// Empties buckets.
    pub fn remove<const N: usize>(&self, buckets: [String; N]) {
        let mut windows = self.lock();
        for bucket in buckets {
            windows.remove(&bucket);
        }
    }

    fn lock(&self) -> MutexGuard<'_, WindowMap<String>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
