//! Verifications counted in memory, and folded into the database in batches by
//! a worker: the hot path writes nothing. A crash loses at most what was counted
//! since the last fold, a second or so; a failed fold loses nothing.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::activation::Verification;
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Statement, Value};
use serde_json::json;

use crate::store::bulk::{self, Columns, Kind};
use crate::{Result, Service};

/// Rows folded in one transaction, so that activations need not wait long.
const BATCH: usize = 500;

const BY_LICENSE: Columns = &[("license_id", Kind::Uuid), ("times", Kind::Int), ("seen_at", Kind::Int)];
const BY_DOMAIN: Columns =
    &[("license_id", Kind::Uuid), ("domain", Kind::Text), ("times", Kind::Int), ("seen_at", Kind::Int)];
const TALLIES: Columns = &[
    ("license_id", Kind::Uuid),
    ("account_id", Kind::Uuid),
    ("subject", Kind::Text),
    ("day", Kind::Int),
    ("count", Kind::Int),
];

#[derive(Clone, PartialEq, Eq, Hash)]
struct Subject {
    license: LicenseId,
    account: AccountId,
    domain: Box<str>,
    day: i32,
}

#[derive(Clone, Copy, Default)]
struct Count {
    times: i64,
    last: Timestamp,
}

#[derive(Default)]
struct Counts {
    /// By license and domain, of one day each.
    valid: HashMap<LicenseId, HashMap<Box<str>, (Subject, Count)>>,
    /// Of days that are over, or that could not be written.
    past: Vec<(Subject, Count)>,
    outcomes: HashMap<(AccountId, i32, &'static str), i64>,
}

/// What was counted and not yet folded in.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    /// Counts one answer.
    pub fn count(
        &self,
        account: AccountId,
        license: LicenseId,
        domain: &str,
        answer: Verification,
        now: Timestamp,
    ) {
        let day = now.day();
        let mut counts = self.lock();
        *counts.outcomes.entry((account, day, answer.word())).or_default() += 1;
        if answer == Verification::Valid {
            let counts = &mut *counts;
            let of = counts.valid.entry(license).or_default();
            match of.get_mut(domain) {
                Some((subject, count)) if subject.day == day => {
                    count.times += 1;
                    count.last = count.last.max(now);
                }
                _ => {
                    let subject = Subject { license, account, domain: domain.into(), day };
                    let new = (subject, Count { times: 1, last: now });
                    counts.past.extend(of.insert(domain.into(), new));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_back(&self, valid: &[(Subject, Count)], outcomes: &[((AccountId, i32, &'static str), i64)]) {
        let mut counts = self.lock();
        counts.past.extend(valid.iter().cloned());
        for (key, times) in outcomes {
            *counts.outcomes.entry(*key).or_default() += times;
        }
    }
}

impl Service {
    /// Folds what was counted into the database. What can't be written stays
    /// counted, for the next time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fold_tally(&self) -> Result<()> {
        let counts = mem::take(&mut *self.tally.lock());
        let of_today = counts.valid.into_values().flat_map(HashMap::into_values);
        let valid = merged(counts.past, of_today);
        let mut outcomes: Vec<_> = counts.outcomes.into_iter().collect();
        // In a fixed order, so that two nodes never wait for each other.
        outcomes.sort_unstable_by_key(|(key, _)| *key);
        let mut folded = 0;
        // The outcomes ride with the first batch.
        while folded < valid.len() || !outcomes.is_empty() {
            let batch = &valid[folded..valid.len().min(folded + BATCH)];
            if let Err(error) = self.fold(batch, &outcomes).await {
                self.tally.put_back(&valid[folded..], &outcomes);
                return Err(error);
            }
            folded += batch.len();
            outcomes.clear();
        }
        Ok(())
    }

    async fn fold(
        &self,
        valid: &[(Subject, Count)],
        outcomes: &[((AccountId, i32, &'static str), i64)],
    ) -> Result<()> {
        let txn = self.write().await?;
        let run = async |sql: String, values: Vec<Value>| -> Result<()> {
            let statement = Statement::from_sql_and_values(txn.conn().get_database_backend(), sql, values);
            txn.conn().execute_raw(statement).await?;
            Ok(())
        };
        if !valid.is_empty() {
            // One row a license for the second statement: PostgreSQL would apply
            // only one of several.
            let mut by_license: HashMap<LicenseId, Count> = HashMap::new();
            for (subject, count) in valid {
                let sum = by_license.entry(subject.license).or_default();
                sum.times += count.times;
                sum.last = sum.last.max(count.last);
            }
            let mut by_domain: HashMap<(LicenseId, &str), Count> = HashMap::new();
            for (subject, count) in valid {
                let sum = by_domain.entry((subject.license, &subject.domain)).or_default();
                sum.times += count.times;
                sum.last = sum.last.max(count.last);
            }
            // In a fixed order, so that two nodes never wait for each other.
            let mut by_license: Vec<_> = by_license.into_iter().collect();
            by_license.sort_unstable_by_key(|(id, _)| *id);
            let mut by_domain: Vec<_> = by_domain.into_iter().collect();
            by_domain.sort_unstable_by_key(|(key, _)| *key);
            if txn.needs_row_locks() {
                // An UPDATE takes its rows in whatever order its plan finds them;
                // groups of activations take theirs in the order of ids.
                let ids: Vec<String> = (1..=by_license.len()).map(|n| format!("${n}")).collect();
                let sql = format!(
                    "SELECT id FROM licenses WHERE id IN ({}) ORDER BY id FOR NO KEY UPDATE",
                    ids.join(",")
                );
                run(sql, by_license.iter().map(|(id, _)| id.0.into()).collect()).await?;
            }
            let rows: Vec<_> =
                by_license.iter().map(|(id, c)| json!([id.0.simple(), c.times, c.last.millis()])).collect();
            let sql = |from: &str| {
                format!(
                    "UPDATE licenses SET verification_count = verification_count + v.times, \
                     last_verified_at = CASE WHEN last_verified_at > v.seen_at THEN last_verified_at ELSE v.seen_at END \
                     FROM {from} WHERE licenses.id = v.license_id"
                )
            };
            bulk::run(&txn, &rows, sql, BY_LICENSE).await?;
            let rows: Vec<_> = by_domain
                .iter()
                .map(|((id, domain), c)| json!([id.0.simple(), domain, c.times, c.last.millis()]))
                .collect();
            let sql = |from: &str| {
                format!(
                    "UPDATE activations SET verification_count = verification_count + v.times, \
                     last_verified_at = CASE WHEN last_verified_at > v.seen_at THEN last_verified_at ELSE v.seen_at END \
                     FROM {from} WHERE activations.license_id = v.license_id AND activations.kind = 'domain' \
                     AND activations.subject = v.domain"
                )
            };
            bulk::run(&txn, &rows, sql, BY_DOMAIN).await?;
            let rows: Vec<_> = valid
                .iter()
                .map(|(s, c)| json!([s.license.0.simple(), s.account.0.simple(), s.domain, s.day, c.times]))
                .collect();
            let sql = |from: &str| {
                // The WHERE tells SQLite's parser that the conflict is not a join's.
                format!(
                    "INSERT INTO verification_tallies (license_id, account_id, subject, day, count) \
                     SELECT license_id, account_id, subject, day, count FROM {from} WHERE true \
                     ON CONFLICT (license_id, day, subject) DO UPDATE \
                     SET count = verification_tallies.count + excluded.count"
                )
            };
            bulk::run(&txn, &rows, sql, TALLIES).await?;
        }
        for chunk in outcomes.chunks(BATCH) {
            run(
                format!(
                    "INSERT INTO daily_counts (account_id, day, outcome, count) VALUES {} \
                     ON CONFLICT (account_id, day, outcome) DO UPDATE SET count = daily_counts.count + excluded.count",
                    rows(chunk.len(), 4)
                ),
                chunk
                    .iter()
                    .flat_map(|((account, day, outcome), times)| {
                        [account.0.into(), (*day).into(), (*outcome).into(), (*times).into()]
                    })
                    .collect(),
            )
            .await?;
        }
        txn.commit().await
    }
}

/// One count a subject, in a fixed order: an upsert must not meet a row twice, and
/// two nodes must not wait for each other.
fn merged(
    past: Vec<(Subject, Count)>,
    of_today: impl Iterator<Item = (Subject, Count)>,
) -> Vec<(Subject, Count)> {
    if past.is_empty() {
        let mut all: Vec<_> = of_today.collect();
        all.sort_unstable_by_key(|(subject, _)| subject.license);
        return all;
    }
    let mut by_subject: HashMap<Subject, Count> = HashMap::new();
    for (subject, count) in past.into_iter().chain(of_today) {
        let sum = by_subject.entry(subject).or_default();
        sum.times += count.times;
        sum.last = sum.last.max(count.last);
    }
    let mut all: Vec<_> = by_subject.into_iter().collect();
    all.sort_unstable_by_key(|(subject, _)| subject.license);
    all
}

/// `($1,$2),($3,$4)`: placeholders that both databases read.
pub(crate) fn rows(count: usize, columns: usize) -> String {
    let row = |r: usize| {
        let cells: Vec<String> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", cells.join(","))
    };
    (0..count).map(row).collect::<Vec<_>>().join(",")
}
