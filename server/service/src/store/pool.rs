//! The connection pools of the database. Engine-specific settings are in `postgres.rs` and `sqlite.rs`.

use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use sea_orm::{
    ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    TransactionTrait as _,
};
use tokio::sync::Semaphore;

use super::change_sink::ChangeSink;
use super::checkpoint::{self, WalCheckpointer};
use super::checkpoint_counts::CheckpointUse;
use super::event_counts::ActivationCounts;
use super::live_topics::LiveTopics;
use super::local_events::LocalEventRange;
use super::options::Options;
use super::pool_use::PoolUse;
use super::pooler;
use super::postgres::{self, ALLOW_SEQ_SCANS};
use super::sqlite::{self, ConnectionRole};
use crate::Result;

/// The connection pools.
#[derive(Clone)]
pub(crate) struct Store {
    backend: DatabaseBackend,
    /// SQLite: one connection, because write transactions exclude each other (four writers
    /// had 14 times the p99 latency of one writer). PostgreSQL: the shared pool.
    write: DatabaseConnection,
    read: DatabaseConnection,
    list_reader: DatabaseConnection,
    /// Permits of concurrent write transactions. Requests queue here and not at the pool,
    /// whose short timeout means that the database is down.
    write_permits: Arc<Semaphore>,
    /// The WAL checkpointer of SQLite and its connection.
    pub(super) checkpointer: Option<(WalCheckpointer, DatabaseConnection)>,
    /// The outbox events that this process wrote.
    pub local_events: Arc<LocalEventRange>,
    /// New activations since the last flush of usage counts.
    pub activation_counts: Arc<ActivationCounts>,
    /// The viewers of live pages.
    pub live: Arc<LiveTopics>,
    /// Writes the events of webhooks. Empty if this process knows no webhooks.
    pub change_sink: Arc<OnceLock<Arc<dyn ChangeSink>>>,
}

impl Store {
    /// Connects to the database. Creates the SQLite file if it does not exist.
    pub async fn open(options: &Options) -> Result<Self> {
        if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            let pool = options.connect(postgres::options(options)).await.map_err(pooler::explain)?;
            pooler::check(&pool).await?;
            // A quarter of the pool stays reserved for reads.
            let permits = (options.max_connections.saturating_sub(options.max_connections / 4)).max(1);
            Ok(Self {
                backend: DatabaseBackend::Postgres,
                write: pool.clone(),
                list_reader: pool.clone(),
                read: pool,
                write_permits: Arc::new(Semaphore::new(permits as usize)),
                checkpointer: None,
                local_events: Arc::default(),
                activation_counts: Arc::default(),
                live: Arc::default(),
                change_sink: Arc::default(),
            })
        } else if options.url.starts_with("sqlite:") {
            sqlite::create_file_if_missing(&options.url)?;
            let write = options.connect(sqlite::options(&options.url, 1, ConnectionRole::Writer)).await?;
            // Each reader is a thread: one per processor, and two more because some wait for the disk.
            let readers = available_parallelism().map_or(1, usize::from) + 2;
            let readers = options.max_connections.min(u32::try_from(readers).unwrap_or(u32::MAX));
            let read =
                options.connect(sqlite::options(&options.url, readers, ConnectionRole::Reader)).await?;
            let list_connections = options.max_connections.min(sqlite::LIST_CONNECTIONS);
            let lists = options
                .connect(sqlite::options(&options.url, list_connections, ConnectionRole::ListReader))
                .await?;
            let write_permits = Arc::new(Semaphore::new(1));
            let checkpoint_connection =
                Database::connect(sqlite::options(&options.url, 1, ConnectionRole::Checkpointer)).await?;
            let log = checkpoint::start(checkpoint_connection.clone(), Arc::clone(&write_permits));
            let (log, own) = (Some((log, checkpoint_connection)), Arc::default());
            Ok(Self {
                backend: DatabaseBackend::Sqlite,
                write,
                read,
                list_reader: lists,
                write_permits,
                checkpointer: log,
                local_events: own,
                activation_counts: Arc::default(),
                live: Arc::default(),
                change_sink: Arc::default(),
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

    /// Returns the pool for reads.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Returns the pool for lists of the dashboard, which read pages from the whole file.
    pub fn list_reader(&self) -> &DatabaseConnection {
        &self.list_reader
    }

    /// Begins a read transaction that may scan whole tables. Use it for one query: while it is
    /// open, a checkpoint cannot reset SQLite's WAL.
    #[allow(clippy::disallowed_methods, reason = "nothing is written")]
    pub async fn begin_with_seq_scans(&self) -> Result<DatabaseTransaction> {
        let txn = self.read.begin().await?;
        if !self.is_sqlite() {
            txn.execute_unprepared(ALLOW_SEQ_SCANS).await?;
        }
        Ok(txn)
    }

    /// Returns the pool for migrations and write transactions. Use cases call
    /// [`crate::Service::begin_write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Opens a separate connection to the SQLite file, which polls for changes of other processes.
    pub async fn change_listener(&self, options: &Options) -> Result<DatabaseConnection> {
        Ok(Database::connect(sqlite::options(&options.url, 1, ConnectionRole::Reader)).await?)
    }

    /// Opens a separate connection to the SQLite file, which copies the database.
    pub async fn backup_connection(&self, options: &Options) -> Result<DatabaseConnection> {
        Ok(Database::connect(sqlite::options(&options.url, 1, ConnectionRole::Checkpointer)).await?)
    }

    pub fn write_permits(&self) -> &Arc<Semaphore> {
        &self.write_permits
    }

    /// Notifies the WAL checkpointer of a commit, or of a failed commit.
    pub fn on_commit(&self, done: bool) {
        if let Some((checkpointer, _)) = &self.checkpointer {
            checkpointer.notify_commit(!done);
        }
    }

    /// Returns the use of the pools.
    pub fn pools(&self) -> Vec<PoolUse> {
        if self.is_sqlite() {
            [("writer", &self.write), ("readers", &self.read), ("lists", &self.list_reader)]
                .map(|(name, pool)| PoolUse::of(name, pool.get_sqlite_connection_pool()))
                .into()
        } else {
            vec![PoolUse::of("shared", self.write.get_postgres_connection_pool())]
        }
    }

    /// Returns the length of SQLite's WAL and its checkpoints.
    pub fn checkpoints(&self) -> Option<CheckpointUse> {
        self.checkpointer.as_ref().map(|(checkpointer, _)| checkpointer.counts().get())
    }

    pub async fn close(&self) {
        let _ = self.read.clone().close().await;
        let _ = self.list_reader.clone().close().await;
        let _ = self.write.clone().close().await;
        if let Some((_, checkpoint_connection)) = &self.checkpointer {
            let _ = checkpoint_connection.clone().close().await;
        }
    }
}
