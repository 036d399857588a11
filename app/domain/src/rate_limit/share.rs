//! The share of one node in the rate limits of its cluster.
//!
//! Nodes do not count together: each enforces its share, so that the shares of all nodes are the limit.

use serde::{Deserialize, Serialize};

use super::quota::{Quota, RateDecision};

/// What a rate limit counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateLimitScope {
    /// Each node: n nodes admit n times the limit.
    #[default]
    Node,
    /// All nodes together: each node admits its share.
    Cluster,
}

/// The place of a node among the live nodes of its cluster, which decides its share of each limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeShare {
    /// Less than `nodes`.
    rank: u32,
    /// At least 1.
    nodes: u32,
}

impl NodeShare {
    /// The share of a node that is alone: the whole limit.
    pub const WHOLE: Self = Self { rank: 0, nodes: 1 };

    /// Creates the share of the node with `rank` lower nodes, of `nodes` live ones. Values out of range are
    /// replaced by the nearest in it.
    #[must_use]
    pub const fn new(rank: u32, nodes: u32) -> Self {
        let nodes = if nodes == 0 { 1 } else { nodes };
        Self { rank: if rank < nodes { rank } else { nodes - 1 }, nodes }
    }

    /// Returns the number of live nodes with a lower id.
    #[must_use]
    pub const fn rank(self) -> u32 {
        self.rank
    }

    /// Returns the number of live nodes.
    #[must_use]
    pub const fn nodes(self) -> u32 {
        self.nodes
    }

    /// Returns this node's share of a limit. The lowest ranks get the remainder of the division.
    ///
    /// A limit below the number of nodes gives each node 1, because a node without a share would refuse all
    /// of its clients. The nodes then admit together as many as there are nodes. The share of 0 is 0.
    #[must_use]
    pub fn of_limit(self, limit: u32) -> u32 {
        let remainder = u32::from(self.rank < limit % self.nodes);
        (limit / self.nodes + remainder).max(limit.min(1))
    }

    /// Returns the quota that this node enforces.
    #[must_use]
    pub fn of(self, quota: Quota) -> Quota {
        Quota { limit: self.of_limit(quota.limit), ..quota }
    }

    /// Returns a decision about this node's share as clients read it: beside the whole `quota`. What is left of
    /// the share stands for as large a part of the quota.
    #[must_use]
    pub fn of_cluster(self, quota: Quota, decision: RateDecision) -> RateDecision {
        match decision {
            RateDecision::Allowed { remaining } => {
                RateDecision::Allowed { remaining: self.remaining_of_cluster(quota, remaining) }
            }
            refused @ RateDecision::Refused { .. } => refused,
        }
    }

    /// Returns the requests left of the whole `quota`, if so many are left of this node's share and all nodes
    /// have admitted as many. It is 0 only if nothing is left of the share.
    #[must_use]
    pub fn remaining_of_cluster(self, quota: Quota, remaining: u32) -> u32 {
        let share = self.of_limit(quota.limit);
        if share == quota.limit {
            return remaining;
        }
        let scaled = u64::from(remaining) * u64::from(quota.limit) / u64::from(share);
        u32::try_from(scaled).unwrap_or(u32::MAX).min(quota.limit)
    }

    /// Returns the share after this one, if a heartbeat finds the node at the place `found`.
    ///
    /// If this node `missed` a heartbeat before, other nodes may have missed theirs for the same reason, such as
    /// a database that was away, and only seem to have ended. Then the share does not grow yet.
    #[must_use]
    pub const fn after_heartbeat(self, found: Self, missed: bool) -> Self {
        if missed && found.nodes < self.nodes { self } else { found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::SlidingWindow;
    use proptest::prelude::*;

    fn shares(limit: u32, nodes: u32) -> Vec<u32> {
        (0..nodes).map(|rank| NodeShare::new(rank, nodes).of_limit(limit)).collect()
    }

    #[test]
    fn documented_shares() {
        assert_eq!(shares(30, 4), [8, 8, 7, 7]);
        assert_eq!(shares(10, 3), [4, 3, 3]);
        assert_eq!(shares(2, 4), [1, 1, 1, 1], "each node admits one");
        assert_eq!(shares(0, 2), [0, 0], "0 admits none");
        assert_eq!(NodeShare::new(7, 3), NodeShare::new(2, 3));
        assert_eq!(NodeShare::new(0, 0), NodeShare::WHOLE);
    }

    #[test]
    fn share_grows_only_after_a_heartbeat_in_time() {
        let (half, whole) = (NodeShare::new(1, 2), NodeShare::WHOLE);
        assert_eq!(
            half.after_heartbeat(whole, true),
            half,
            "the other node may have missed its heartbeat too"
        );
        assert_eq!(half.after_heartbeat(whole, false), whole);
        assert_eq!(whole.after_heartbeat(half, true), half, "it shrinks at once");
        assert_eq!(half.after_heartbeat(NodeShare::new(0, 2), true), NodeShare::new(0, 2));
    }

    #[test]
    fn refused_request_waits_until_it_fits_into_a_smaller_share() {
        let mut window = SlidingWindow::default();
        for second in 0..4 {
            assert!(window.check(second * 1000, Quota::per_minute(4)).allowed().is_ok());
        }
        // Three of the four must have left the window.
        assert_eq!(window.check(4000, Quota::per_minute(2)), RateDecision::Refused { retry_after: 58 });
        assert!(window.check(61_999, Quota::per_minute(2)).allowed().is_err());
        assert!(window.check(62_000, Quota::per_minute(2)).allowed().is_ok());
    }

    proptest! {
        #[test]
        fn shares_of_all_nodes_are_the_limit(limit in 0u32..5000, nodes in 1u32..200) {
            let shares = shares(limit, nodes);
            let expected = if limit == 0 { 0 } else { limit.max(nodes) };
            prop_assert_eq!(shares.iter().sum::<u32>(), expected);
            prop_assert!(shares.is_sorted_by(|higher, lower| higher >= lower));
            prop_assert!(shares[0] - shares[shares.len() - 1] <= 1);
        }

        #[test]
        fn share_is_monotone(limit in 0u32..u32::MAX, nodes in 1u32..200, rank in 0u32..200) {
            let share = NodeShare::new(rank.min(nodes - 1), nodes);
            prop_assert!(share.of_limit(limit) <= share.of_limit(limit + 1));
            prop_assert!(NodeShare::new(share.rank(), nodes + 1).of_limit(limit) <= share.of_limit(limit));
            prop_assert!(share.of_limit(limit) <= limit);
        }

        #[test]
        fn whole_share_changes_nothing(
            limit in any::<u32>(), remaining in any::<u32>(), window_ms in 1u64..100_000,
        ) {
            let quota = Quota { limit, window_ms };
            let decision = RateDecision::Allowed { remaining };
            prop_assert_eq!(NodeShare::WHOLE.of(quota), quota);
            prop_assert_eq!(NodeShare::WHOLE.of_cluster(quota, decision), decision);
        }

        #[test]
        fn remaining_is_zero_exactly_if_the_share_is_used_up(
            limit in 1u32..5000, nodes in 1u32..200, rank in 0u32..200, part in 0.0..=1.0f64,
        ) {
            let (quota, share) = (Quota::per_minute(limit), NodeShare::new(rank, nodes));
            let own = share.of_limit(limit);
            let left = (0..=own).rev().find(|left| f64::from(*left) <= f64::from(own) * part).unwrap_or(0);
            let shown = share.remaining_of_cluster(quota, left);
            prop_assert_eq!(shown == 0, left == 0);
            prop_assert!((left..=limit).contains(&shown));
            prop_assert_eq!(share.remaining_of_cluster(quota, own), limit);
        }

        /// A share that shrinks while the window is full refuses, and one that grows admits no more than it.
        #[test]
        fn changing_share_admits_no_more_than_it_is(
            steps in proptest::collection::vec((0u64..20_000, 0u32..6, 1u32..5), 1..200),
            limit in 1u32..20,
        ) {
            let mut window = SlidingWindow::default();
            let mut now = 0;
            let mut admitted: Vec<(u64, u32)> = Vec::new();
            for (gap, nodes, weight) in steps {
                now += gap;
                let quota = NodeShare::new(0, nodes).of(Quota::per_minute(limit));
                let inside = |at: u64| -> u32 {
                    let in_window = admitted.iter().filter(|(from, _)| from + quota.window_ms > at);
                    in_window.map(|(_, weight)| weight).sum()
                };
                let weight = weight.min(quota.limit);
                match window.check_many(now, quota, weight) {
                    RateDecision::Allowed { remaining } => {
                        prop_assert_eq!(inside(now) + weight + remaining, quota.limit);
                        admitted.push((now, weight));
                    }
                    RateDecision::Refused { retry_after } => {
                        prop_assert!(inside(now) + weight > quota.limit);
                        prop_assert!(inside(now + retry_after * 1000) + weight <= quota.limit);
                    }
                }
            }
        }
    }
}
