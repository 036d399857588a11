//! Durability of acknowledged activations after `kill -9`, and one limit for two processes on one database.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use domain::Timestamp;
use domain::bulk::{Change, JobState, Selection};
use domain::import::{DateOrder, Header, ImportState};
use domain::license::NewLicense;
use domain::view::{LicenseQuery, Sort};
use sea_orm::Database;
use service::bulk_job::{self, NewBulkJob, NewChange};
use service::license::issue as issue_licenses;
use service::license_import::{self, FileRow, NewImport, Upload};

use test_support::{TestDatabase, on_both_databases, seller, texts};

use super::{Server, issue, run, send};

const CLIENTS: usize = 16;
const ROUNDS: u64 = 4;

fn activation_body(key: &str, domain: &str) -> String {
    serde_json::json!({ "license_key": key, "domain": domain }).to_string()
}

/// Starts two servers on PostgreSQL. A SQLite database admits one server.
fn start_servers(db: &TestDatabase) -> Vec<Server> {
    (0..if db.is_sqlite() { 1 } else { 2 }).map(|_| Server::start(db)).collect()
}

/// Starts servers and kills them, until the work that they do is done.
async fn kill_servers_while(db: &TestDatabase, is_running: impl AsyncFn() -> bool) {
    let mut kills = 0;
    while is_running().await {
        let mut servers = start_servers(db);
        // Long enough for a batch, short enough to end in the middle of the work.
        tokio::time::sleep(Duration::from_millis(150 + 70 * kills)).await;
        servers.iter_mut().for_each(Server::kill);
        kills += 1;
    }
    assert!(kills > 1, "the work ended before the first kill");
}

on_both_databases! {
    async fn acknowledged_activations_survive_kill_9(db: TestDatabase) {
        let key = issue(&db, 1_000_000);
        let acknowledged = Mutex::new(Vec::new());
        for round in 0..ROUNDS {
            let mut server = Server::start(&db);
            let (address, stop) = (server.address, AtomicBool::new(false));
            std::thread::scope(|scope| {
                for client in 0..CLIENTS {
                    let (key, stop, acknowledged) = (&key, &stop, &acknowledged);
                    scope.spawn(move || {
                        for n in 0..10_000 {
                            let domain = format!("d{n}.c{client}.r{round}.com");
                            let response = send(address, "POST", "/activate", &activation_body(key, &domain));
                            if let Some((200, _)) = response {
                                acknowledged.lock().unwrap().push(domain);
                            }
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                        }
                    });
                }
                std::thread::sleep(Duration::from_millis(300 + 130 * round));
                server.kill();
                stop.store(true, Ordering::Relaxed);
            });
        }
        let acknowledged = acknowledged.into_inner().unwrap();
        assert!(acknowledged.len() > 50, "the load was too small to prove anything: {}", acknowledged.len());
        let server = Server::start(&db);
        let missing = acknowledged.iter().filter(|domain| {
            server.verify(&key, domain).is_none_or(|(_, body)| !body.contains("\"valid\":true"))
        });
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
        let shown = run(&db, &["license", "show", &key]);
        assert!(shown["domains_used"].as_u64().unwrap() >= acknowledged.len() as u64);
    }

    async fn a_bulk_job_extends_each_license_once_despite_kill_9(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let expires_at = Timestamp::parse_expiry("2099-01-01").unwrap();
        for _ in 0..3 {
            let new = NewLicense { count: 1_000, expires_at: Some(Some(expires_at)), ..NewLicense::for_product(seller.product.id) };
            issue_licenses(&service, &seller.actor, new).await.unwrap();
        }
        let new = NewBulkJob {
            change: NewChange::Change(Change::Extend { period: "P1Y".parse().unwrap() }),
            selection: Selection::Query(LicenseQuery { sort: Sort::Expiry, ..LicenseQuery::default() }),
            form_token: "form".into(),
        };
        let job = bulk_job::start(&service, &seller.actor, new).await.unwrap().id;
        let is_running = async || {
            bulk_job::show(&service, &seller.actor, job).await.unwrap().job.state == JobState::Running
        };
        kill_servers_while(&db, is_running).await;
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT expires_at || ' ' || count(*) AS text FROM licenses GROUP BY expires_at";
        let extended = Timestamp::parse_expiry("2100-01-01").unwrap();
        assert_eq!(texts(&connection, sql).await, [format!("{} 3000", extended.millis())]);
        let sql = "SELECT cast(count(*) AS text) AS text FROM audit_entries WHERE action = 'license.renewed'";
        assert_eq!(texts(&connection, sql).await, ["3000"]);
        assert_eq!(bulk_job::show(&service, &seller.actor, job).await.unwrap().job.done, 3_000);
    }

    async fn an_import_adds_each_row_once_despite_kill_9(db: TestDatabase) {
        const ROWS: u64 = 12_000;
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let new = NewImport {
            file_name: "old-shop.csv".into(),
            header: Header::parse(["license_key", "email"], true).unwrap(),
            date_order: DateOrder::Unknown,
            zero_is_unlimited: false,
            product: Some(seller.product.id),
            form_token: "form".into(),
        };
        let mut upload = Upload::begin(&service, &seller.actor, new).await.unwrap();
        let cells = |n: u64| vec![format!("OLD-{n:08}"), format!("c{}@example.com", n / 3)];
        let rows = (0..ROWS).map(|n| FileRow { line: n + 2, cells: cells(n) }).collect();
        upload.add_rows(rows).await.unwrap();
        let id = upload.finish().await.unwrap();
        license_import::confirm(&service, &seller.actor, id, true).await.unwrap();
        let state = async || license_import::show(&service, &seller.actor, id).await.unwrap().import;
        kill_servers_while(&db, async || state().await.state == ImportState::Importing).await;
        let import = state().await;
        assert_eq!((import.state, import.imported, import.skipped), (ImportState::Done, ROWS, 0));
        let connection = Database::connect(&db.url).await.unwrap();
        for (sql, count) in [
            ("SELECT cast(count(*) AS text) AS text FROM licenses", ROWS),
            ("SELECT cast(count(DISTINCT license_id) AS text) AS text FROM audit_entries WHERE action = 'license.issued'", ROWS),
            ("SELECT cast(count(*) AS text) AS text FROM audit_entries WHERE action = 'license.issued'", ROWS),
            ("SELECT cast(count(*) AS text) AS text FROM customers", ROWS / 3),
        ] {
            assert_eq!(texts(&connection, sql).await, [count.to_string()], "{sql}");
        }
        assert_eq!(service::consistency_check::check(&service).await.unwrap(), []);
    }

    async fn two_processes_enforce_one_domain_limit(db: TestDatabase) {
        let key = issue(&db, 5);
        let servers = start_servers(&db);
        let (active, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for n in 0..200 {
                let (address, key, active, refused) = (servers[n % servers.len()].address, &key, &active, &refused);
                scope.spawn(move || {
                    match send(address, "POST", "/activate", &activation_body(key, &format!("{n}.com"))) {
                        Some((200, _)) => active.fetch_add(1, Ordering::SeqCst),
                        Some((422, body)) if body.contains("domain_limit_reached") => refused.fetch_add(1, Ordering::SeqCst),
                        other => panic!("{other:?}"),
                    }
                });
            }
        });
        assert_eq!((active.into_inner(), refused.into_inner()), (5, 195));
        let shown = run(&db, &["license", "show", &key]);
        assert_eq!((shown["domains_used"].as_u64(), shown["activations"].as_array().map(Vec::len)), (Some(5), Some(5)));
    }

    async fn two_processes_use_one_slot_for_the_same_domain(db: TestDatabase) {
        let key = issue(&db, 5);
        let servers = start_servers(&db);
        std::thread::scope(|scope| {
            for n in 0..200 {
                let (address, key) = (servers[n % servers.len()].address, &key);
                scope.spawn(move || {
                    let response = send(address, "POST", "/activate", &activation_body(key, "same.com"));
                    assert_eq!(response.map(|(status, _)| status), Some(200));
                });
            }
        });
        assert_eq!(run(&db, &["license", "show", &key])["domains_used"], 1);
    }
}
