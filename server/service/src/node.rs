//! Nodes: the server processes of the instance. Each writes a heartbeat into its row, and finds its share of the rate
//! limits by the rows of the others.

use std::time::Duration;

use domain::Timestamp;
use domain::rate_limit::NodeShare;
use domain::time::DAY_MS;
use domain::view::NodeRow;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};

use crate::store::entity::nodes;
pub use crate::version::VERSION;
use crate::{Clock, Result, Service};

/// Interval of the heartbeats of a node.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// Interval if nodes share their rate limits: so long they take to learn of a node that joined or stopped.
const SHARING_INTERVAL: Duration = Duration::from_secs(5);
/// Longest time between two heartbeats in which none was missed, if nodes share their rate limits: two intervals, in
/// milliseconds.
const MAX_GAP_MS: i64 = 10_000;
/// A node without a heartbeat for this time is silent: three of the longer intervals, in milliseconds. It has no
/// share of the rate limits.
const SILENT_AFTER_MS: i64 = 90_000;
/// Maximum number of nodes listed.
const MAX_NODES_LISTED: u64 = 50;
/// PostgreSQL's time in milliseconds.
const POSTGRES_TIME: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// What a heartbeat returns.
#[derive(FromQueryResult)]
struct Heartbeat {
    last_seen_at: i64,
    /// How many other nodes are alive.
    others: i64,
    /// How many of these have a lower id.
    lower: i64,
}

impl Heartbeat {
    /// Returns the place of this node among the live nodes.
    fn place(&self) -> NodeShare {
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX - 1);
        NodeShare::new(number(self.lower), number(self.others) + 1)
    }
}

/// Returns the interval of the heartbeats of this node.
#[must_use]
pub fn heartbeat_interval(service: &Service) -> Duration {
    if shares_limits(service) { SHARING_INTERVAL } else { HEARTBEAT_INTERVAL }
}

/// Returns whether this node shares its rate limits. On SQLite there is one node.
fn shares_limits(service: &Service) -> bool {
    service.limit_share.is_of_cluster() && !service.store.is_sqlite()
}

/// Writes a heartbeat of this node, and deletes the rows of nodes that were silent for a day. Takes up this node's
/// share of the rate limits, and returns it if it changed. If the database fails, the share stays. For a background
/// worker of each node.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn heartbeat(service: &Service) -> Result<Option<NodeShare>> {
    let txn = service.begin_write().await?;
    let written = Heartbeat::find_by_statement(heartbeat_statement(service)).one(txn.conn()).await?;
    let written = written.ok_or_else(|| DbErr::Custom("a heartbeat returned no row".into()))?;
    let silent_for_a_day = nodes::Column::LastSeenAt.lt(written.last_seen_at - DAY_MS);
    nodes::Entity::delete_many().filter(silent_for_a_day).exec(txn.conn()).await?;
    txn.commit().await?;
    if !shares_limits(service) {
        return Ok(None);
    }
    Ok(service.limit_share.observe(written.place(), written.last_seen_at, MAX_GAP_MS))
}

/// Returns the statement that writes a heartbeat and counts the other nodes. A heartbeat of the future counts as little
/// as one of the past, because the clock may have gone back.
fn heartbeat_statement(service: &Service) -> Statement {
    let at =
        if service.store.is_sqlite() { "$4".to_owned() } else { format!("COALESCE($4, {POSTGRES_TIME})") };
    let alive = format!("abs(other.last_seen_at - nodes.last_seen_at) < {SILENT_AFTER_MS}");
    let sql = format!(
        "INSERT INTO nodes (id, version, started_at, last_seen_at) VALUES ($1, $2, $3, {at}) \
         ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at RETURNING last_seen_at, \
         (SELECT COUNT(*) FROM nodes AS other WHERE other.id <> nodes.id AND {alive}) AS others, \
         (SELECT COUNT(*) FROM nodes AS other WHERE other.id < nodes.id AND {alive}) AS lower"
    );
    let values = [
        service.leases.node.into(),
        VERSION.into(),
        service.started_at.millis().into(),
        own_time(service).into(),
    ];
    Statement::from_sql_and_values(service.store.backend(), sql, values)
}

/// Returns the time of heartbeats, if it is this node's. On PostgreSQL it is the database's, because nodes compare
/// their heartbeats, and their clocks differ.
fn own_time(service: &Service) -> Option<i64> {
    let is_own = service.store.is_sqlite() || matches!(service.clock, Clock::Manual(_));
    is_own.then(|| service.now().millis())
}

/// Deletes the row of this node, which stops.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn remove(service: &Service) -> Result<()> {
    let txn = service.begin_write().await?;
    nodes::Entity::delete_by_id(service.leases.node).exec(txn.conn()).await?;
    txn.commit().await
}

/// Returns the nodes, the last seen first.
pub(crate) async fn list(service: &Service) -> Result<Vec<NodeRow>> {
    let now = match own_time(service) {
        Some(now) => now,
        None => postgres_time(service).await?,
    };
    let rows = nodes::Entity::find()
        .order_by_desc(nodes::Column::LastSeenAt)
        .order_by_desc(nodes::Column::Id)
        .limit(MAX_NODES_LISTED)
        .all(service.store.read())
        .await?;
    let node = |row: nodes::Model| NodeRow {
        id: row.id.to_string(),
        version: row.version,
        started_at: Timestamp::from_millis(row.started_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        is_alive: now - row.last_seen_at < SILENT_AFTER_MS,
        is_self: row.id == service.leases.node,
    };
    Ok(rows.into_iter().map(node).collect())
}

async fn postgres_time(service: &Service) -> Result<i64> {
    let statement = Statement::from_string(service.store.backend(), format!("SELECT {POSTGRES_TIME} AS now"));
    let row = service.store.read().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbErr::Custom("the database returned no time".into()))?;
    Ok(row.try_get("", "now")?)
}
