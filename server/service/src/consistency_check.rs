//! Consistency check: compares maintained counters with a full count. For the operator, because it
//! scans whole tables.

use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Result, Service};

/// Maximum number of mismatches listed per kind.
const MAX_MISMATCHES_LISTED: usize = 100;

/// A counter that differs from the full count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterMismatch {
    /// The name of the counter.
    pub counter: &'static str,
    /// The license, product or account.
    pub of: Uuid,
    /// The stored counter.
    pub counted: i64,
    /// The full count.
    pub found: i64,
}

#[derive(FromQueryResult)]
struct CounterRow {
    id: Uuid,
    counted: i64,
    found: i64,
}

/// Builds the query of mismatches between a counter column and the activations of a kind.
fn mismatch_sql(column: &str, kind: &str) -> String {
    format!(
        "SELECT l.id, CAST(l.{column} AS bigint) AS counted, COALESCE(a.found, 0) AS found FROM licenses l \
         LEFT JOIN (SELECT license_id, COUNT(*) AS found FROM activations WHERE kind = '{kind}' AND takes_slot \
         GROUP BY license_id) a ON a.license_id = l.id WHERE l.{column} <> COALESCE(a.found, 0) LIMIT {MAX_MISMATCHES_LISTED}"
    )
}

/// Compares every counter with a full count and returns the first 100 mismatches of each kind.
/// Scans whole tables.
///
/// # Errors
/// Returns [`crate::Error`] if the database fails.
pub async fn check(service: &Service) -> Result<Vec<CounterMismatch>> {
    let products = format!(
        "SELECT p.id, p.license_count AS counted, COUNT(l.id) AS found FROM products p \
         LEFT JOIN licenses l ON l.product_id = p.id GROUP BY p.id, p.license_count \
         HAVING p.license_count <> COUNT(l.id) LIMIT {MAX_MISMATCHES_LISTED}"
    );
    let trials = format!(
        "SELECT p.id, CAST(p.trials_used AS bigint) AS counted, COUNT(t.id) AS found FROM products p \
         LEFT JOIN trials t ON t.product_id = p.id GROUP BY p.id, p.trials_used \
         HAVING p.trials_used <> COUNT(t.id) LIMIT {MAX_MISMATCHES_LISTED}"
    );
    // One transaction updates both counters. Daily totals may be higher, because license counts are
    // dropped above the memory limit.
    let valid = format!(
        "SELECT a.id, CAST(COALESCE(d.counted, 0) AS bigint) AS counted, CAST(l.found AS bigint) AS found \
         FROM accounts a JOIN (SELECT account_id, SUM(verification_count) AS found FROM licenses \
         GROUP BY account_id) l ON l.account_id = a.id LEFT JOIN (SELECT account_id, SUM(count) AS counted \
         FROM daily_counts WHERE outcome = 'valid' GROUP BY account_id) d ON d.account_id = a.id \
         WHERE COALESCE(d.counted, 0) < l.found LIMIT {MAX_MISMATCHES_LISTED}"
    );
    let all = [
        ("licenses.domains_used", mismatch_sql("domains_used", "domain")),
        ("licenses.machines_used", mismatch_sql("machines_used", "machine")),
        ("products.license_count", products),
        ("products.trials_used", trials),
        ("daily_counts.count", valid),
    ];
    let mut differences = Vec::new();
    for (counter, sql) in all {
        let txn = service.store.begin_with_seq_scans().await?;
        let rows = CounterRow::find_by_statement(Statement::from_string(service.store.backend(), sql))
            .all(&txn)
            .await?;
        differences.extend(rows.into_iter().map(|row| CounterMismatch {
            counter,
            of: row.id,
            counted: row.counted,
            found: row.found,
        }));
    }
    Ok(differences)
}
