//! Two nodes on one PostgreSQL: the line to the database is cut, a node is killed,
//! and nothing that was acknowledged is missing.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{Server, ask, issue, run, within};
use crate::support::Db;

/// A line to PostgreSQL that can be cut.
struct Line {
    address: SocketAddr,
    open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(database: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let line = Self {
            address: listener.local_addr().expect("an address"),
            open: Arc::new(AtomicBool::new(true)),
            streams: Arc::default(),
        };
        let (open, streams) = (Arc::clone(&line.open), Arc::clone(&line.streams));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(database) else { continue };
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                let both = [client.try_clone(), server.try_clone()].map(|s| s.expect("a handle"));
                streams.lock().expect("the streams").extend(both);
                for (mut from, mut to) in [
                    (client.try_clone().expect("a handle"), server.try_clone().expect("a handle")),
                    (server, client),
                ] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        line
    }

    fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().expect("the streams").drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// A database as it is reached over this line.
    fn database(&self, db: &Db) -> Db {
        let (head, name) = db.url.rsplit_once('/').expect("a URL");
        let (user, _) = head.rsplit_once('@').expect("a user");
        let mut over = Db::sqlite();
        over.url = format!("{user}@{}/{name}", self.address);
        over.master.clone_from(&db.master);
        over
    }
}

/// Where the tests' PostgreSQL listens.
fn database(db: &Db) -> SocketAddr {
    let (head, _) = db.url.rsplit_once('/').expect("a URL");
    let (_, address) = head.rsplit_once('@').expect("a user");
    address.replace("localhost", "127.0.0.1").parse().expect("an address")
}

#[test]
fn nothing_acknowledged_is_lost_when_lines_are_cut_and_nodes_die() {
    let db = tokio::runtime::Runtime::new().expect("a runtime").block_on(Db::postgres());
    let key = issue(&db, 300);
    let (line, node_db) = {
        let line = Line::to(database(&db));
        let over = line.database(&db);
        (line, over)
    };
    let cut = Server::start(&node_db);
    let mut dying = Server::start(&db);
    let addresses = [cut.address, dying.address];
    let stop = Arc::new(AtomicBool::new(false));
    let (acknowledged, strange) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(Mutex::new(Vec::new())));
    let refused = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            let (strange, refused, key) = (Arc::clone(&strange), Arc::clone(&refused), key.clone());
            thread::spawn(move || {
                let mut n = 0;
                while !stop.load(Ordering::SeqCst) {
                    n += 1;
                    let domain = format!("d{n}.c{client}.example");
                    let body = serde_json::json!({ "license_key": key, "domain": domain }).to_string();
                    match ask(addresses[n % 2], "POST", "/activate", &body) {
                        Some((200, _)) => {
                            acknowledged.lock().expect("the list").insert(domain);
                        }
                        Some((422, text)) if text.contains("domain_limit_reached") => {}
                        Some((503, text)) if text.contains("server_error") => {
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                        // The node is dead, or died over it.
                        None => {}
                        Some(other) => strange.lock().expect("the list").push(other),
                    }
                    thread::sleep(Duration::from_millis(15));
                }
            })
        })
        .collect();
    let some =
        |n: usize| within(Duration::from_secs(20), || acknowledged.lock().expect("the list").len() >= n);
    assert!(some(30), "activations get through");
    line.cut();
    assert!(within(Duration::from_secs(10), || refused.load(Ordering::SeqCst) > 0), "refused cleanly");
    line.mend();
    let before = acknowledged.lock().expect("the list").len();
    dying.kill();
    assert!(some(before + 10), "the node whose line was mended serves again");
    thread::sleep(Duration::from_millis(300));
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.join().expect("a client");
    }
    assert!(strange.lock().expect("the list").is_empty(), "{:?}", strange.lock());

    let acknowledged = acknowledged.lock().expect("the list").clone();
    assert!(acknowledged.len() <= 300, "{} activations on a limit of 300", acknowledged.len());
    let fresh = Server::start(&db);
    for domain in &acknowledged {
        let (_, said) = fresh.verify(&key, domain).expect("an answer");
        assert!(said.contains(r#""valid":true"#), "{domain} was acknowledged: {said}");
    }
    assert_eq!(run(&db, &["check"])["agree"], true);
}

#[test]
fn a_change_on_one_node_is_seen_on_the_other_within_250_ms() {
    let db = tokio::runtime::Runtime::new().expect("a runtime").block_on(Db::postgres());
    let key = issue(&db, 5);
    let nodes = [Server::start(&db), Server::start(&db)];
    assert_eq!(nodes[0].activate(&key, "a.com").expect("an answer").0, 200);
    let warm = |n: usize| nodes[n].verify(&key, "a.com").expect("an answer").1;
    assert!(within(Duration::from_secs(5), || warm(0).contains("true") && warm(1).contains("true")));
    let mut worst = Duration::ZERO;
    for round in 0..5 {
        let (verb, word) = if round % 2 == 0 { ("suspend", "suspended") } else { ("reinstate", "true") };
        run(&db, &["license", verb, &key]);
        let began = Instant::now();
        for n in 0..2 {
            assert!(within(Duration::from_millis(250), || warm(n).contains(word)), "{word} on node {n}");
        }
        worst = worst.max(began.elapsed());
    }
    assert!(worst < Duration::from_millis(250), "{worst:?}");
}
