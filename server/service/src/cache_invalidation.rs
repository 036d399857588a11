//! Cache invalidation by changes of other processes: LISTEN/NOTIFY on PostgreSQL, polling of
//! `data_version` and the outbox on SQLite.

use std::future::Future;
use std::time::{Duration, Instant};

use domain::event::Event;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::sqlx::{self, Executor as _, Row as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Statement};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

use crate::store::NOTIFY_CHANNEL;
use crate::{Result, Service};

/// Interval of SQLite polls. A change of another process must be visible within 250 ms.
const SQLITE_POLL: Duration = Duration::from_millis(50);
/// Interval of heartbeats to PostgreSQL. The response arrives after all earlier notifications.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(80);
/// Maximum time for a heartbeat before the connection is closed.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one heartbeat keeps the cache valid. A process stopped for longer, or with a silent
/// connection, reads from the database.
const FRESHNESS_WINDOW: Duration = Duration::from_millis(250);
/// Clock skew to the database in milliseconds above which a warning is logged: each node expires
/// leases by its own clock.
const MAX_CLOCK_SKEW_MS: i64 = 1000;
/// Delay before the connection is opened again.
const RECONNECT_DELAY: Duration = Duration::from_millis(250);

/// Listens for changes until the task is dropped. While the channel is lost, the cache is not used.
pub async fn listen(service: Service) {
    loop {
        let heard = if service.store.is_sqlite() {
            poll_sqlite(&service).await
        } else {
            listen_postgres(&service).await
        };
        service.cache.suspend();
        if let Err(error) = heard {
            tracing::warn!(%error, "cache invalidation channel lost; cache bypassed, verifications read the database");
        }
        sleep(RECONNECT_DELAY).await;
    }
}

async fn listen_postgres(service: &Service) -> Result<()> {
    let mut listener = with_heartbeat_timeout(PgListener::connect(&service.options.url)).await?;
    // The listener must not reconnect by itself, because notifications sent meanwhile would be
    // lost.
    listener.eager_reconnect(false);
    with_heartbeat_timeout(listener.listen(NOTIFY_CHANNEL)).await?;
    service.cache.invalidate_all();
    let clock_off = heartbeat(service, &mut listener).await?;
    if clock_off.abs() > MAX_CLOCK_SKEW_MS {
        tracing::warn!(
            clock_off,
            "clock skew to the database exceeds {MAX_CLOCK_SKEW_MS} ms; lease expiry may be off"
        );
    }
    let mut beat = interval(HEARTBEAT_INTERVAL);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            said = listener.try_recv() => match said.map_err(unavailable)? {
                Some(notification) => apply(service, notification.payload()),
                // The connection was lost, and with it the notifications sent meanwhile.
                None => return Ok(()),
            },
            _ = beat.tick() => {
                heartbeat(service, &mut listener).await?;
            }
        }
    }
}

/// Sends a heartbeat and applies all notifications before it. Returns the clock skew in
/// milliseconds.
async fn heartbeat(service: &Service, listener: &mut PgListener) -> Result<i64> {
    let asked = Instant::now();
    let time = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let row = with_heartbeat_timeout(listener.fetch_one(time)).await?;
    // Notifications that arrived before the response are buffered.
    while let Some(notification) = listener.next_buffered() {
        apply(service, notification.payload());
    }
    service.cache.mark_current_until(asked + FRESHNESS_WINDOW);
    Ok(service.now().millis() - row.try_get::<i64, _>(0).map_err(unavailable)?)
}

async fn with_heartbeat_timeout<T>(asking: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T> {
    let late = |_| DbErr::Custom("database query timed out".into());
    Ok(timeout(HEARTBEAT_TIMEOUT, asking).await.map_err(late)?.map_err(unavailable)?)
}

/// Applies a payload of `store::txn`: a `+` before the ids if licenses were issued. Any other text
/// invalidates the whole cache.
fn apply(service: &Service, payload: &str) {
    let (issued, ids) = payload.strip_prefix('+').map_or((false, payload), |ids| (true, ids));
    if issued {
        service.cache.invalidate_missing();
    }
    let ids: Result<Vec<Uuid>, _> = ids.split(',').map(str::parse).collect();
    match ids {
        Ok(ids) => ids.into_iter().for_each(|id| service.cache.invalidate(id)),
        Err(_) => service.cache.invalidate_all(),
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

async fn poll_sqlite(service: &Service) -> Result<()> {
    // `data_version` is relative to one connection, so that this connection stays open.
    let watcher = service.store.change_listener(&service.options).await?;
    let mut version = data_version(&watcher).await?;
    let mut seen = last_seq(&watcher).await?;
    service.cache.invalidate_all();
    loop {
        let asked = Instant::now();
        let now = data_version(&watcher).await?;
        if now != version {
            version = now;
            seen = apply_events(service, &watcher, seen).await?;
        }
        service.cache.mark_current_until(asked + FRESHNESS_WINDOW);
        sleep(SQLITE_POLL).await;
    }
}

/// Applies the outbox events after `seen`. Returns the last event's sequence number.
async fn apply_events(service: &Service, watcher: &DatabaseConnection, mut seen: i64) -> Result<i64> {
    let last = last_seq(watcher).await?;
    if service.store.local_events.covers(seen, last) {
        return Ok(seen.max(last));
    }
    let statement = Statement::from_sql_and_values(
        service.store.backend(),
        "SELECT seq, license_id, product_id, kind FROM outbox_events WHERE seq > ? ORDER BY seq",
        [seen.into()],
    );
    for change in Change::find_by_statement(statement).all(watcher).await? {
        seen = change.seq;
        if change.kind == Event::LicenseIssued.as_str() {
            service.cache.invalidate_missing();
        }
        if let Some(license) = change.license_id {
            service.cache.invalidate(license);
        }
        if change.kind == Event::ProductUpdated.as_str()
            && let Some(product) = change.product_id
        {
            service.cache.invalidate(product);
        }
    }
    Ok(seen)
}

async fn data_version(watcher: &DatabaseConnection) -> Result<i64> {
    query_number(watcher, "PRAGMA data_version", "data_version").await
}

async fn last_seq(watcher: &DatabaseConnection) -> Result<i64> {
    query_number(watcher, "SELECT COALESCE(MAX(seq), 0) AS seq FROM outbox_events", "seq").await
}

async fn query_number(watcher: &DatabaseConnection, sql: &str, column: &str) -> Result<i64> {
    let statement = Statement::from_string(watcher.get_database_backend(), sql);
    let row = watcher.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::Custom(format!("{sql}: no row")))?;
    Ok(row.try_get("", column)?)
}
