//! How the service connects to its database.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::Result;

/// A callback that receives the SQL text of every statement.
pub type StatementHook = Arc<dyn Fn(&str) + Send + Sync>;

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
}

impl Options {
    /// Creates options for the database at `url`.
    pub fn new(url: impl Into<String>, max_connections: u32) -> Self {
        Self { url: url.into(), max_connections, on_statement: None }
    }

    /// Opens a connection pool and installs the statement hook.
    pub(super) async fn connect(&self, connect: ConnectOptions) -> Result<DatabaseConnection> {
        let mut connection = Database::connect(connect).await?;
        if let Some(hook) = self.on_statement.clone() {
            connection.set_metric_callback(move |info| hook(&info.statement.sql));
        }
        Ok(connection)
    }
}
