//! Flushes refused domains and machines to the database, bounded by license. An attack with a million host
//! names replaces at most [`MAX_SUBJECTS_PER_LICENSE`] rows of a license per flush.

use domain::{AccountId, LicenseId};
use sea_orm::{ConnectionTrait as _, Statement};

use super::refusals::{Drained, MAX_SUBJECTS_PER_LICENSE, RefusedSubject};
use crate::store::WriteTxn;
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows_sql, row, rows_to_json};
use crate::{Result, Service};

/// The database keeps this many of the latest subjects of a license, and as many of the most frequent:
/// a flood of new names cannot displace a domain that an app asks for again and again.
const KEPT_OF_EACH: usize = MAX_SUBJECTS_PER_LICENSE / 2;

const REFUSAL_COLUMNS: Columns = &[
    ("account_id", ColumnType::Uuid),
    ("license_id", ColumnType::Uuid),
    ("kind", ColumnType::Text),
    ("subject", ColumnType::Text),
    ("hostname", ColumnType::Text),
    ("reason", ColumnType::Text),
    ("count", ColumnType::Int),
    ("ip", ColumnType::Text),
    ("last_at", ColumnType::Int),
];
const LICENSE_COLUMNS: Columns = &[("license_id", ColumnType::Uuid)];

/// Flushes some refusals to the database. Refusals that can't be written are kept for the next flush.
///
/// # Errors
/// Returns an error if the database fails.
pub(super) async fn flush_refusals(service: &Service) -> Result<()> {
    if service.usage.refusals().is_empty() {
        return Ok(());
    }
    let drained = service.usage.refusals().drain();
    let flushed = async {
        let mut txn = service.begin_write().await?;
        write(&txn, &drained).await?;
        for ((license, _), _) in &drained {
            txn.announce(license.0);
        }
        txn.commit().await
    };
    let flushed = flushed.await;
    if flushed.is_err() {
        service.usage.refusals().put_back(drained);
    }
    flushed
}

async fn write(txn: &WriteTxn, drained: &Drained) -> Result<()> {
    let rows =
        drained.iter().flat_map(|(key, subjects)| subjects.iter().map(|subject| to_row(*key, subject)));
    let rows: Vec<_> = rows.collect();
    // Licenses may be deleted meanwhile, by an import that is taken back.
    let upsert = |from: &str| {
        "INSERT INTO license_refusals \
         (account_id, license_id, kind, subject, hostname, reason, count, ip, last_at) \
         SELECT account_id, license_id, kind, subject, hostname, reason, count, ip, last_at FROM "
            .to_owned()
            + from
            + " WHERE EXISTS (SELECT 1 FROM licenses WHERE licenses.id = v.license_id) \
         ON CONFLICT (license_id, kind, subject) DO UPDATE SET count = license_refusals.count + excluded.count, \
         hostname = excluded.hostname, reason = excluded.reason, ip = excluded.ip, last_at = excluded.last_at"
    };
    let upsert = BulkWrite::new(REFUSAL_COLUMNS, rows, upsert).allow_any_row_count();
    execute_all(txn.conn(), vec![upsert], Vec::new()).await?;
    let licenses: Vec<_> = drained.iter().map(|((license, _), _)| row![license.0]).collect();
    let backend = txn.conn().get_database_backend();
    let sql = format!(
        "DELETE FROM license_refusals WHERE (license_id, kind, subject) IN (SELECT license_id, kind, subject FROM \
         (SELECT license_id, kind, subject, \
         row_number() OVER (PARTITION BY license_id ORDER BY last_at DESC, subject) AS latest, \
         row_number() OVER (PARTITION BY license_id ORDER BY count DESC, last_at DESC, subject) AS frequent \
         FROM license_refusals WHERE {}) ranked WHERE latest > {KEPT_OF_EACH} AND frequent > {KEPT_OF_EACH})",
        in_rows_sql(backend, LICENSE_COLUMNS)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [rows_to_json(&licenses)?.into()]);
    txn.conn().execute_raw(statement).await?;
    Ok(())
}

fn to_row((license, account): (LicenseId, AccountId), refused: &RefusedSubject) -> RowValues {
    row![
        account.0,
        license.0,
        refused.kind.as_str(),
        &*refused.subject,
        refused.hostname.as_deref(),
        refused.reason.as_str(),
        refused.count,
        refused.client.map(|client| client.to_string()),
        refused.last.millis(),
    ]
}
