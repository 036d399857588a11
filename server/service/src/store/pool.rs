//! Connections to the one database. What each engine needs to be safe is said beside this.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, TransactionTrait as _,
};
use tokio::sync::Semaphore;

use super::checkpoint::{self, WalCheckpointer};
use super::local_events::LocalEventRange;
use super::postgres::{self, ALLOW_SEQ_SCANS};
use super::sqlite::{self, ConnectionRole};
use crate::Result;

/// What is told of each statement.
pub type StatementHook = Arc<dyn Fn(&str) + Send + Sync>;

/// How to reach the database.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite, at most.
    pub max_connections: u32,
    /// Called with the text of each statement that is read or run.
    pub on_statement: Option<StatementHook>,
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
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2500);

/// The connections.
#[derive(Clone)]
pub(crate) struct Store {
    backend: DatabaseBackend,
    /// SQLite: one connection, since write transactions exclude each other there
    /// and four writers had 14 times the p99 of one. PostgreSQL: the pool.
    write: DatabaseConnection,
    read: DatabaseConnection,
    list_reader: DatabaseConnection,
    /// Write transactions that may be open at once. The line forms here and not
    /// at the pool, whose time-out is short because it means "gone".
    write_permits: Arc<Semaphore>,
    /// SQLite's log, and the connection that shortens it.
    pub(super) checkpointer: Option<(WalCheckpointer, DatabaseConnection)>,
    /// The events that this process wrote itself.
    pub local_events: Arc<LocalEventRange>,
}

impl Store {
    /// Connects; makes the SQLite file where there is none.
    pub async fn open(options: &Options) -> Result<Self> {
        if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            let pool = options.connect(postgres::options(options)).await?;
            // Readers keep a part of the pool for themselves.
            let turns = (options.max_connections.saturating_sub(options.max_connections / 4)).max(1);
            Ok(Self {
                backend: DatabaseBackend::Postgres,
                write: pool.clone(),
                list_reader: pool.clone(),
                read: pool,
                write_permits: Arc::new(Semaphore::new(turns as usize)),
                checkpointer: None,
                local_events: Arc::default(),
            })
        } else if options.url.starts_with("sqlite:") {
            sqlite::create_file_if_missing(&options.url)?;
            let write = options.connect(sqlite::options(&options.url, 1, ConnectionRole::Writer)).await?;
            // More threads than processors only take turns; a few more, since some wait.
            let readers = available_parallelism().map_or(1, usize::from) + 2;
            let readers = options.max_connections.min(u32::try_from(readers).unwrap_or(u32::MAX));
            let read =
                options.connect(sqlite::options(&options.url, readers, ConnectionRole::Reader)).await?;
            let listers = options.max_connections.min(sqlite::LIST_CONNECTIONS);
            let lists =
                options.connect(sqlite::options(&options.url, listers, ConnectionRole::ListReader)).await?;
            let write_turns = Arc::new(Semaphore::new(1));
            let mover =
                Database::connect(sqlite::options(&options.url, 1, ConnectionRole::Checkpointer)).await?;
            let log = checkpoint::start(mover.clone(), Arc::clone(&write_turns));
            let (log, own) = (Some((log, mover)), Arc::default());
            Ok(Self {
                backend: DatabaseBackend::Sqlite,
                write,
                read,
                list_reader: lists,
                write_permits: write_turns,
                checkpointer: log,
                local_events: own,
            })
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

    /// For lists of the dashboard, whose rows lie all over the database.
    pub fn list_reader(&self) -> &DatabaseConnection {
        &self.list_reader
    }

    /// For a query that reads whole tables, however large these are. Not for several: while
    /// it is open, SQLite's log can't be taken back to its beginning.
    #[allow(clippy::disallowed_methods, reason = "nothing is written")]
    pub async fn begin_with_seq_scans(&self) -> Result<DatabaseTransaction> {
        let txn = self.read.begin().await?;
        if !self.is_sqlite() {
            txn.execute_unprepared(ALLOW_SEQ_SCANS).await?;
        }
        Ok(txn)
    }

    /// For migrations and transactions; use cases begin theirs with
    /// [`crate::Service::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// A connection of its own to the same SQLite file, kept open.
    pub async fn change_listener(&self, options: &Options) -> Result<DatabaseConnection> {
        Ok(Database::connect(sqlite::options(&options.url, 1, ConnectionRole::Reader)).await?)
    }

    pub fn write_permits(&self) -> &Arc<Semaphore> {
        &self.write_permits
    }

    /// A transaction was committed, or could not be.
    pub fn on_commit(&self, done: bool) {
        if let Some((log, _)) = &self.checkpointer {
            log.notify_commit(!done);
        }
    }

    pub async fn close(&self) {
        let _ = self.read.clone().close().await;
        let _ = self.list_reader.clone().close().await;
        let _ = self.write.clone().close().await;
        if let Some((_, mover)) = &self.checkpointer {
            let _ = mover.clone().close().await;
        }
    }
}
