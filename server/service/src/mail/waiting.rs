//! The length and the age of the queue, for the metrics.

use domain::Timestamp;
use sea_orm::{FromQueryResult, Statement};

use crate::{Result, Service};

/// Mails that are counted at most, so that a long queue makes no long statement.
const MAX_COUNTED: u64 = 10_000;

/// The mails that wait, on all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingMails {
    /// Their number, up to 10,000.
    pub length: u64,
    /// When the first of them is due.
    pub first_due_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    length: i64,
    first_due_at: Option<i64>,
}

/// Returns how many mails wait, and since when the first is due.
pub(crate) async fn waiting(service: &Service) -> Result<WaitingMails> {
    // Literals, because the index is partial. The range makes a search of the index from a scan of it.
    let queued = "FROM mails WHERE state = 'queued' AND next_attempt_at >= 0 ORDER BY next_attempt_at LIMIT";
    let sql = format!(
        "SELECT (SELECT COUNT(*) FROM (SELECT next_attempt_at {queued} {MAX_COUNTED}) AS queued) AS length, \
         (SELECT next_attempt_at {queued} 1) AS first_due_at"
    );
    let statement = Statement::from_string(service.store.backend(), sql);
    let row = Row::find_by_statement(statement).one(service.store.read()).await?;
    Ok(WaitingMails {
        length: row.as_ref().map_or(0, |row| u64::try_from(row.length).unwrap_or(0)),
        first_due_at: row.and_then(|row| row.first_due_at).map(Timestamp::from_millis),
    })
}
