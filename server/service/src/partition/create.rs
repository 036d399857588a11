//! The statements that make a partition.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::log_table::{LOCK_TIMEOUT_MS, LogTable, NAME_INDEXES};
use crate::store::WriteTxn;
use crate::{Error, Result, Service, random};

/// Begins a transaction that changes the partitions of a log.
pub(super) async fn lock(service: &Service, log: LogTable) -> Result<WriteTxn> {
    let txn = service.begin_write().await?;
    // One table alone, without its partitions: a transaction that uses it waits for no other. The lock timeout alone
    // limits the wait: a busy server must not end the short statements behind it.
    let lock = format!(
        "SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'; SET LOCAL statement_timeout = 0; \
         LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE",
        log.name()
    );
    txn.conn().execute_unprepared(&lock).await?;
    Ok(txn)
}

/// Returns the name of the partition that begins with an id. A table that was detached may have that of its month.
pub(super) async fn free_name(db: &impl ConnectionTrait, log: LogTable, from: Uuid) -> Result<String> {
    let wanted = month_name(log, from);
    let (mut name, mut number) = (wanted.clone(), 1);
    while is_taken(db, &name).await? {
        number += 1;
        name = format!("{wanted}_{number}");
    }
    Ok(name)
}

fn month_name(log: LogTable, from: Uuid) -> String {
    let date = random::time_of_id(from).date();
    let month: Vec<&str> = date.split('-').take(2).collect();
    format!("{}_{}", log.name(), month.join("_"))
}

/// The name of the partition of what is written after the last month.
pub(super) fn later_name(log: LogTable) -> String {
    format!("{}_later", log.name())
}

async fn is_taken(db: &impl ConnectionTrait, name: &str) -> Result<bool> {
    let sql = "SELECT to_regclass($1) IS NOT NULL AS taken";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [name.into()]);
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Internal("PostgreSQL answered no row".into()))?;
    Ok(row.try_get("", "taken")?)
}

/// The statements that make a partition without rows.
pub(super) fn create(log: LogTable, name: &str, from: Uuid, to: Uuid) -> String {
    let table = log.name();
    let to = if to == Uuid::max() { "MAXVALUE".to_owned() } else { format!("'{to}'") };
    format!(
        "CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{from}') TO ({to}); {}; {NAME_INDEXES}",
        copy_rights(table, name)
    )
}

/// The statement that gives a partition the owner and the rights of its table. A statement on the table does not need
/// them, but a dump reads each partition by itself.
fn copy_rights(table: &str, name: &str) -> String {
    format!(
        "DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT pg_get_userbyid(relowner) AS former_owner FROM pg_class WHERE oid = to_regclass('{table}') LOOP
    EXECUTE format('ALTER TABLE {name} OWNER TO %I', item.former_owner);
  END LOOP;
  FOR item IN SELECT acl.privilege_type || held.of_column AS right_name,
      CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee,
      CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
      FROM (SELECT relacl AS rights, relowner, '' AS of_column FROM pg_class WHERE oid = to_regclass('{table}')
        UNION ALL SELECT attacl, relowner, format(' (%I)', attname) FROM pg_attribute
          INNER JOIN pg_class c ON c.oid = attrelid WHERE attrelid = to_regclass('{table}')) held
      CROSS JOIN LATERAL aclexplode(held.rights) acl WHERE acl.grantee <> held.relowner LOOP
    EXECUTE format('GRANT %s ON {name} TO %s%s', item.right_name, item.grantee, item.option);
  END LOOP;
END
$$"
    )
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn partition_is_named_after_its_first_month() {
        let at = |text: &str| random::first_id_at(Timestamp::parse_lenient(text).expect("a time"));
        assert_eq!(month_name(LogTable::AuditEntries, at("2027-02-01")), "audit_entries_2027_02");
        let sql = create(LogTable::AuditEntries, "audit_entries_2027_02", at("2027-02-01"), at("2027-03-01"));
        let range =
            "FROM ('01a36e30-f800-7000-8000-000000000000') TO ('01a3fe63-0800-7000-8000-000000000000')";
        assert!(sql.contains(range), "{sql}");
        let later = create(LogTable::OutboxEvents, "outbox_events_later", at("2027-02-01"), Uuid::max());
        assert!(later.contains("TO (MAXVALUE)"), "{later}");
    }
}
