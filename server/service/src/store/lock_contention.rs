//! Detects licenses whose row lock another transaction holds for longer than
//! [`LOCK_TIMEOUT_MS`]: a node stopped in mid-transaction, or a dead connection. Requests for
//! them fail immediately, so that they do not delay the rest of the batch.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _, TransactionTrait as _};
use tokio::time::sleep;

use super::Store;
use super::entity::licenses;
use super::postgres::LOCK_TIMEOUT_MS;
use super::row_values::{ColumnType, in_rows, row};
use crate::Result;

/// The digest of a license's key.
type LicenseDigest = [u8; 32];

/// Time between two probes. A lock is stalled only if the same transaction still holds it then:
/// a batch of another node that waits for a license holds its other locks for up to the lock timeout.
const CONFIRM_DELAY: Duration = Duration::from_millis(LOCK_TIMEOUT_MS + 200);

/// Licenses that were locked when last requested, with the id of the lock holder's transaction
/// if known. Always empty on SQLite, which has a single writer.
#[derive(Default)]
pub(super) struct LockedLicenses(HashMap<LicenseDigest, Option<String>>);

impl LockedLicenses {
    /// Marks `licenses` as suspects after a batch failed on a lock.
    pub fn mark_suspect(&mut self, licenses: impl IntoIterator<Item = LicenseDigest>) {
        for license in licenses {
            self.0.entry(license).or_default();
        }
    }

    /// Returns the suspects among `licenses`.
    pub fn suspects_in(&self, licenses: impl IntoIterator<Item = LicenseDigest>) -> HashSet<LicenseDigest> {
        if self.0.is_empty() {
            return HashSet::new();
        }
        licenses.into_iter().filter(|license| self.0.contains_key(license)).collect()
    }

    /// Returns the suspects still locked by the same transaction in two probes, and clears the
    /// rest.
    pub async fn probe(
        &mut self,
        store: &Store,
        suspects: &HashSet<LicenseDigest>,
    ) -> Result<HashSet<LicenseDigest>> {
        let mut before: HashMap<_, _> =
            suspects.iter().filter_map(|license| Some((*license, self.0.remove(license)??))).collect();
        let mut now = query_lock_holders(store, suspects).await?;
        if now.iter().any(|(license, holder)| before.get(license) != Some(holder)) {
            sleep(CONFIRM_DELAY).await;
            before = std::mem::replace(&mut now, query_lock_holders(store, suspects).await?);
        }
        now.retain(|license, holder| before.get(license) == Some(holder));
        let locked = now.keys().copied().collect();
        self.0.extend(now.into_iter().map(|(license, holder)| (license, Some(holder))));
        Ok(locked)
    }
}

/// Returns the locked licenses among `licenses`, each with the id of the lock holder's
/// transaction, which PostgreSQL keeps in the row (`xmax`).
#[allow(clippy::disallowed_methods, reason = "the transaction only probes locks and writes nothing")]
async fn query_lock_holders(
    store: &Store,
    licenses: &HashSet<LicenseDigest>,
) -> Result<HashMap<LicenseDigest, String>> {
    let rows: Vec<_> = licenses.iter().map(|license| row![license.to_vec()]).collect();
    let condition = in_rows(store.backend(), &[("key_digest", ColumnType::Bytes)], &rows)?;
    let select = licenses::Entity::find().select_only().column(licenses::Column::KeyDigest).filter(condition);
    let txn = store.writer().begin().await?;
    let free = select.clone().lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
    let free: Vec<Vec<u8>> = free.into_tuple().all(&txn).await?;
    txn.rollback().await?;
    let all = select.expr_as(Expr::cust("xmax::text"), "holder");
    let all: Vec<(Vec<u8>, String)> = all.into_tuple().all(store.writer()).await?;
    let locked = all.into_iter().filter(|(license, _)| !free.contains(license));
    Ok(locked.filter_map(|(license, holder)| Some((license.try_into().ok()?, holder))).collect())
}
