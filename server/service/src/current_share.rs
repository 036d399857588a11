//! The present share of this node in the rate limits, between the heartbeats that find it and the limiters that read
//! it for each request.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use domain::rate_limit::{NodeShare, RateLimitScope};

/// The share of this node. Clones are the same share. Reading takes no lock.
#[derive(Debug, Clone, Default)]
pub struct CurrentShare(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Empty is `Node`: limits are not shared.
    scope: OnceLock<RateLimitScope>,
    /// The rank in the upper half, the number of nodes in the lower half, so that one load reads both. 0 is the whole
    /// share.
    packed: AtomicU64,
    /// When the last heartbeat was written, in milliseconds; 0 before the first one.
    heartbeat_at: AtomicI64,
}

impl CurrentShare {
    /// Sets what rate limits count for. Later calls change nothing. Without a call, limits are not shared.
    pub fn set_scope(&self, scope: RateLimitScope) {
        let _ = self.0.scope.set(scope);
    }

    /// Returns whether this node shares its rate limits with other nodes.
    #[must_use]
    pub fn is_of_cluster(&self) -> bool {
        self.0.scope.get() == Some(&RateLimitScope::Cluster)
    }

    /// Returns the present share: the whole limits unless they are shared.
    #[must_use]
    pub fn get(&self) -> NodeShare {
        let packed = self.0.packed.load(Ordering::Relaxed);
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(0);
        NodeShare::new(half(packed >> 32), half(packed))
    }

    /// Takes up the place that a heartbeat at `at_ms` found, if limits are shared. `max_gap_ms` is the longest time
    /// since the last heartbeat in which none was missed. Returns the new share if it changed.
    pub(crate) fn observe(&self, found: NodeShare, at_ms: i64, max_gap_ms: i64) -> Option<NodeShare> {
        if !self.is_of_cluster() {
            return None;
        }
        let missed = at_ms - self.0.heartbeat_at.swap(at_ms, Ordering::Relaxed) > max_gap_ms;
        let before = self.get();
        let share = before.after_heartbeat(found, missed);
        let packed = (u64::from(share.rank()) << 32) | u64::from(share.nodes());
        self.0.packed.store(packed, Ordering::Relaxed);
        (share != before).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_whole_unless_limits_are_shared() {
        let share = CurrentShare::default();
        assert_eq!(share.observe(NodeShare::new(1, 3), 1000, 10_000), None);
        assert_eq!(share.get(), NodeShare::WHOLE);
        share.set_scope(RateLimitScope::Cluster);
        assert_eq!(share.get(), NodeShare::WHOLE);
        let found = NodeShare::new(1, 3);
        assert_eq!(share.observe(found, 2000, 10_000), Some(found));
        assert_eq!(share.clone().get(), found);
        assert_eq!(share.observe(found, 3000, 10_000), None);
        share.set_scope(RateLimitScope::Node);
        assert!(share.is_of_cluster(), "the first call counts");
    }

    #[test]
    fn share_grows_with_the_second_heartbeat_after_a_missed_one() {
        let share = CurrentShare::default();
        share.set_scope(RateLimitScope::Cluster);
        let (half, whole) = (NodeShare::new(0, 2), NodeShare::WHOLE);
        assert_eq!(share.observe(half, 100_000, 10_000), Some(half));
        assert_eq!(share.observe(whole, 200_000, 10_000), None);
        assert_eq!(share.observe(whole, 205_000, 10_000), Some(whole));
    }
}
