//! Connections to the one database, with what each engine needs to be safe.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, TransactionTrait as _,
};
use tokio::sync::Semaphore;

use super::checkpoint::{self, Log};
use super::own::Own;
use crate::Result;

/// What is told of each statement.
pub type OnStatement = Arc<dyn Fn(&str) + Send + Sync>;

/// How to reach the database.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite, at most.
    pub max_connections: u32,
    /// Called with the text of each statement that is read or run.
    pub on_statement: Option<OnStatement>,
}

impl Options {
    /// The database at `url`.
    pub fn new(url: impl Into<String>, max_connections: u32) -> Self {
        Self { url: url.into(), max_connections, on_statement: None }
    }

    async fn connect(&self, connect: ConnectOptions) -> Result<DatabaseConnection> {
        let mut connection = Database::connect(connect).await?;
        if let Some(tell) = self.on_statement.clone() {
            connection.set_metric_callback(move |info| tell(&info.statement.sql));
        }
        Ok(connection)
    }
}

/// How long a request waits for a connection. Connections in use are waited for
/// in line (see [`Store::write_turns`]), so this is the time in which a database
/// that is gone is given up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2500);
/// How long SQLite waits for another process's write transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// No statement of ours takes this long unless something is wrong.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long PostgreSQL waits for a row that another transaction holds, in
/// milliseconds: whoever holds one license must not hold up a whole group.
pub(super) const LOCK_TIMEOUT: u64 = 1_000;
/// How long PostgreSQL lets a transaction of ours do nothing, in milliseconds, before it takes
/// it back and ends the connection: who holds it was stopped, or is not there any more, and
/// nobody else gets at the licenses that it locked.
const IDLE_TIMEOUT: u64 = 5_000;
/// How PostgreSQL plans: by indexes, from what was asked for to what it needs. A plan
/// is kept as long as a connection; one that was made while tables were small reads
/// them whole for a minute after they have grown, and that was most of what an
/// activation cost. Nor is anything worth compiling.
const PLANS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
/// Takes that back for a transaction that does read whole tables, and gives it time.
pub(crate) const WHOLE_TABLES: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; \
    SET LOCAL enable_mergejoin = on; SET LOCAL statement_timeout = 0";

/// Memory for pages of SQLite's one writer, and of each reader, in KiB: taken as
/// pages are used. Readers find what they miss in the system's cache.
pub(crate) const WRITER_CACHE_KIB: i64 = 16_000;
const READER_CACHE_KIB: i64 = 2_000;

/// Rows that a connection to SQLite hands over before it waits for them to be taken.
const ROWS: usize = 128;

/// Bytes of SQLite's file that each reader looks at where the system keeps them, instead of
/// having them copied: what a search finds lies all over the file, and the copies
/// were half of what it took. The system's memory, not ours; the rest is read as before.
const READER_MAP: i64 = 1 << 30;

/// The connections.
#[derive(Clone)]
pub(crate) struct Store {
    backend: DatabaseBackend,
    /// SQLite: one connection, since write transactions exclude each other there
    /// and four writers had 14 times the p99 of one. PostgreSQL: the pool.
    write: DatabaseConnection,
    read: DatabaseConnection,
    /// Write transactions that may be open at once. The line forms here and not
    /// at the pool, whose time-out is short because it means "gone".
    write_turns: Arc<Semaphore>,
    /// SQLite's log, and the connection that shortens it.
    pub(super) log: Option<(Log, DatabaseConnection)>,
    /// The events that this process wrote itself.
    pub own: Arc<Own>,
}

impl Store {
    /// Connects; makes the SQLite file where there is none.
    pub async fn open(options: &Options) -> Result<Self> {
        if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            let pool = options.connect(postgres(options)).await?;
            // Readers keep a part of the pool for themselves.
            let turns = (options.max_connections.saturating_sub(options.max_connections / 4)).max(1);
            Ok(Self {
                backend: DatabaseBackend::Postgres,
                write: pool.clone(),
                read: pool,
                write_turns: Arc::new(Semaphore::new(turns as usize)),
                log: None,
                own: Arc::default(),
            })
        } else if options.url.starts_with("sqlite:") {
            prepare_file(&options.url)?;
            let write = options.connect(sqlite(&options.url, 1, Role::Writer)).await?;
            // More threads than processors only take turns; a few more, since some wait.
            let readers = available_parallelism().map_or(1, usize::from) + 2;
            let readers = options.max_connections.min(u32::try_from(readers).unwrap_or(u32::MAX));
            let read = options.connect(sqlite(&options.url, readers, Role::Reader)).await?;
            let write_turns = Arc::new(Semaphore::new(1));
            let mover = Database::connect(sqlite(&options.url, 1, Role::Log)).await?;
            let log = checkpoint::start(mover.clone(), Arc::clone(&write_turns));
            let (log, own) = (Some((log, mover)), Arc::default());
            Ok(Self { backend: DatabaseBackend::Sqlite, write, read, write_turns, log, own })
        } else {
            Err(DbErr::Custom("the database URL must begin with sqlite:// or postgres://".into()).into())
        }
    }

    pub fn backend(&self) -> DatabaseBackend {
        self.backend
    }

    pub fn is_sqlite(&self) -> bool {
        self.backend == DatabaseBackend::Sqlite
    }

    /// For queries that change nothing.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For a query that reads whole tables, however large these are. Not for several: while
    /// it is open, SQLite's log can't be taken back to its beginning.
    #[allow(clippy::disallowed_methods, reason = "nothing is written")]
    pub async fn read_whole_tables(&self) -> Result<DatabaseTransaction> {
        let txn = self.read.begin().await?;
        if !self.is_sqlite() {
            txn.execute_unprepared(WHOLE_TABLES).await?;
        }
        Ok(txn)
    }

    /// For migrations and transactions; use cases begin theirs with
    /// [`crate::Service::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// A connection of its own to the same SQLite file, kept open.
    pub async fn watcher(&self, options: &Options) -> Result<DatabaseConnection> {
        Ok(Database::connect(sqlite(&options.url, 1, Role::Reader)).await?)
    }

    pub fn write_turns(&self) -> &Arc<Semaphore> {
        &self.write_turns
    }

    /// A transaction was committed, or could not be.
    pub fn committed(&self, done: bool) {
        if let Some((log, _)) = &self.log {
            log.changed(!done);
        }
    }

    pub async fn close(&self) {
        let _ = self.read.clone().close().await;
        let _ = self.write.clone().close().await;
        if let Some((_, mover)) = &self.log {
            let _ = mover.clone().close().await;
        }
    }
}

fn postgres(options: &Options) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .statement_timeout(STATEMENT_TIMEOUT)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            let limits =
                [("lock_timeout", LOCK_TIMEOUT), ("idle_in_transaction_session_timeout", IDLE_TIMEOUT)];
            options.application_name("countersign").options(limits).options(PLANS)
        });
    connect
}

/// What a connection to SQLite is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Reader,
    Writer,
    /// Moves the log into the file.
    Log,
}

fn sqlite(url: &str, connections: u32, role: Role) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    let (acquire, busy, cache) = match role {
        Role::Reader => (ACQUIRE_TIMEOUT, BUSY_TIMEOUT, READER_CACHE_KIB),
        Role::Writer => (BUSY_TIMEOUT * 2, BUSY_TIMEOUT, WRITER_CACHE_KIB),
        Role::Log => (ACQUIRE_TIMEOUT, checkpoint::PATIENCE, READER_CACHE_KIB),
    };
    connect
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit that was answered for is on the disk.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(busy)
                // All rows of a page are on their way before the first is waited for.
                .row_buffer_size(ROWS)
                .pragma("cache_size", format!("-{cache}"))
                .pragma("wal_autocheckpoint", checkpoint::TOO_LONG.to_string());
            if role != Role::Reader {
                return options;
            }
            options.pragma("query_only", "ON").pragma("mmap_size", READER_MAP.to_string())
        })
        // On a full disk SQLite rolls back by itself and sqlx's own ROLLBACK
        // fails, after which its count of open transactions never reaches zero
        // and every later "commit" only releases a savepoint: acknowledged, and
        // gone. Such a connection is not used again.
        .map_sqlx_sqlite_pool_opts(move |pool| {
            pool.idle_timeout(None).max_lifetime(None).after_release(move |connection, _| {
                Box::pin(async move {
                    // A rollback that was only queued is run first, so that the count is true.
                    // The pool does this once more by itself; for what has only read, that is
                    // enough, and each turn of the two threads costs as much as a short statement.
                    if role == Role::Writer || connection.is_in_transaction() {
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    connect
}

/// Makes a database's file and its folder, readable for their owner alone.
fn prepare_file(url: &str) -> Result<()> {
    let path =
        url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
    let path = Path::new(path);
    let failed = |e: io::Error| {
        crate::Error::invalid("database_url", format!("The file {} can't be made: {e}.", path.display()))
    };
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // SQLite gives its other files the same mode.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(failed(e)),
        _ => Ok(()),
    }
}
