//! Nodes: their shares of the rate limits, by their heartbeats.

use domain::Timestamp;
use domain::rate_limit::RateLimitScope;
use service::{Clock, Service, node};

use test_support::{TestDatabase, on_both_databases};

const AT: i64 = 1_800_000_000_000;

/// Opens nodes that share their limits.
async fn open(db: &TestDatabase, clock: &Clock, nodes: usize) -> Vec<Service> {
    let mut opened = Vec::new();
    for _ in 0..nodes {
        let node = db.open_at(clock.clone()).await;
        node.limit_share().set_scope(RateLimitScope::Cluster);
        opened.push(node);
    }
    opened
}

/// Writes a heartbeat of each node.
async fn beat(nodes: &[Service]) {
    for node in nodes {
        node::heartbeat(node).await.unwrap();
    }
}

/// Returns the rank of each node and the number of nodes that it knows, in order.
fn places(nodes: &[Service]) -> Vec<(u32, u32)> {
    let shares = nodes.iter().map(|node| node.limit_share().get());
    let mut places: Vec<_> = shares.map(|share| (share.rank(), share.nodes())).collect();
    places.sort_unstable();
    places
}

/// Returns the places of `nodes` nodes that know each other. On SQLite each is alone.
fn of_cluster(db: &TestDatabase, nodes: u32) -> Vec<(u32, u32)> {
    (0..nodes).map(|rank| if db.is_sqlite() { (0, 1) } else { (rank, nodes) }).collect()
}

on_both_databases! {
    async fn nodes_share_limits_from_their_first_heartbeat_until_they_stop(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let nodes = open(&db, &clock, 3).await;
        assert_eq!(places(&nodes), [(0, 1); 3], "before a heartbeat");
        beat(&nodes[..2]).await;
        beat(&nodes[..2]).await;
        assert_eq!(places(&nodes[..2]), of_cluster(&db, 2));
        clock.set(Timestamp::from_millis(AT + 5000));
        beat(&nodes[2..]).await;
        assert_eq!(nodes[2].limit_share().get().nodes(), if db.is_sqlite() { 1 } else { 3 }, "at once");
        beat(&nodes).await;
        assert_eq!(places(&nodes), of_cluster(&db, 3));
        node::remove(&nodes[2]).await.unwrap();
        clock.set(Timestamp::from_millis(AT + 10_000));
        beat(&nodes[..2]).await;
        assert_eq!(places(&nodes[..2]), of_cluster(&db, 2), "an orderly stop");
    }

    async fn killed_node_has_a_share_for_90_seconds(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let nodes = open(&db, &clock, 2).await;
        beat(&nodes).await;
        beat(&nodes).await;
        for seconds in (5..=90).step_by(5) {
            assert_eq!(places(&nodes), of_cluster(&db, 2), "{seconds}");
            clock.set(Timestamp::from_millis(AT + seconds * 1000));
            beat(&nodes[..1]).await;
        }
        assert_eq!(places(&nodes[..1]), [(0, 1)]);
    }

    async fn shares_outlast_a_database_that_is_away(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let nodes = open(&db, &clock, 2).await;
        beat(&nodes).await;
        beat(&nodes).await;
        // No node could write for 10 minutes. The first one to write again finds no other.
        clock.set(Timestamp::from_millis(AT + 600_000));
        for node in &nodes {
            node::heartbeat(node).await.unwrap();
            assert_eq!(places(&nodes), of_cluster(&db, 2));
        }
        nodes[0].close().await;
        assert!(node::heartbeat(&nodes[0]).await.is_err());
        assert_eq!(places(&nodes), of_cluster(&db, 2));
    }

    async fn clock_that_goes_back_keeps_no_ended_node_alive(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let nodes = open(&db, &clock, 3).await;
        beat(&nodes).await;
        beat(&nodes).await;
        clock.set(Timestamp::from_millis(AT - 3_600_000));
        beat(&nodes[..2]).await;
        beat(&nodes[..2]).await;
        assert_eq!(places(&nodes[..2]), of_cluster(&db, 2));
    }

    async fn limits_of_each_node_are_whole_by_default(db: TestDatabase) {
        let nodes = [db.open().await, db.open().await];
        beat(&nodes).await;
        beat(&nodes).await;
        assert_eq!(places(&nodes), [(0, 1); 2]);
        assert_eq!(node::heartbeat_interval(&nodes[0]).as_secs(), 30);
    }

    async fn nodes_find_each_other_by_the_clock_of_the_database(db: TestDatabase) {
        let nodes = open(&db, &Clock::System, 2).await;
        beat(&nodes).await;
        beat(&nodes).await;
        assert_eq!(places(&nodes), of_cluster(&db, 2));
        let seconds = if db.is_sqlite() { 30 } else { 5 };
        assert_eq!(node::heartbeat_interval(&nodes[0]).as_secs(), seconds);
    }
}
