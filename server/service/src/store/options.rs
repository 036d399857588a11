//! How the service connects to its database.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::Result;

/// A callback that receives the SQL text of every statement.
pub type StatementHook = Arc<dyn Fn(&str) + Send + Sync>;

/// A statement that has ended. Its text holds no values: they are parameters.
#[derive(Debug, Clone, Copy)]
pub struct EndedStatement<'a> {
    /// The text.
    pub sql: &'a str,
    /// How long it took, without the wait for a connection.
    pub elapsed: Duration,
    /// Whether it failed.
    pub has_failed: bool,
}

/// A callback that receives every statement after its end, on the task that ran it.
pub type StatementObserver = Arc<dyn Fn(EndedStatement<'_>) + Send + Sync>;

/// Maximum time that a request waits for a connection of the pool. Write transactions queue at
/// [`super::Store::write_permits`] before, so that this timeout means that the database is down.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(2500);

/// The address of the database and the size of its connection pool.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Maximum number of PostgreSQL connections, or of SQLite readers.
    pub max_connections: u32,
    /// Called with the text of each statement. For tests.
    pub on_statement: Option<StatementHook>,
    /// Called after each statement. For traces.
    pub on_statement_end: Option<StatementObserver>,
}

impl Options {
    /// Creates options for the database at `url`.
    pub fn new(url: impl Into<String>, max_connections: u32) -> Self {
        Self { url: url.into(), max_connections, on_statement: None, on_statement_end: None }
    }

    /// Opens a connection pool and installs the callbacks. Without any, no time is read.
    pub(super) async fn connect(&self, connect: ConnectOptions) -> Result<DatabaseConnection> {
        let mut connection = Database::connect(connect).await?;
        let (hook, observer) = (self.on_statement.clone(), self.on_statement_end.clone());
        if hook.is_some() || observer.is_some() {
            connection.set_metric_callback(move |info| {
                let sql = info.statement.sql.as_str();
                if let Some(hook) = &hook {
                    hook(sql);
                }
                if let Some(observer) = &observer {
                    observer(EndedStatement { sql, elapsed: info.elapsed, has_failed: info.failed });
                }
            });
        }
        Ok(connection)
    }
}
