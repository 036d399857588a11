//! The only module that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// The source of the current time: the system, or a manual clock in tests.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system clock.
    #[default]
    System,
    /// Milliseconds since the epoch, set by a test.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Creates a clock that stands at `at` until it is set.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.millis())))
    }

    /// Returns the current time.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the room")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(at) => Timestamp::from_millis(at.load(Ordering::Relaxed)),
        }
    }

    /// Sets a manual clock. Does nothing on the system clock.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(hand) = self {
            hand.store(at.millis(), Ordering::Relaxed);
        }
    }
}
