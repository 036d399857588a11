//! Certificates that the server orders from a real ACME server.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;
use service::certificate::store_challenge;
use test_support::{TestDatabase, texts};

use super::super::{Server, binary, send_with_headers};
use super::fixture::{Client, Offer};
use super::pebble::{Pebble, free_address};

/// The name of the certificates.
const NAME: &str = "licenses.test";
/// Longest order of a test.
const ORDER_LIMIT: Duration = Duration::from_secs(90);

/// Starts a server that orders its certificate.
fn start(db: &TestDatabase, pebble: &Pebble, redirect: SocketAddr) -> Server {
    start_with(db, pebble, redirect, NAME)
}

/// Starts a server that orders a certificate of other names, of which [`NAME`] is one.
fn start_with(db: &TestDatabase, pebble: &Pebble, redirect: SocketAddr, names: &str) -> Server {
    let listen = free_address();
    let mut command = binary(db);
    command.args(["serve", "--json", "--listen", &listen.to_string()]).envs(pebble.settings(NAME, redirect));
    command.env("COUNTERSIGN_TLS_ACME_DOMAINS", names);
    Server::spawn_at(command, listen)
}

/// Returns a client that trusts the authority alone.
async fn client(server: &Server, pebble: &Pebble) -> Client {
    Client::with_roots(server.address, NAME, pebble.issuing_roots().await)
}

/// Returns what the server tells of its certificate, to any client.
async fn reported(server: &Server) -> Value {
    let client = Client::of_any_certificate(server.address);
    let answer = client.get(Offer::Http1, "/readyz").await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str::<Value>(&answer.body).expect("JSON")["certificate"].clone()
}

/// Waits until the server tells a state of its certificate.
async fn wait_for(server: &Server, is_reached: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let certificate = reported(server).await;
        if is_reached(&certificate) {
            return certificate;
        }
        assert!(began.elapsed() < ORDER_LIMIT, "{certificate}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns the codes of the doctor's findings.
fn doctor(db: &TestDatabase, pebble: &Pebble, redirect: SocketAddr) -> Vec<String> {
    let mut command = binary(db);
    command.args(["doctor", "--json"]).envs(pebble.settings(NAME, redirect));
    command.env("COUNTERSIGN_LISTEN", free_address().to_string());
    let output = command.output().expect("the binary");
    let document: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let findings = document["findings"].as_array().expect("findings").iter();
    findings.map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
}

/// Returns the column `text` of a query.
async fn query(db: &TestDatabase, sql: &str) -> Vec<String> {
    let connection = Database::connect(&db.url).await.expect("the database");
    let found = texts(&connection, sql).await;
    connection.close().await.expect("closed");
    found
}

/// Waits until the last order of a database has failed, and returns why.
async fn failure(db: &TestDatabase) -> String {
    let began = Instant::now();
    loop {
        let found =
            query(db, "SELECT last_error AS text FROM acme_certificates WHERE last_error IS NOT NULL").await;
        if let Some(error) = found.into_iter().next() {
            return error;
        }
        assert!(began.elapsed() < ORDER_LIMIT, "failed");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn execute(db: &TestDatabase, sql: &str) {
    let connection = Database::connect(&db.url).await.expect("the database");
    connection.execute_unprepared(sql).await.expect(sql);
    connection.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_is_ordered_kept_and_renewed() {
    let redirect = free_address();
    let Some(pebble) = Pebble::start(redirect) else { return };
    let db = TestDatabase::sqlite();
    let mut server = start(&db, &pebble, redirect);
    assert_eq!(server.startup["certificate"], "waiting");
    let certificate = wait_for(&server, |certificate| certificate["state"] == "valid").await;
    assert!(certificate["expires_at"].is_string() && certificate["error"].is_null(), "{certificate}");
    let trusting = client(&server, &pebble).await;
    let first = trusting.certificate().await;
    assert_eq!(trusting.get(Offer::Http2, "/healthz").await.expect("an answer").status, 200);
    let codes = doctor(&db, &pebble, redirect);
    assert!(codes.iter().any(|code| code == "tls_certificate_valid"), "{codes:?}");
    let challenge = "/.well-known/acme-challenge/unknown";
    assert_eq!(send_with_headers(redirect, "GET", challenge, "", "").expect("an answer").0, 404);
    assert_eq!(send_with_headers(redirect, "GET", "/pricing", "", "").expect("an answer").0, 308);
    let left = query(&db, "SELECT token AS text FROM acme_challenges").await;
    assert!(left.is_empty(), "{left:?}");
    assert!(server.stop());
    let service = db.open().await;
    store_challenge(&service, "token", "token.thumbprint").await.expect("stored");
    service.close().await;

    // A restart orders nothing.
    let server = start(&db, &pebble, redirect);
    let challenge = "/.well-known/acme-challenge/token";
    let answer = send_with_headers(redirect, "GET", challenge, "", "").expect("an answer");
    assert_eq!((answer.0, answer.2.as_str()), (200, "token.thumbprint"));
    // The authority follows a redirect from port 80, whatever the certificate.
    let any = Client::of_any_certificate(server.address);
    let answer = any.get(Offer::Http1, challenge).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_str()), (200, "token.thumbprint"));
    let unknown = any.get(Offer::Http2, "/.well-known/acme-challenge/unknown").await.expect("an answer");
    assert_eq!((unknown.status, unknown.body.as_str()), (404, ""));
    assert!(server.startup["certificate"].is_null());
    let trusting = client(&server, &pebble).await;
    assert_eq!(trusting.certificate().await, first);
    execute(&db, "UPDATE acme_certificates SET next_order_at = 0").await;
    let began = Instant::now();
    loop {
        // No connection fails meanwhile.
        if trusting.certificate().await != first {
            break;
        }
        assert!(began.elapsed() < ORDER_LIMIT, "renewed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(reported(&server).await["state"], "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_order_tells_its_remedy_and_waits() {
    // The authority validates at a closed port.
    let Some(pebble) = Pebble::start(free_address()) else { return };
    let db = TestDatabase::sqlite();
    let redirect = free_address();
    let server = start(&db, &pebble, redirect);
    let error = failure(&db).await;
    let certificate = reported(&server).await;
    assert_eq!(certificate, serde_json::json!({ "state": "waiting" }), "the reason is the operator's alone");
    assert!(error.contains(NAME) && error.contains("port 80"), "{error}");
    assert!(doctor(&db, &pebble, redirect).iter().any(|code| code == "tls_certificate_missing"));
    tokio::time::sleep(Duration::from_secs(8)).await;
    let failures = "SELECT CAST(failures AS TEXT) AS text FROM acme_certificates";
    assert_eq!(query(&db, failures).await, ["1"], "the next order waits for a minute");
    let kept = query(&db, "SELECT directory AS text FROM acme_accounts").await;
    assert_eq!(kept.len(), 1, "the account is kept for the next order");
}

#[tokio::test(flavor = "multi_thread")]
async fn former_certificate_serves_until_that_of_new_names_is_issued() {
    let redirect = free_address();
    let Some(pebble) = Pebble::start(redirect) else { return };
    let db = TestDatabase::sqlite();
    let mut server = start(&db, &pebble, redirect);
    wait_for(&server, |certificate| certificate["state"] == "valid").await;
    let first = client(&server, &pebble).await.certificate().await;
    assert!(server.stop());

    // The authority does not reach this listener.
    let names = format!("{NAME},other.test");
    let mut server = start_with(&db, &pebble, free_address(), &names);
    assert!(server.startup["certificate"].is_null(), "no placeholder");
    assert_eq!(client(&server, &pebble).await.certificate().await, first);
    let error = failure(&db).await;
    assert!(error.contains("port 80"), "{error}");
    assert_eq!(client(&server, &pebble).await.certificate().await, first);
    assert!(server.stop());

    execute(&db, "UPDATE acme_certificates SET next_order_at = 0 WHERE chain IS NULL").await;
    let server = start_with(&db, &pebble, redirect, &names);
    let trusting = client(&server, &pebble).await;
    let began = Instant::now();
    while trusting.certificate().await == first {
        assert!(began.elapsed() < ORDER_LIMIT, "issued");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(reported(&server).await["state"], "valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn certificate_and_account_that_do_not_open_are_replaced() {
    let redirect = free_address();
    let Some(pebble) = Pebble::start(redirect) else { return };
    let db = TestDatabase::sqlite();
    let mut server = start(&db, &pebble, redirect);
    wait_for(&server, |certificate| certificate["state"] == "valid").await;
    assert!(server.stop());
    execute(&db, "UPDATE acme_certificates SET key_sealed = x'00'").await;
    execute(&db, "UPDATE acme_accounts SET credentials_sealed = x'00'").await;
    let server = start(&db, &pebble, redirect);
    assert_eq!(server.startup["certificate"], "waiting");
    let error = failure(&db).await;
    assert!(error.contains("can't be used"), "{error}");
    assert_eq!(reported(&server).await["state"], "waiting");
    execute(&db, "UPDATE acme_certificates SET next_order_at = 0").await;
    wait_for(&server, |certificate| certificate["state"] == "valid").await;
    client(&server, &pebble).await.certificate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_refuses_writes_costs_no_orders() {
    let redirect = free_address();
    let Some(pebble) = Pebble::start(redirect) else { return };
    let db = TestDatabase::sqlite();
    db.open().await.close().await;
    let refuse = |column: &str| {
        format!(
            "CREATE TRIGGER refused BEFORE UPDATE OF {column} ON acme_certificates BEGIN SELECT RAISE(ABORT, \
             'refused'); END"
        )
    };
    execute(&db, &refuse("failures")).await;
    let server = start(&db, &pebble, redirect);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let accounts = "SELECT directory AS text FROM acme_accounts";
    assert!(query(&db, accounts).await.is_empty(), "nothing is ordered without a reservation");

    execute(&db, "DROP TRIGGER refused").await;
    execute(&db, &refuse("chain")).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(query(&db, accounts).await.len(), 1);
    assert_eq!(reported(&server).await["state"], "waiting");
    let failures = "SELECT CAST(failures AS TEXT) AS text FROM acme_certificates";
    assert_eq!(query(&db, failures).await, ["1"]);
    // The certificate was kept: the next order is minutes away.
    execute(&db, "DROP TRIGGER refused").await;
    wait_for(&server, |certificate| certificate["state"] == "valid").await;
}

/// Forwards connections to servers in turn, as a balancer does.
fn balance(listener: TcpListener, targets: [SocketAddr; 2]) {
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().flatten().enumerate() {
            let target = targets[number % targets.len()];
            std::thread::spawn(move || forward(client, target));
        }
    });
}

fn forward(client: TcpStream, target: SocketAddr) {
    let Ok(server) = TcpStream::connect(target) else { return };
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else { return };
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    let (mut from_server, mut to_client) = (server, client);
    let _ = std::io::copy(&mut from_server, &mut to_client);
    let _ = to_client.flush();
    let _ = to_client.shutdown(std::net::Shutdown::Both);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_answers_challenges_and_serves_the_certificate() {
    let balancer = TcpListener::bind("127.0.0.1:0").expect("a port");
    let Some(pebble) = Pebble::start(balancer.local_addr().expect("an address")) else { return };
    let db = TestDatabase::postgres().await;
    // No node orders before both are there.
    let until = service::Clock::System.now().plus_seconds(15).millis();
    let held = format!(
        "INSERT INTO acme_certificates (id, directory, names, next_order_at, failures, created_at) VALUES \
         ('00000000-0000-0000-0000-000000000001', '{}', '{NAME}', {until}, 0, 0)",
        pebble.directory()
    );
    execute(&db, &held).await;
    let redirects = [free_address(), free_address()];
    balance(balancer, redirects);
    let nodes = redirects.map(|redirect| start(&db, &pebble, redirect));
    let mut served = Vec::new();
    for node in &nodes {
        wait_for(node, |certificate| certificate["state"] == "valid").await;
    }
    // A node takes up the certificate of another one within 2 s.
    tokio::time::sleep(Duration::from_secs(3)).await;
    for node in &nodes {
        served.push(client(node, &pebble).await.certificate().await);
    }
    assert_eq!(served[0], served[1]);
    assert_eq!(query(&db, "SELECT directory AS text FROM acme_accounts").await.len(), 1);
}
