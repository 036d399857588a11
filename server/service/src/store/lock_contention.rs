//! Licenses that somebody else holds, for longer than one waits for a lock: a node that was
//! stopped in the middle of a transaction, a connection that went silent. Those who ask for
//! such a license are told at once, so that nobody who asks for another waits with them.

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

/// A license, by the digest of its key.
type LicenseDigest = [u8; 32];

/// How long the same transaction holds a license that is held, at least: groups come and go,
/// and one that waits for a license holds its others for as long as it waits.
const CONFIRM_DELAY: Duration = Duration::from_millis(LOCK_TIMEOUT_MS + 200);

/// Licenses that were held when somebody asked last, and by which transaction, if that is
/// known. Never any on SQLite, where there is one writer.
#[derive(Default)]
pub(super) struct LockedLicenses(HashMap<LicenseDigest, Option<String>>);

impl LockedLicenses {
    /// One of these is, it seems.
    pub fn mark_suspect(&mut self, licenses: impl IntoIterator<Item = LicenseDigest>) {
        for license in licenses {
            self.0.entry(license).or_default();
        }
    }

    /// Those of these that are suspected.
    pub fn suspects_in(&self, licenses: impl IntoIterator<Item = LicenseDigest>) -> HashSet<LicenseDigest> {
        if self.0.is_empty() {
            return HashSet::new();
        }
        licenses.into_iter().filter(|license| self.0.contains_key(license)).collect()
    }

    /// Those of the suspected that are held just now; of the others nobody speaks any more.
    pub async fn probe(
        &mut self,
        store: &Store,
        suspected: &HashSet<LicenseDigest>,
    ) -> Result<HashSet<LicenseDigest>> {
        let mut before: HashMap<_, _> =
            suspected.iter().filter_map(|one| Some((*one, self.0.remove(one)??))).collect();
        let mut now = query_lock_holders(store, suspected).await?;
        if now.iter().any(|(license, holder)| before.get(license) != Some(holder)) {
            sleep(CONFIRM_DELAY).await;
            before = std::mem::replace(&mut now, query_lock_holders(store, suspected).await?);
        }
        now.retain(|license, holder| before.get(license) == Some(holder));
        let held = now.keys().copied().collect();
        self.0.extend(now.into_iter().map(|(license, holder)| (license, Some(holder))));
        Ok(held)
    }
}

/// Those of these that are locked, and by which transaction: PostgreSQL keeps that in the row.
#[allow(clippy::disallowed_methods, reason = "nothing is written")]
async fn query_lock_holders(
    store: &Store,
    these: &HashSet<LicenseDigest>,
) -> Result<HashMap<LicenseDigest, String>> {
    let rows: Vec<_> = these.iter().map(|license| row![license.to_vec()]).collect();
    let are_these = in_rows(store.backend(), &[("key_digest", ColumnType::Bytes)], &rows)?;
    let these = licenses::Entity::find().select_only().column(licenses::Column::KeyDigest).filter(are_these);
    let txn = store.writer().begin().await?;
    let free = these.clone().lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked);
    let free: Vec<Vec<u8>> = free.into_tuple().all(&txn).await?;
    txn.rollback().await?;
    let all = these.expr_as(Expr::cust("xmax::text"), "holder");
    let all: Vec<(Vec<u8>, String)> = all.into_tuple().all(store.writer()).await?;
    let locked = all.into_iter().filter(|(license, _)| !free.contains(license));
    Ok(locked.filter_map(|(license, holder)| Some((license.try_into().ok()?, holder))).collect())
}
