//! Hearing of what other processes change, so that their changes are seen by
//! this one's next verification: on PostgreSQL by LISTEN, on SQLite by watching
//! the file's version.

use std::time::Duration;

use domain::event::Event;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::sqlx::{self, Executor as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Statement};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::store::CHANNEL;
use crate::{Result, Service};

/// How often SQLite's file is looked at. A change by another process is to be
/// seen within 250 ms.
const SQLITE_POLL: Duration = Duration::from_millis(50);
/// How long a silent connection to PostgreSQL is believed to be alive.
const POSTGRES_PROOF: Duration = Duration::from_secs(1);
/// Between tries to listen again.
const RETRY: Duration = Duration::from_millis(250);

/// Listens until the task is dropped. While it hears nothing, the cache is not
/// used.
pub async fn follow(service: Service) {
    loop {
        let heard = if service.store.is_sqlite() {
            follow_sqlite(&service).await
        } else {
            follow_postgres(&service).await
        };
        service.cache.hears_of_changes(false);
        if let Err(error) = heard {
            tracing::warn!(%error, "changes made elsewhere are not heard of; reading through to the database");
        }
        sleep(RETRY).await;
    }
}

async fn follow_postgres(service: &Service) -> Result<()> {
    let mut listener = timeout(POSTGRES_PROOF, PgListener::connect(&service.options.url))
        .await
        .map_err(|_| DbErr::Custom("no connection in time".into()))?
        .map_err(unavailable)?;
    listener.listen(CHANNEL).await.map_err(unavailable)?;
    service.cache.hears_of_changes(true);
    loop {
        match timeout(POSTGRES_PROOF, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => hear(service, notification.payload()),
            // The connection was lost, and with it what was said meanwhile.
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(unavailable(error).into()),
            Err(_silence) => {
                timeout(POSTGRES_PROOF, listener.execute("SELECT 1"))
                    .await
                    .map_err(|_| DbErr::Custom("the connection is silent".into()))?
                    .map_err(unavailable)?;
            }
        }
    }
}

/// What `store::txn` says on commit: `+` before the ids where licenses were
/// issued; all may have changed where it is anything but ids.
fn hear(service: &Service, payload: &str) {
    let (issued, ids) = payload.strip_prefix('+').map_or((false, payload), |ids| (true, ids));
    if issued {
        service.cache.forget_unknown();
    }
    let ids: Result<Vec<Uuid>, _> = ids.split(',').map(str::parse).collect();
    match ids {
        Ok(ids) => ids.into_iter().for_each(|id| service.cache.forget(id)),
        Err(_) => service.cache.forget_all(),
    }
}

fn unavailable(error: sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

#[derive(FromQueryResult)]
struct Change {
    seq: i64,
    license_id: Option<Uuid>,
    product_id: Option<Uuid>,
    kind: String,
}

async fn follow_sqlite(service: &Service) -> Result<()> {
    // `data_version` speaks of one connection: this one is kept for it.
    let watcher = service.store.watcher(&service.options).await?;
    let mut version = data_version(&watcher).await?;
    let mut seen = last_seq(&watcher).await?;
    service.cache.hears_of_changes(true);
    loop {
        sleep(SQLITE_POLL).await;
        let now = data_version(&watcher).await?;
        if now == version {
            continue;
        }
        version = now;
        let last = last_seq(&watcher).await?;
        if service.store.own.are_all(seen, last) {
            seen = seen.max(last);
            continue;
        }
        let statement = Statement::from_sql_and_values(
            service.store.backend(),
            "SELECT seq, license_id, product_id, kind FROM outbox_events WHERE seq > ? ORDER BY seq",
            [seen.into()],
        );
        for change in Change::find_by_statement(statement).all(&watcher).await? {
            seen = change.seq;
            if change.kind == Event::LicenseIssued.word() {
                service.cache.forget_unknown();
            }
            if let Some(license) = change.license_id {
                service.cache.forget(license);
            }
            if change.kind == Event::ProductUpdated.word()
                && let Some(product) = change.product_id
            {
                service.cache.forget(product);
            }
        }
    }
}

async fn data_version(watcher: &DatabaseConnection) -> Result<i64> {
    number(watcher, "PRAGMA data_version", "data_version").await
}

async fn last_seq(watcher: &DatabaseConnection) -> Result<i64> {
    number(watcher, "SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox_events", "seq").await
}

async fn number(watcher: &DatabaseConnection, sql: &str, column: &str) -> Result<i64> {
    let statement = Statement::from_string(watcher.get_database_backend(), sql);
    let row = watcher.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::Custom(format!("{sql}: no row")))?;
    Ok(row.try_get("", column)?)
}
