//! The length and the age of the deliveries that wait, for the metrics.

use domain::Timestamp;
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::waiting::waiting_after;
use crate::{Result, Service};

/// Deliveries that are counted at most, so that a long queue makes no long statement.
const MAX_COUNTED: u64 = 10_000;

/// The deliveries that wait, on all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryBacklog {
    /// Their number, up to 10,000.
    pub length: u64,
    /// When the first of them is due. Of the first 256 webhooks with deliveries.
    pub first_due_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Length {
    length: i64,
}

/// Returns how many deliveries wait, and since when the first is due.
///
/// # Errors
/// Returns an error if the database fails.
pub(crate) async fn backlog(service: &Service) -> Result<DeliveryBacklog> {
    // Literals, because the index is partial. The range makes a search of the index from a scan of it.
    let sql = format!(
        "SELECT COUNT(*) AS length FROM (SELECT webhook_id FROM webhook_deliveries WHERE state = 'pending' \
         AND webhook_id > $1 ORDER BY webhook_id LIMIT {MAX_COUNTED}) AS pending"
    );
    let statement = Statement::from_sql_and_values(service.store.backend(), sql, [Uuid::nil().into()]);
    let length = Length::find_by_statement(statement).one(service.store.read()).await?;
    let waiting = waiting_after(service, Uuid::nil()).await?;
    Ok(DeliveryBacklog {
        length: length.map_or(0, |row| u64::try_from(row.length).unwrap_or(0)),
        first_due_at: waiting.iter().map(|webhook| webhook.due_at).min().map(Timestamp::from_millis),
    })
}
