//! Several nodes on one PostgreSQL, with lost connections, killed nodes, a database restart and a failover.
//! No acknowledged activation may be lost.

mod fixture;
mod load;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use sea_orm::Database;

use super::{Server, issue, run, send, send_with_headers, wait_until};
use fixture::{Cluster, TcpProxy};
use load::Load;
use test_support::{TestDatabase, texts};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// Returns the address of the tests' PostgreSQL.
fn postgres_address(db: &TestDatabase) -> SocketAddr {
    let (head, _) = db.url.rsplit_once('/').expect("a URL");
    let (_, address) = head.rsplit_once('@').expect("a user");
    address.replace("localhost", "127.0.0.1").parse().expect("an address")
}

fn shared_database() -> TestDatabase {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(TestDatabase::postgres())
}

/// Asserts that every acknowledged activation exists, the limit holds and the counters agree.
fn assert_nothing_is_missing(db: &TestDatabase, key: &str, limit: usize, acknowledged: &BTreeSet<String>) {
    assert!(acknowledged.len() <= limit, "{} activations on a limit of {limit}", acknowledged.len());
    let fresh = Server::start(db);
    for domain in acknowledged {
        let (_, response) = fresh.verify(key, domain).expect("a response");
        assert!(response.contains(r#""valid":true"#), "{domain} was acknowledged: {response}");
    }
    assert_eq!(run(db, &["check"])["agree"], true);
}

#[test]
fn acknowledged_activations_survive_lost_connections_and_killed_nodes() {
    let db = shared_database();
    let key = issue(&db, 300);
    let proxy = TcpProxy::start(postgres_address(&db));
    let node_db = proxy.database(&db);
    let proxied = Server::start(&node_db);
    let mut killed = Server::start(&db);
    let load = Load::on(&[proxied.address, killed.address], &key, 8);
    assert!(load.observations.wait_for_acknowledged(30, SECONDS(20)), "activations get through");
    proxy.cut();
    assert!(load.observations.wait_for_refusal(SECONDS(10)), "refused cleanly");
    proxy.restore();
    killed.kill();
    assert!(load.observations.wait_for_acknowledged(10, SECONDS(20)), "the reconnected node serves again");
    thread::sleep(Duration::from_millis(300));
    assert_nothing_is_missing(&db, &key, 300, &load.end());
}

#[test]
fn three_nodes_recover_from_a_database_restart_and_a_failover() {
    const LIMIT: u32 = 100_000;
    let (primary, standby) = Cluster::pair();
    let mut db = TestDatabase::sqlite();
    db.url = primary.url();
    let proxy = TcpProxy::start(primary.address);
    let node_db = proxy.database(&db);
    let key = issue(&node_db, LIMIT);
    let mut nodes: Vec<Server> = (0..3).map(|_| Server::start(&node_db)).collect();
    let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
    let load = Load::on(&addresses, &key, 6);
    assert!(load.observations.wait_for_acknowledged(50, SECONDS(20)), "activations get through");

    // An operator restarts the database.
    primary.stop();
    assert!(load.observations.wait_for_refusal(SECONDS(5)), "refused cleanly");
    let ready = |n: usize| send(addresses[n], "GET", "/readyz", "").expect("a response").0;
    assert!(wait_until(SECONDS(2), || (0..3).all(|n| ready(n) == 503)), "and not ready");
    primary.start();
    assert!(load.observations.wait_for_acknowledged(30, SECONDS(5)), "back by itself");

    // A node is killed, then the primary crashes and the standby is promoted.
    nodes[2].kill();
    assert!(load.observations.wait_for_acknowledged(10, SECONDS(5)), "two nodes go on");
    primary.crash();
    proxy.cut();
    assert!(load.observations.wait_for_refusal(SECONDS(5)), "refused cleanly");
    standby.promote();
    proxy.redirect(standby.address);
    proxy.restore();
    assert!(load.observations.wait_for_acknowledged(30, SECONDS(8)), "back by itself");
    assert!(wait_until(SECONDS(5), || ready(0) == 200 && ready(1) == 200), "and ready");
    let longest_refusal = *load.observations.longest_refusal.lock().expect("the time");
    let acknowledged = load.end();
    assert!(longest_refusal < SECONDS(4), "the longest rejection took {longest_refusal:?}");
    drop(nodes);
    assert_nothing_is_missing(&node_db, &key, LIMIT as usize, &acknowledged);
}

/// Starts two nodes that have one activated domain of the license cached.
fn two_nodes_with_cached_license(db: &TestDatabase, key: &str) -> [Server; 2] {
    let nodes = [Server::start(db), Server::start(db)];
    assert_eq!(nodes[0].activate(key, "a.com").expect("a response").0, 200);
    assert!(wait_until(SECONDS(5), || nodes.iter().all(|node| verify_on(node, key).contains("true"))));
    nodes
}

/// Returns a node's `/verify` response for that domain.
fn verify_on(node: &Server, key: &str) -> String {
    node.verify(key, "a.com").expect("a response").1
}

#[test]
fn a_change_reaches_every_node_within_250_ms() {
    let db = shared_database();
    let key = issue(&db, 5);
    let nodes = two_nodes_with_cached_license(&db, &key);
    let verify_on_node = |n: usize| verify_on(&nodes[n], &key);
    for round in 0..5 {
        let (verb, word) = if round % 2 == 0 { ("suspend", "suspended") } else { ("reinstate", "true") };
        run(&db, &["license", verb, &key]);
        // The bound is on requests that arrive afterwards. The duration of their responses is not part of it.
        thread::sleep(Duration::from_millis(250));
        for n in 0..2 {
            let response = verify_on_node(n);
            assert!(response.contains(word), "{word} on node {n}: {response}");
        }
    }
}

#[test]
fn a_resumed_node_serves_no_stale_license() {
    let db = shared_database();
    let key = issue(&db, 5);
    let nodes = two_nodes_with_cached_license(&db, &key);
    let verify_on_node = |n: usize| verify_on(&nodes[n], &key);
    signal(&nodes[1], "STOP");
    run(&db, &["license", "suspend", &key]);
    thread::sleep(SECONDS(1));
    // The request arrives while the node is stopped, before the node can process the invalidation.
    let response = thread::scope(|scope| {
        let pending_response = scope.spawn(|| verify_on_node(1));
        thread::sleep(Duration::from_millis(200));
        signal(&nodes[1], "CONT");
        pending_response.join().expect("a response")
    });
    assert!(response.contains("suspended"), "{response}");
}

#[test]
fn locks_of_a_stalled_node_are_released_within_12_seconds() {
    let db = shared_database();
    let key = issue(&db, 100_000);
    let other =
        run(&db, &["license", "issue", "--product", "plugin"])["key"].as_str().expect("a key").to_owned();
    let nodes = [Server::start(&db), Server::start(&db)];
    let load = Load::on(&[nodes[1].address], &key, 8);
    assert!(load.observations.wait_for_acknowledged(30, SECONDS(20)), "activations get through");
    // Under this load the node is in a transaction on this license most of the time.
    let mut run_ms = 100;
    let stopped = wait_until(SECONDS(20), || {
        // Vary the moment of the stop.
        run_ms += 7;
        thread::sleep(Duration::from_millis(run_ms));
        signal(&nodes[1], "STOP");
        thread::sleep(Duration::from_millis(50));
        let is_in_transaction = has_idle_transaction(&db);
        if !is_in_transaction {
            signal(&nodes[1], "CONT");
        }
        is_in_transaction
    });
    assert!(stopped, "the node is stopped within a transaction");
    let active = |key: &str| nodes[0].activate(key, "a.com").is_some_and(|(status, _)| status == 200);
    assert!(wait_until(SECONDS(12), || active(&key)), "the database releases the locks of a stopped node");
    assert!(active(&other));
    signal(&nodes[1], "CONT");
    assert!(load.observations.wait_for_acknowledged(10, SECONDS(20)), "it goes on by itself");
    drop(load.end());
}

/// Returns whether a connection of this database is idle in a transaction.
fn has_idle_transaction(db: &TestDatabase) -> bool {
    let query = async {
        let connection = Database::connect(&db.url).await.expect("PostgreSQL");
        let sql = "SELECT pid::text AS text FROM pg_stat_activity \
                   WHERE datname = current_database() AND state = 'idle in transaction'";
        !texts(&connection, sql).await.is_empty()
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(query)
}

fn signal(node: &Server, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &node.pid().to_string()]).status();
    assert!(sent.expect("kill").success());
}

#[test]
fn sessions_and_usage_counts_are_shared_by_all_nodes() {
    let db = shared_database();
    let key = issue(&db, 5);
    let mut nodes: Vec<Server> = (0..3).map(|_| Server::start(&db)).collect();
    assert_eq!(nodes[0].activate(&key, "a.com").expect("a response").0, 200);
    let form = "email=ada%40example.com&password=a+good+password&next=";
    let post = "Sec-Fetch-Site: same-origin\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let (_, head, _) =
        send_with_headers(nodes[0].address, "POST", "/_fn/sign_in", post, form).expect("a response");
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .find(|value| value.contains("session"))
        .expect("a session");
    for node in &nodes {
        let headers = format!("Cookie: {cookie}\r\nAccept: text/html\r\n");
        let (status, _, page) =
            send_with_headers(node.address, "GET", "/licenses", &headers, "").expect("a response");
        assert_eq!(status, 200, "{page}");
        for _ in 0..4 {
            assert!(node.verify(&key, "a.com").expect("a response").1.contains(r#""valid":true"#));
        }
    }
    // Nodes flush their usage counters when they stop.
    assert!(nodes.iter_mut().all(Server::stop));
    let fresh = Server::start(&db);
    let (_, response) = fresh.send("GET", &format!("/status?license_key={key}"), "").expect("a response");
    let response: serde_json::Value = serde_json::from_str(&response).expect("JSON");
    assert_eq!(response["license"]["verification_count"], 12, "{response}");
}
