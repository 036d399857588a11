//! Recognizes a pooler between this process and PostgreSQL that gives each transaction another session.
//!
//! LISTEN, prepared statements and settings belong to a session. Behind such a pooler a node would miss
//! changes of other nodes, and statements would fail now and then.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, Connection as _, Executor as _, Row as _};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use tokio::time::timeout;

use crate::{Error, Result};

const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Marks the session of a connection, and returns the mark.
const SET_MARK_SQL: &str = "SELECT set_config('countersign.session_mark', gen_random_uuid()::text, false)";
const MARK_SQL: &str = "SELECT COALESCE(current_setting('countersign.session_mark', true), '')";
/// Whether the settings of `store/postgres.rs` are in force.
const SETTINGS_SQL: &str = "SELECT current_setting('lock_timeout') = '1s' \
     AND current_setting('idle_in_transaction_session_timeout') = '5s' \
     AND current_setting('statement_timeout') = '10s' AND current_setting('enable_seqscan') = 'off'";
/// What a pooler answers that knows no settings at the start of a connection.
const REFUSED_SETTINGS: &str = "unsupported startup parameter";

/// Refuses a pooler in transaction mode, and warns of one that drops settings.
///
/// # Errors
/// Returns an error with the remedy.
pub(super) async fn check(db: &DatabaseConnection) -> Result<()> {
    let pool = db.get_postgres_connection_pool();
    if shares_sessions(&pool.connect_options()).await? {
        return Err(Error::invalid(
            "database_url",
            "The database_url leads to a pooler in transaction mode, such as PgBouncer with pool_mode = transaction. \
             Behind it, notifications, prepared statements and settings of sessions are lost. Connect to PostgreSQL \
             directly, or set the pooler to session mode. See \"Pooler\" in docs/operations.md.",
        ));
    }
    let settings_arrive = async { pool.fetch_one(SETTINGS_SQL).await?.try_get::<bool, _>(0) };
    if !settings_arrive.await.map_err(failed)? {
        tracing::warn!(
            "a pooler drops the session settings of this server; set them for the role as in docs/operations.md"
        );
    }
    Ok(())
}

/// Explains the error of a connection if a pooler refused its settings.
pub(super) fn explain(error: Error) -> Error {
    match &error {
        Error::Unavailable(cause) if cause.to_string().contains(REFUSED_SETTINGS) => Error::invalid(
            "database_url",
            "The database_url leads to a pooler, such as PgBouncer, that refuses the settings of a new connection. \
             Connect to PostgreSQL directly, or set up the pooler as in \"Pooler\" in docs/operations.md.",
        ),
        _ => error,
    }
}

/// Returns whether two connections share sessions of PostgreSQL.
pub(crate) async fn shares_sessions(options: &PgConnectOptions) -> Result<bool> {
    let probed = timeout(PROBE_TIMEOUT, probe(options)).await;
    Ok(probed.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(failed)?)
}

/// Marks the session of one connection and begins a transaction on another one. A pooler has given the
/// marked session to the transaction, because it is the one that was used last; or the marked connection
/// now gets another one.
async fn probe(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut marked = PgConnection::connect_with(options).await?;
    let mut other = PgConnection::connect_with(options).await?;
    let mark = text(&mut marked, SET_MARK_SQL).await?;
    other.execute("BEGIN").await?;
    let is_shared = text(&mut other, MARK_SQL).await? == mark || text(&mut marked, MARK_SQL).await? != mark;
    other.execute("ROLLBACK").await?;
    let _ = other.close().await;
    let _ = marked.close().await;
    Ok(is_shared)
}

/// Runs a statement without parameters, which is not prepared, because names of prepared statements clash
/// in a shared session.
async fn text(connection: &mut PgConnection, sql: &'static str) -> Result<String, sqlx::Error> {
    connection.fetch_one(sql).await?.try_get(0)
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_settings_are_explained() {
        let refusal = "unsupported startup parameter: extra_float_digits".to_owned();
        let explained = explain(Error::Unavailable(DbErr::Conn(RuntimeErr::Internal(refusal))));
        assert!(explained.to_string().contains("pooler"), "{explained}");
        let other = explain(Error::unavailable("no route to host"));
        assert!(matches!(other, Error::Unavailable(_)));
    }
}
