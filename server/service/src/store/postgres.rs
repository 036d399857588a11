//! Connection options of PostgreSQL: timeouts and planner settings.

use std::time::Duration;

use sea_orm::ConnectOptions;

use super::options::{ACQUIRE_TIMEOUT, Options};

/// Statement timeout. A statement of a request that takes longer indicates a fault.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Lock timeout in milliseconds. One locked license must not delay a whole batch.
pub(super) const LOCK_TIMEOUT_MS: u64 = 1_000;
/// Idle-in-transaction timeout in milliseconds. PostgreSQL then rolls back the transaction of a
/// stopped or unreachable node and releases the licenses that it locked.
const IDLE_IN_TRANSACTION_TIMEOUT_MS: u64 = 5_000;
/// Planner settings: index scans with nested loops, and no JIT compilation. A connection caches
/// its plans: a plan made on a small table would scan the whole table after it has grown.
const PLANNER_SETTINGS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
/// Allows sequential scans, other joins and unlimited time within one transaction.
pub(crate) const ALLOW_SEQ_SCANS: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; \
    SET LOCAL enable_mergejoin = on; SET LOCAL statement_timeout = 0";

/// Returns the connection options of the pool.
pub(super) fn options(options: &Options) -> ConnectOptions {
    let mut connect = ConnectOptions::new(&options.url);
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .statement_timeout(STATEMENT_TIMEOUT)
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .record_stmt_in_spans(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            let limits = [
                ("lock_timeout", LOCK_TIMEOUT_MS),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT_MS),
            ];
            options.application_name("countersign").options(limits).options(PLANNER_SETTINGS)
        });
    connect
}
