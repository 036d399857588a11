//! Persistence: connections, transactions, queries and entities. Use cases convert rows into domain
//! types before they return them.

mod batch_counts;
pub(crate) mod batch_loader;
mod bulk_cache;
pub(crate) mod bulk_write;
pub(crate) mod cached_sql;
pub(crate) mod change_sink;
mod changes;
mod checkpoint;
mod checkpoint_counts;
pub(crate) mod convert;
pub(crate) mod entity;
pub(crate) mod event_counts;
pub(crate) mod filter;
pub(crate) mod group_commit;
pub(crate) mod inline_limits;
mod invalidations;
mod live_announcements;
mod live_signal;
pub(crate) mod live_topics;
mod local_events;
mod lock_contention;
mod options;
mod pool;
mod pool_use;
mod postgres;
mod probe;
mod queue;
pub(crate) mod row_cache;
pub(crate) mod row_values;
pub(crate) mod scope;
mod sqlite;
mod txn;

pub use batch_counts::BatchUse;
pub(crate) use changes::Changes;
pub(crate) use checkpoint::AUTOCHECKPOINT_PAGES;
pub use checkpoint_counts::CheckpointUse;
pub(crate) use invalidations::NOTIFY_CHANNEL;
pub use options::Options;
pub(crate) use pool::Store;
pub use pool_use::PoolUse;
pub(crate) use postgres::ALLOW_SEQ_SCANS;
pub use probe::has_instance;
pub(crate) use sqlite::WRITER_CACHE_KIB;
pub use sqlite::file_of_url as sqlite_file;
pub(crate) use txn::{AuditEvent, WriteTxn};
