//! The changes that a viewer of live pages has not taken yet: one bit per watched id.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

/// Marks of positions below 32, and the wake-up of the viewer.
#[derive(Default)]
pub(super) struct Signal {
    changed: AtomicU32,
    notify: Notify,
}

impl Signal {
    /// Marks a position as changed, and wakes the viewer.
    pub fn mark(&self, position: usize) {
        self.changed.fetch_or(1 << position, Ordering::SeqCst);
        self.notify.notify_one();
    }

    /// Returns whether a position is marked.
    pub fn is_marked(&self) -> bool {
        self.changed.load(Ordering::SeqCst) != 0
    }

    /// Takes the marked positions.
    pub fn take(&self) -> Vec<usize> {
        let changed = self.changed.swap(0, Ordering::SeqCst);
        (0..32).filter(|position| (changed >> position) & 1 == 1).collect()
    }

    /// Waits until the viewer is woken, also if that was since the last call.
    pub async fn woken(&self) {
        self.notify.notified().await;
    }
}
