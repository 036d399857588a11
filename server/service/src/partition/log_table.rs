//! The logs that have partitions, and items of all changes of partitions.

use domain::Timestamp;
use sea_orm::{ConnectionTrait, Statement};

use crate::{Error, Result};

/// The milliseconds that a change of partitions waits for other transactions, because every later statement on the log
/// waits behind it.
pub(super) const LOCK_TIMEOUT_MS: u32 = 500;

/// Names the indexes of partitions after those of their table, as tests and operators read them. New tables are last,
/// so that the former "later" has given up its names.
pub(crate) const NAME_INDEXES: &str = "DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT child.relname AS name,
      parent.relname || substr(part.relname, length(whole.relname) + 1) AS wanted
      FROM pg_inherits link INNER JOIN pg_class child ON child.oid = link.inhrelid
      INNER JOIN pg_class parent ON parent.oid = link.inhparent
      INNER JOIN pg_index of_child ON of_child.indexrelid = child.oid
      INNER JOIN pg_class part ON part.oid = of_child.indrelid
      INNER JOIN pg_index of_parent ON of_parent.indexrelid = parent.oid
      INNER JOIN pg_class whole ON whole.oid = of_parent.indrelid
      WHERE parent.relnamespace = CAST(current_schema() AS regnamespace)
      AND whole.relname IN ('audit_entries', 'audit_changes', 'outbox_events')
      AND starts_with(CAST(part.relname AS text), whole.relname || '_')
      AND child.relname <> parent.relname || substr(part.relname, length(whole.relname) + 1)
      ORDER BY part.oid LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', item.name, item.wanted);
  END LOOP;
END
$$";

/// A log that has partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogTable {
    AuditEntries,
    AuditChanges,
    OutboxEvents,
}

impl LogTable {
    /// In the order in which transactions write them.
    pub(super) const ALL: [Self; 3] = [Self::AuditEntries, Self::AuditChanges, Self::OutboxEvents];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuditEntries => "audit_entries",
            Self::AuditChanges => "audit_changes",
            Self::OutboxEvents => "outbox_events",
        }
    }

    /// The column of the ids.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::AuditEntries | Self::OutboxEvents => "id",
            Self::AuditChanges => "entry_id",
        }
    }
}

/// Returns the time of the database. The clock of one node may be wrong, and what it drops is gone.
pub(super) async fn database_now(db: &impl ConnectionTrait) -> Result<Timestamp> {
    let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let row = row.ok_or_else(|| Error::Internal("PostgreSQL answered no row".into()))?;
    Ok(Timestamp::from_millis(row.try_get("", "now")?))
}
