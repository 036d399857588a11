//! Cache invalidation across processes, so that the next verification sees remote changes: by LISTEN on
//! PostgreSQL, by polling `data_version` on SQLite. Viewers of live pages learn of changes here too.

use std::future::Future;
use std::time::{Duration, Instant};

use domain::event::Event;
use sea_orm::sqlx::postgres::{PgListener, PgNotification};
use sea_orm::sqlx::{self, Executor as _, Row as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Statement};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

use crate::store::NOTIFY_CHANNEL;
use crate::store::live_topics::LIVE_CHANNEL;
use crate::{Result, Service};

/// Interval at which SQLite's `data_version` is polled. Changes by another process must be visible
/// within 250 ms.
const SQLITE_POLL: Duration = Duration::from_millis(50);
/// Interval of heartbeat queries to PostgreSQL. The reply follows all earlier notifications, so it
/// proves that they were received.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(80);
/// The query of a heartbeat: the database's time in milliseconds.
const HEARTBEAT_SQL: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/// The query of a heartbeat that also announces viewers to other nodes.
const ANNOUNCING_HEARTBEAT_SQL: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, \
     pg_notify('countersign_live', 'viewers')";
/// Timeout of a heartbeat, after which the connection is closed.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one heartbeat keeps the cache valid. A process that was stopped for longer, or whose
/// connection is silent, reads from the database.
const FRESHNESS_WINDOW: Duration = Duration::from_millis(250);
/// Clock skew between this node and the database that is logged as a warning, in milliseconds,
/// because leases expire by the clock of the checking node.
const MAX_CLOCK_SKEW_MS: i64 = 1000;
/// Events after which any license may have changed.
const CHANGES_OF_MANY_LICENSES: [Event; 3] =
    [Event::SlotsRecounted, Event::AccountSuspended, Event::AccountReinstated];
/// Delay before reconnecting.
const RECONNECT_DELAY: Duration = Duration::from_millis(250);

/// Applies remote invalidations until the task is dropped. The cache is bypassed while the channel is
/// disconnected.
pub async fn listen(service: Service) {
    loop {
        let result = if service.store.is_sqlite() {
            poll_sqlite(&service).await
        } else {
            listen_postgres(&service).await
        };
        service.cache.suspend();
        if let Err(error) = result {
            tracing::warn!(
                %error,
                "cache invalidation channel lost; cache bypassed, verifications read the database"
            );
        }
        sleep(RECONNECT_DELAY).await;
    }
}

async fn listen_postgres(service: &Service) -> Result<()> {
    let mut listener = with_heartbeat_timeout(PgListener::connect(&service.options.url)).await?;
    // An automatic reconnect would hide notifications lost in between.
    listener.eager_reconnect(false);
    with_heartbeat_timeout(listener.listen(NOTIFY_CHANNEL)).await?;
    with_heartbeat_timeout(listener.listen(LIVE_CHANNEL)).await?;
    service.cache.invalidate_all();
    service.store.live.publish_all();
    let clock_skew_ms = heartbeat(service, &mut listener).await?;
    if clock_skew_ms.abs() > MAX_CLOCK_SKEW_MS {
        tracing::warn!(
            clock_skew_ms,
            "clock skew to the database exceeds {MAX_CLOCK_SKEW_MS} ms; lease expiry may be off"
        );
    }
    let mut ticker = interval(HEARTBEAT_INTERVAL);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            received = listener.try_recv() => match received.map_err(unavailable)? {
                Some(notification) => apply(service, &notification),
                // The connection was lost, and notifications with it.
                None => return Ok(()),
            },
            _ = ticker.tick() => {
                heartbeat(service, &mut listener).await?;
            }
        }
    }
}

/// Applies all notifications sent so far. Returns how far this node's clock is ahead, in milliseconds.
async fn heartbeat(service: &Service, listener: &mut PgListener) -> Result<i64> {
    let queried_at = Instant::now();
    let announces = service.store.live.should_announce();
    let sql = if announces { ANNOUNCING_HEARTBEAT_SQL } else { HEARTBEAT_SQL };
    let row = with_heartbeat_timeout(listener.fetch_one(sql)).await?;
    // Notifications that arrived with the reply are buffered.
    while let Some(notification) = listener.next_buffered() {
        apply(service, &notification);
    }
    service.cache.mark_current_until(queried_at + FRESHNESS_WINDOW);
    Ok(service.now().millis() - row.try_get::<i64, _>(0).map_err(unavailable)?)
}

async fn with_heartbeat_timeout<T>(query: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T> {
    let timed_out = |_| DbErr::Custom("database query timed out".into());
    Ok(timeout(HEARTBEAT_TIMEOUT, query).await.map_err(timed_out)?.map_err(unavailable)?)
}

/// Applies a payload that `store::txn` sends on commit: the changed ids, with the prefix `+` if
/// licenses were issued. Any other payload invalidates the whole cache.
fn apply(service: &Service, notification: &PgNotification) {
    let payload = notification.payload();
    if notification.channel() == LIVE_CHANNEL {
        service.store.live.apply(payload);
        return;
    }
    let (issued, ids) = payload.strip_prefix('+').map_or((false, payload), |ids| (true, ids));
    if issued {
        service.cache.invalidate_missing();
    }
    let ids: Result<Vec<Uuid>, _> = ids.split(',').map(str::parse).collect();
    let Ok(ids) = ids else {
        service.cache.invalidate_all();
        service.store.live.publish_all();
        return;
    };
    for id in &ids {
        service.cache.invalidate(*id);
    }
    service.store.live.publish(&ids);
}

fn unavailable(error: sqlx::Error) -> DbErr {
    DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

#[derive(FromQueryResult)]
struct Change {
    seq: i64,
    account_id: Uuid,
    license_id: Option<Uuid>,
    product_id: Option<Uuid>,
    kind: String,
    /// The customer whose name or address changed.
    customer_id: Option<String>,
}

async fn poll_sqlite(service: &Service) -> Result<()> {
    // `data_version` is only comparable on the same connection, so this connection is reserved for it.
    let watcher = service.store.change_listener(&service.options).await?;
    let mut version = data_version(&watcher).await?;
    let mut applied_seq = last_seq(&watcher).await?;
    service.cache.invalidate_all();
    service.store.live.publish_all();
    loop {
        let queried_at = Instant::now();
        let current = data_version(&watcher).await?;
        if current != version {
            version = current;
            applied_seq = apply_events(service, &watcher, applied_seq).await?;
        }
        service.cache.mark_current_until(queried_at + FRESHNESS_WINDOW);
        sleep(SQLITE_POLL).await;
    }
}

/// Applies the events after `applied_seq` and returns the last sequence number.
async fn apply_events(service: &Service, watcher: &DatabaseConnection, mut applied_seq: i64) -> Result<i64> {
    let last = last_seq(watcher).await?;
    if service.store.local_events.covers(applied_seq, last) {
        return Ok(applied_seq.max(last));
    }
    let statement = Statement::from_sql_and_values(
        service.store.backend(),
        "SELECT seq, account_id, license_id, product_id, kind, \
         CASE WHEN kind IN ('customer.updated', 'customer.merged', 'customer.erased') THEN payload ->> 'customer_id' END AS customer_id \
         FROM outbox_events WHERE seq > ? ORDER BY seq",
        [applied_seq.into()],
    );
    for change in Change::find_by_statement(statement).all(watcher).await? {
        applied_seq = change.seq;
        if change.kind == Event::LicenseIssued.as_str() {
            service.cache.invalidate_missing();
        }
        if let Some(license) = change.license_id {
            service.cache.invalidate(license);
            service.store.live.publish(&[change.account_id, license]);
        }
        if change.kind == Event::ProductUpdated.as_str()
            && let Some(product) = change.product_id
        {
            service.cache.invalidate(product);
        }
        // Tokens of machines hold the customer's name and address.
        if let Some(customer) = change.customer_id.as_deref().and_then(|id| id.parse().ok()) {
            service.cache.invalidate(customer);
        }
        if Event::from_storage(&change.kind).is_some_and(Event::changes_access) {
            service.cache.invalidate(change.account_id);
        }
        // Licenses have no event of their own when their slots are recounted, or their account is suspended.
        if CHANGES_OF_MANY_LICENSES.iter().any(|event| change.kind == event.as_str()) {
            service.cache.invalidate_all();
            service.store.live.publish_all();
        }
    }
    Ok(applied_seq)
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
