//! Registry of viewers of live pages: publishes the ids of changed licenses and accounts to the viewers that
//! watch them.
//!
//! A publication without viewers is two atomic operations. Each viewer holds one bit per watched id, so that
//! repeated changes coalesce and a slow viewer buffers nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::live_announcements::Announcements;
use super::live_signal::Signal;
use crate::random_id;

/// Maximum number of ids that a viewer watches: a stream serves all tabs of a browser.
pub const MAX_WATCHED: usize = 8;
/// The PostgreSQL channel that carries ids which viewers of other nodes may watch, beside the cache
/// invalidations.
pub(crate) const LIVE_CHANNEL: &str = "countersign_live";
/// The payload that announces viewers.
pub(crate) const VIEWERS_PAYLOAD: &str = "viewers";
/// The payload of a change that may concern any license or account.
pub(crate) const ALL_PAYLOAD: &str = "*";

/// The viewers of this process, by watched id.
pub(crate) struct LiveTopics {
    /// Distinguishes the versions of this process from those of others.
    process: String,
    /// The number of publications.
    version: AtomicU64,
    viewers: AtomicUsize,
    by_id: Mutex<HashMap<Uuid, Vec<Watch>>>,
    announcements: Announcements,
    /// Whether the process shuts down.
    closed: watch::Sender<bool>,
    /// Wakes the worker that flushes for viewers.
    watched: Notify,
}

/// One watched id of a viewer.
struct Watch {
    signal: Arc<Signal>,
    position: usize,
}

impl Default for LiveTopics {
    fn default() -> Self {
        Self {
            process: random_id().simple().to_string().split_off(20),
            version: AtomicU64::new(0),
            viewers: AtomicUsize::new(0),
            by_id: Mutex::default(),
            announcements: Announcements::default(),
            closed: watch::Sender::new(false),
            watched: Notify::new(),
        }
    }
}

impl LiveTopics {
    /// Returns the version of the data: it changes with each publication, and differs between processes.
    pub fn version(&self) -> String {
        format!("{}.{}", self.process, self.version.load(Ordering::SeqCst))
    }

    /// Returns the version for a page that is rendered now. Changes are published from now on, so that those
    /// until the page watches give another version.
    pub fn version_of_page(&self) -> String {
        self.announcements.expect();
        self.watched.notify_one();
        self.version()
    }

    /// Publishes a change of licenses or accounts.
    pub fn publish<'a>(&self, ids: impl IntoIterator<Item = &'a Uuid>) {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_none() {
            return;
        }
        // Before the viewers are counted: a viewer registers first and compares versions then.
        self.version.fetch_add(1, Ordering::SeqCst);
        if self.viewers() == 0 {
            return;
        }
        let by_id = self.lock();
        for watch in ids.filter_map(|id| by_id.get(id)).flatten() {
            watch.signal.mark(watch.position);
        }
    }

    /// Publishes a change that may concern any license and any account.
    pub fn publish_all(&self) {
        self.version.fetch_add(1, Ordering::SeqCst);
        for watch in self.lock().values().flatten() {
            watch.signal.mark(watch.position);
        }
    }

    /// Applies a payload of [`LIVE_CHANNEL`].
    pub fn apply(&self, payload: &str) {
        if payload == VIEWERS_PAYLOAD {
            self.announcements.receive();
            self.watched.notify_one();
            return;
        }
        let ids: Result<Vec<Uuid>, _> = payload.split(',').map(str::parse).collect();
        match ids {
            Ok(ids) => self.publish(&ids),
            Err(_) => self.publish_all(),
        }
    }

    /// Returns whether a member views a live page, on this node or on another one.
    pub fn is_watched(&self) -> bool {
        self.is_watched_here() || self.announcements.are_received()
    }

    /// Waits until a member views a live page.
    pub async fn wait_until_watched(&self) {
        while !self.is_watched() {
            self.watched.notified().await;
        }
    }

    /// Returns whether this node should announce its viewers to other nodes now.
    pub fn should_announce(&self) -> bool {
        self.is_watched_here() && self.announcements.take_due()
    }

    /// Registers a viewer of at most [`MAX_WATCHED`] ids; further ids are not watched. A position whose
    /// `seen` version is outdated counts as changed, and a position without an id never changes.
    pub fn watch(self: &Arc<Self>, ids: &[Option<Uuid>], seen: &[Option<String>]) -> Viewer {
        let ids = &ids[..ids.len().min(MAX_WATCHED)];
        let signal = Arc::<Signal>::default();
        let mut by_id = self.lock();
        for (position, id) in ids.iter().enumerate() {
            if let Some(id) = id {
                by_id.entry(*id).or_default().push(Watch { signal: Arc::clone(&signal), position });
            }
        }
        drop(by_id);
        self.viewers.fetch_add(1, Ordering::SeqCst);
        let current = self.version();
        for (position, (id, seen)) in ids.iter().zip(seen).enumerate() {
            if id.is_some() && seen.as_ref().is_some_and(|seen| *seen != current) {
                signal.mark(position);
            }
        }
        self.watched.notify_one();
        Viewer { topics: Arc::clone(self), ids: ids.iter().flatten().copied().collect(), signal }
    }

    /// Ends all viewers, also those that register later. For the shutdown.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    fn is_watched_here(&self) -> bool {
        self.viewers() > 0 || self.announcements.is_expected()
    }

    /// Returns the number of viewers of this process.
    pub fn viewers(&self) -> usize {
        self.viewers.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Vec<Watch>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A browser that watches licenses and accounts, until it is dropped.
pub struct Viewer {
    topics: Arc<LiveTopics>,
    ids: Vec<Uuid>,
    signal: Arc<Signal>,
}

impl Viewer {
    /// Waits for a change. Returns the positions of the changed ids, or `None` once the process shuts down.
    /// Changes since the last call count once. Canceling the future loses no change.
    pub async fn changed(&self) -> Option<Vec<usize>> {
        tokio::select! {
            biased;
            () = self.closed() => None,
            () = self.wait_for_change() => Some(self.take_changes()),
        }
    }

    /// Waits for a change without taking it, so that a message can wait until it is due.
    pub async fn wait_for_change(&self) {
        while !self.signal.is_marked() {
            self.signal.woken().await;
        }
    }

    /// Takes the positions of the ids that changed since the last call.
    #[must_use]
    pub fn take_changes(&self) -> Vec<usize> {
        self.signal.take()
    }

    /// Waits until the process shuts down.
    pub async fn closed(&self) {
        let mut closed = self.topics.closed.subscribe();
        // The registry keeps the sender, so that the receiver cannot fail.
        let _ = closed.wait_for(|is_closed| *is_closed).await;
    }

    /// Returns the version of the data. It covers all changes that were taken before.
    #[must_use]
    pub fn version(&self) -> String {
        self.topics.version()
    }

    /// Returns the number of viewers of this process.
    #[must_use]
    pub fn viewers(&self) -> usize {
        self.topics.viewers()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut by_id = self.topics.lock();
        for id in &self.ids {
            if let Some(watches) = by_id.get_mut(id) {
                watches.retain(|watch| !Arc::ptr_eq(&watch.signal, &self.signal));
                if watches.is_empty() {
                    by_id.remove(id);
                }
            }
        }
        drop(by_id);
        self.topics.viewers.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const A: Uuid = Uuid::from_u128(1);
    const B: Uuid = Uuid::from_u128(2);

    async fn is_silent(viewer: &Viewer) -> bool {
        timeout(Duration::from_millis(20), viewer.changed()).await.is_err()
    }

    #[tokio::test]
    async fn changes_of_watched_ids_coalesce_and_others_are_not_seen() {
        let topics = Arc::<LiveTopics>::default();
        let viewer = topics.watch(&[Some(A), Some(B)], &[None, None]);
        topics.publish(&[Uuid::from_u128(3)]);
        assert!(is_silent(&viewer).await);
        for _ in 0..1000 {
            topics.publish(&[B]);
        }
        assert_eq!(viewer.changed().await, Some(vec![1]));
        assert!(is_silent(&viewer).await, "a thousand changes are one");
        topics.publish_all();
        assert_eq!(viewer.changed().await, Some(vec![0, 1]));
    }

    #[tokio::test]
    async fn change_between_rendering_and_watching_is_seen() {
        let topics = Arc::<LiveTopics>::default();
        let seen = topics.version();
        assert!(is_silent(&topics.watch(&[Some(A)], &[Some(seen.clone())])).await);
        topics.publish(&[A]);
        assert_eq!(topics.watch(&[Some(A)], &[Some(seen)]).changed().await, Some(vec![0]));
        let other_process = Some(LiveTopics::default().version());
        assert_eq!(
            topics.watch(&[Some(A)], std::slice::from_ref(&other_process)).changed().await,
            Some(vec![0])
        );
        let viewer = topics.watch(&[None, Some(A)], &[other_process.clone(), other_process]);
        assert_eq!(viewer.changed().await, Some(vec![1]), "a missing topic never changes");
        topics.publish_all();
        assert_eq!(viewer.changed().await, Some(vec![1]));
    }

    #[tokio::test]
    async fn dropped_viewers_leave_nothing_and_shutdown_ends_the_others() {
        let topics = Arc::<LiveTopics>::default();
        let viewers: Vec<_> = (0..10).map(|_| topics.watch(&[Some(A), Some(A)], &[])).collect();
        assert!(topics.is_watched());
        drop(viewers);
        assert!(!topics.is_watched() && topics.lock().is_empty());
        let viewer = topics.watch(&[Some(B)], &[]);
        topics.close();
        assert_eq!(viewer.changed().await, None);
    }

    #[tokio::test]
    async fn announcement_of_another_node_counts_as_watched() {
        let topics = Arc::<LiveTopics>::default();
        assert!(!topics.should_announce(), "no viewer to announce");
        topics.apply(VIEWERS_PAYLOAD);
        timeout(Duration::from_secs(5), topics.wait_until_watched()).await.expect("watched");
        let viewer = topics.watch(&[Some(A), Some(B)], &[]);
        assert!(topics.should_announce());
        assert!(!topics.should_announce(), "announced just now");
        topics.apply(&format!("{A},{B}"));
        assert_eq!(viewer.changed().await, Some(vec![0, 1]));
        topics.apply(ALL_PAYLOAD);
        assert_eq!(viewer.changed().await, Some(vec![0, 1]));
    }
}
