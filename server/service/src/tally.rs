//! Verifications counted in memory, and folded into the database in batches by
//! a worker: the hot path writes nothing. A crash loses at most what was counted
//! since the last fold, a second or so; a failed fold loses nothing.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::activation::Verification;
use domain::{AccountId, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Statement, Value};

use crate::{Result, Service};

/// Rows folded in one transaction, so that activations need not wait long.
const BATCH: usize = 500;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Subject {
    license: LicenseId,
    account: AccountId,
    domain: String,
    day: i32,
}

#[derive(Clone, Copy, Default)]
struct Count {
    times: i64,
    last: Timestamp,
}

#[derive(Default)]
struct Counts {
    valid: HashMap<Subject, Count>,
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
            let subject = Subject { license, account, domain: domain.to_owned(), day };
            let count = counts.valid.entry(subject).or_default();
            count.times += 1;
            count.last = count.last.max(now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_back(&self, valid: &[(Subject, Count)], outcomes: &[((AccountId, i32, &'static str), i64)]) {
        let mut counts = self.lock();
        for (subject, count) in valid {
            let kept = counts.valid.entry(subject.clone()).or_default();
            kept.times += count.times;
            kept.last = kept.last.max(count.last);
        }
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
        let valid: Vec<_> = counts.valid.into_iter().collect();
        let mut outcomes: Vec<_> = counts.outcomes.into_iter().collect();
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
            run(
                format!(
                    "WITH v (license_id, times, seen_at) AS (VALUES {}) \
                     UPDATE licenses SET verification_count = verification_count + v.times, \
                     last_verified_at = CASE WHEN last_verified_at > v.seen_at THEN last_verified_at ELSE v.seen_at END \
                     FROM v WHERE licenses.id = v.license_id",
                    rows(by_license.len(), 3)
                ),
                by_license
                    .iter()
                    .flat_map(|(id, c)| [id.0.into(), c.times.into(), c.last.millis().into()])
                    .collect(),
            )
            .await?;
            run(
                format!(
                    "WITH v (license_id, domain, times, seen_at) AS (VALUES {}) \
                     UPDATE activations SET verification_count = verification_count + v.times, \
                     last_verified_at = CASE WHEN last_verified_at > v.seen_at THEN last_verified_at ELSE v.seen_at END \
                     FROM v WHERE activations.license_id = v.license_id AND activations.kind = 'domain' \
                     AND activations.subject = v.domain",
                    rows(by_domain.len(), 4)
                ),
                by_domain
                    .iter()
                    .flat_map(|((id, domain), c)| [id.0.into(), (*domain).into(), c.times.into(), c.last.millis().into()])
                    .collect(),
            )
            .await?;
            run(
                format!(
                    "INSERT INTO verification_tallies (license_id, account_id, subject, day, count) VALUES {} \
                     ON CONFLICT (license_id, day, subject) DO UPDATE \
                     SET count = verification_tallies.count + excluded.count",
                    rows(valid.len(), 5)
                ),
                valid
                    .iter()
                    .flat_map(|(s, c)| {
                        [s.license.0.into(), s.account.0.into(), s.domain.clone().into(), s.day.into(), c.times.into()]
                    })
                    .collect(),
            )
            .await?;
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

/// `($1,$2),($3,$4)`: placeholders that both databases read.
pub(crate) fn rows(count: usize, columns: usize) -> String {
    let row = |r: usize| {
        let cells: Vec<String> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", cells.join(","))
    };
    (0..count).map(row).collect::<Vec<_>>().join(",")
}
