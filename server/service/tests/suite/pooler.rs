//! A pooler in transaction mode, in front of PostgreSQL.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use migrations::Migrator;
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use service::inspection::{InspectionError, inspect};
use service::secrets::MasterKey;
use service::store::Options;
use service::{Clock, Error, Service};
use test_support::TestDatabase;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// The code of a client's request for TLS.
const TLS_REQUEST: i32 = 80_877_103;
/// Authentication is complete, and the pooler is ready for a statement.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
/// One column `c` of the type `text`.
const COLUMN: &[u8] = b"\0\x01c\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";

/// Starts a pooler with one session. A client has it for a transaction, or for one statement that returns a
/// text.
async fn start_pooler(url: &str) -> SocketAddr {
    let session = Arc::new(Mutex::new(PgConnection::connect(url).await.expect("a session")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, Arc::clone(&session)));
        }
    });
    address
}

/// Serves one client until it disconnects, or sends anything but a statement without parameters.
async fn serve(mut client: TcpStream, session: Arc<Mutex<PgConnection>>) -> Option<()> {
    loop {
        let (length, code) = (client.read_i32().await.ok()?, client.read_i32().await.ok()?);
        let mut parameters = vec![0; usize::try_from(length).ok()?.checked_sub(8)?];
        client.read_exact(&mut parameters).await.ok()?;
        if code != TLS_REQUEST {
            break;
        }
        client.write_all(b"N").await.ok()?;
    }
    client.write_all(WELCOME).await.ok()?;
    let mut transaction = None;
    loop {
        let (kind, length) = (client.read_u8().await.ok()?, client.read_i32().await.ok()?);
        let mut body = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
        client.read_exact(&mut body).await.ok()?;
        if kind != b'Q' {
            return None;
        }
        // Without the zero byte at its end.
        body.pop();
        let sql = String::from_utf8(body).ok()?;
        let is_open = sql == "BEGIN" || (transaction.is_some() && sql != "ROLLBACK");
        let mut current = match transaction.take() {
            Some(current) => current,
            None => Arc::clone(&session).lock_owned().await,
        };
        let row = current.fetch_optional(AssertSqlSafe(sql)).await.ok()?;
        let mut answer = Vec::new();
        if let Some(row) = row {
            let text: String = row.try_get(0).ok()?;
            let length = i32::try_from(text.len()).ok()?.to_be_bytes();
            let value = [&b"\0\x01"[..], &length, text.as_bytes()].concat();
            answer = [message(b'T', COLUMN)?, message(b'D', &value)?].concat();
        }
        answer.extend(message(b'C', b"DONE\0")?);
        answer.extend(message(b'Z', if is_open { b"T" } else { b"I" })?);
        if is_open {
            transaction = Some(current);
        }
        client.write_all(&answer).await.ok()?;
    }
}

fn message(kind: u8, body: &[u8]) -> Option<Vec<u8>> {
    let length = i32::try_from(body.len() + 4).ok()?.to_be_bytes();
    Some([&[kind][..], &length, body].concat())
}

/// Returns the database's URL at another address.
fn url_at(db: &TestDatabase, address: SocketAddr) -> String {
    let (head, name) = db.url.rsplit_once('/').expect("a name");
    let (user, _) = head.rsplit_once('@').expect("a user");
    format!("{user}@{address}/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pooler_in_transaction_mode_is_refused_with_the_remedy() {
    let db = TestDatabase::postgres().await;
    let url = url_at(&db, start_pooler(&db.url).await);
    let master = MasterKey::decode(&db.master).expect("a key");
    let opened =
        Service::open::<Migrator>(Options::new(url.as_str(), 4), &master, 1 << 20, Clock::System).await;
    let error = opened.err().expect("an error");
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert!(error.to_string().contains("session mode"), "{error}");

    let inspected = inspect::<Migrator>(&url, Duration::from_secs(5), None).await;
    assert!(matches!(inspected, Err(InspectionError::Pooled)));
}
