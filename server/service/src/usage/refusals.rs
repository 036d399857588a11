//! Write-behind log of refused domains and machines, bounded in memory and in the database. An attack
//! with a million host names replaces at most [`MAX_SUBJECTS_PER_LICENSE`] rows of a license per flush.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::activation::Kind;
use domain::refusal::RefusalReason;
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::store::{NOTIFY_CHANNEL, WriteTxn};
use crate::store::bulk_write::{BulkWrite, execute_all};
use crate::store::row_values::{ColumnType, Columns, RowValues, in_rows_sql, row, rows_to_json};
use crate::{Result, Service};

/// Maximum number of refused subjects of a license, in memory and in the database.
pub const MAX_SUBJECTS_PER_LICENSE: usize = 20;
/// Maximum number of unflushed subjects of all licenses: about 3 MiB.
const MAX_SUBJECTS: usize = 8192;
/// Subjects flushed in one transaction, so that activations do not wait long.
const SUBJECTS_PER_TXN: usize = 256;
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

/// One refused request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefusedRequest<'a> {
    pub kind: Kind,
    /// The domain, or the fingerprint of the machine.
    pub subject: &'a str,
    /// The network name of a machine.
    pub hostname: Option<&'a str>,
    pub reason: RefusalReason,
    pub client: Option<IpAddr>,
}

/// A refused domain or machine and its refusals since the last flush.
#[derive(Debug, Clone)]
struct RefusedSubject {
    kind: Kind,
    subject: Box<str>,
    hostname: Option<Box<str>>,
    reason: RefusalReason,
    count: i64,
    client: Option<IpAddr>,
    last: Timestamp,
}

#[derive(Default)]
struct Unflushed {
    by_license: HashMap<(LicenseId, AccountId), Vec<RefusedSubject>>,
    /// The number of subjects of all licenses.
    len: usize,
}

/// The refusals since the last flush.
#[derive(Default)]
pub(crate) struct RefusalLog(Mutex<Unflushed>);

/// The refusals of one flush, by license.
type Drained = Vec<((LicenseId, AccountId), Vec<RefusedSubject>)>;

impl RefusalLog {
    /// Adds a refusal. Beyond the limits it is dropped; the daily counts still contain it.
    pub fn add(&self, license: LicenseId, account: AccountId, request: RefusedRequest<'_>, now: Timestamp) {
        let mut unflushed = self.lock();
        let is_full = unflushed.len >= MAX_SUBJECTS;
        if is_full && !unflushed.by_license.contains_key(&(license, account)) {
            return;
        }
        let subjects = unflushed.by_license.entry((license, account)).or_default();
        let same =
            |known: &&mut RefusedSubject| known.kind == request.kind && &*known.subject == request.subject;
        if let Some(known) = subjects.iter_mut().find(same) {
            known.count += 1;
            (known.reason, known.client, known.last) = (request.reason, request.client, now);
            return;
        }
        if is_full || subjects.len() >= MAX_SUBJECTS_PER_LICENSE {
            return;
        }
        subjects.push(RefusedSubject {
            kind: request.kind,
            subject: request.subject.into(),
            hostname: request.hostname.map(Into::into),
            reason: request.reason,
            count: 1,
            client: request.client,
            last: now,
        });
        unflushed.len += 1;
    }

    /// Returns whether there is nothing to flush.
    pub fn is_empty(&self) -> bool {
        self.lock().len == 0
    }

    fn drain(&self) -> Drained {
        let mut unflushed = self.lock();
        let (mut drained, mut taken) = (Vec::new(), 0);
        let keys: Vec<_> = unflushed.by_license.keys().copied().collect();
        for key in keys {
            if taken >= SUBJECTS_PER_TXN {
                break;
            }
            if let Some(subjects) = unflushed.by_license.remove(&key) {
                taken += subjects.len();
                drained.push((key, subjects));
            }
        }
        unflushed.len -= taken;
        // In the order of ids, because the foreign key locks each license's row.
        drained.sort_by_key(|((license, _), _)| *license);
        drained
    }

    /// Returns the refusals of a failed flush to the log, within its limits.
    fn put_back(&self, drained: Drained) {
        let mut unflushed = self.lock();
        for (key, subjects) in drained {
            let known = unflushed.by_license.entry(key).or_default();
            let mut added = 0;
            for subject in subjects {
                let same = |other: &&mut RefusedSubject| {
                    other.kind == subject.kind && other.subject == subject.subject
                };
                if let Some(other) = known.iter_mut().find(same) {
                    other.count += subject.count;
                } else if known.len() < MAX_SUBJECTS_PER_LICENSE {
                    known.push(subject);
                    added += 1;
                }
            }
            unflushed.len += added;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Unflushed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
        let txn = service.begin_write().await?;
        write(&txn, &drained).await?;
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
    execute_all(txn.conn(), vec![upsert], (NOTIFY_CHANNEL, Vec::new())).await?;
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn refused(subject: &str) -> RefusedRequest<'_> {
        let (kind, reason) = (Kind::Domain, RefusalReason::InvalidDomain);
        RefusedRequest { kind, subject, hostname: None, reason, client: None }
    }

    fn add(log: &RefusalLog, license: u128, subject: &str) {
        let (license, account) = (LicenseId(Uuid::from_u128(license)), AccountId(Uuid::nil()));
        log.add(license, account, refused(subject), Timestamp::from_millis(5));
    }

    #[test]
    fn license_keeps_twenty_subjects_and_counts_them_all() {
        let log = RefusalLog::default();
        for n in 0..1000 {
            add(&log, 1, &format!("h{n}.com"));
            add(&log, 1, "h0.com");
        }
        let drained = log.drain();
        assert_eq!(drained[0].1.len(), MAX_SUBJECTS_PER_LICENSE);
        assert_eq!(drained[0].1[0].count, 1001, "a known subject is counted beyond the limit");
        assert!(log.is_empty());
    }

    #[test]
    fn all_licenses_share_a_limit() {
        let log = RefusalLog::default();
        for license in 0..2 * MAX_SUBJECTS as u128 {
            add(&log, license, "a.com");
        }
        assert_eq!(log.lock().len, MAX_SUBJECTS);
        assert_eq!(log.lock().by_license.len(), MAX_SUBJECTS);
    }

    #[test]
    fn failed_flush_keeps_each_refusal_once() {
        let log = RefusalLog::default();
        add(&log, 1, "a.com");
        add(&log, 1, "b.com");
        let drained = log.drain();
        add(&log, 1, "a.com");
        log.put_back(drained);
        let drained = log.drain();
        let mut counts: Vec<_> = drained[0].1.iter().map(|s| (&*s.subject, s.count)).collect();
        counts.sort_unstable();
        assert_eq!(counts, [("a.com", 2), ("b.com", 1)]);
        assert!(log.is_empty());
    }
}
