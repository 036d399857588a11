//! Announcements of viewers between nodes: a node flushes early only while a member views a live page
//! somewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a node counts as watched after another node has announced viewers.
const LIFETIME: Duration = Duration::from_secs(30);
/// Interval of announcements. Three fit into their lifetime.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long after its rendering a page may begin to watch.
const PAGE_LOAD_TIME: Duration = Duration::from_secs(10);

/// When announcements were received and are due, in milliseconds since `started`.
pub(super) struct Announcements {
    started: Instant,
    /// Until when another node has viewers.
    received_until: AtomicU64,
    /// Until when a rendered page may begin to watch.
    expected_until: AtomicU64,
    /// When this node announces its viewers again.
    due_at: AtomicU64,
}

impl Default for Announcements {
    fn default() -> Self {
        let [received_until, expected_until, due_at] = [0; 3].map(AtomicU64::new);
        Self { started: Instant::now(), received_until, expected_until, due_at }
    }
}

impl Announcements {
    /// Notes that another node has viewers.
    pub fn receive(&self) {
        self.received_until.fetch_max(self.now() + to_ms(LIFETIME), Ordering::SeqCst);
    }

    /// Returns whether another node has viewers.
    pub fn are_received(&self) -> bool {
        self.received_until.load(Ordering::SeqCst) > self.now()
    }

    /// Notes that a page was rendered that may begin to watch.
    pub fn expect(&self) {
        self.expected_until.fetch_max(self.now() + to_ms(PAGE_LOAD_TIME), Ordering::SeqCst);
    }

    /// Returns whether a rendered page may begin to watch.
    pub fn is_expected(&self) -> bool {
        self.expected_until.load(Ordering::SeqCst) > self.now()
    }

    /// Returns whether an announcement is due, and schedules the next one.
    pub fn take_due(&self) -> bool {
        let now = self.now();
        let is_due = self.due_at.load(Ordering::SeqCst) <= now;
        if is_due {
            self.due_at.store(now + to_ms(INTERVAL), Ordering::SeqCst);
        }
        is_due
    }

    fn now(&self) -> u64 {
        to_ms(self.started.elapsed())
    }
}

fn to_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
