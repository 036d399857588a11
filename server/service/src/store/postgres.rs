//! Connections to PostgreSQL.

use std::time::Duration;

use sea_orm::ConnectOptions;

use super::pool::{ACQUIRE_TIMEOUT, Options};

/// No statement of ours takes this long unless something is wrong.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long PostgreSQL waits for a row that another transaction holds, in
/// milliseconds: whoever holds one license must not hold up a whole group.
pub(super) const LOCK_TIMEOUT_MS: u64 = 1_000;
/// How long PostgreSQL lets a transaction of ours do nothing, in milliseconds, before it takes
/// it back and ends the connection: who holds it was stopped, or is not there any more, and
/// nobody else gets at the licenses that it locked.
const IDLE_IN_TRANSACTION_TIMEOUT_MS: u64 = 5_000;
/// How PostgreSQL plans: by indexes, from what was asked for to what it needs. A plan
/// is kept as long as a connection; one that was made while tables were small reads
/// them whole for a minute after they have grown, and that was most of what an
/// activation cost. Nor is anything worth compiling.
const PLANNER_SETTINGS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
/// Takes that back for a transaction that does read whole tables, and gives it time.
pub(crate) const ALLOW_SEQ_SCANS: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; \
    SET LOCAL enable_mergejoin = on; SET LOCAL statement_timeout = 0";

/// How to connect, as often as the options say.
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
