//! Nodes: the server processes of the instance. Each writes a heartbeat into its row.

use std::time::Duration;

use domain::Timestamp;
use domain::time::DAY_MS;
use domain::view::NodeRow;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
};

use crate::store::entity::nodes;
pub use crate::version::VERSION;
use crate::{Result, Service};

/// Interval of the heartbeats of a node.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(30);
/// A node without a heartbeat for this time is shown as silent: three intervals, in milliseconds.
const SILENT_AFTER_MS: i64 = 90_000;
/// Maximum number of nodes listed.
const MAX_NODES_LISTED: u64 = 50;

/// Writes a heartbeat of this node, and deletes the rows of nodes that were silent for a day. For a
/// background worker of each node.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn heartbeat(service: &Service) -> Result<()> {
    let now = service.now().millis();
    let write = Statement::from_sql_and_values(
        service.store.backend(),
        "INSERT INTO nodes (id, version, started_at, last_seen_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
        [service.leases.node.into(), VERSION.into(), service.started_at.millis().into(), now.into()],
    );
    let txn = service.begin_write().await?;
    txn.conn().execute_raw(write).await?;
    nodes::Entity::delete_many().filter(nodes::Column::LastSeenAt.lt(now - DAY_MS)).exec(txn.conn()).await?;
    txn.commit().await
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
    let now = service.now().millis();
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
