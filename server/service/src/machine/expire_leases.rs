//! Expires machine leases, for a background worker.

use std::collections::BTreeSet;

use domain::{AccountId, LicenseId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::lease::{MAX_ACTIVATIONS_PER_TXN, release_expired};
use crate::store::entity::activations;
use crate::store::scope;
use crate::{Result, Service};

/// Maximum number of expired leases that one run reads, earliest expiry first.
const MAX_LEASES_PER_RUN: u64 = 1000;

/// Releases activations whose lease has expired. Several nodes may run it at once, because each
/// reads the leases again under the license's lock. A license that fails does not stop the run.
///
/// # Errors
/// Returns the error of the last license that failed.
#[tracing::instrument(name = "machine.expire_leases", skip_all, err(level = "debug"))]
pub async fn expire_leases(service: &Service) -> Result<()> {
    let due: Vec<(Uuid, Uuid)> = activations::Entity::find()
        .select_only()
        .column(activations::Column::AccountId)
        .column(activations::Column::LicenseId)
        .filter(activations::Column::LeaseExpiresAt.lte(service.now().millis()))
        .order_by_asc(activations::Column::LeaseExpiresAt)
        .limit(MAX_LEASES_PER_RUN)
        .into_tuple()
        .all(service.store.read())
        .await?;
    let mut result = Ok(());
    for (account, license) in BTreeSet::from_iter(due) {
        if let Err(error) = expire_leases_of(service, AccountId(account), LicenseId(license)).await {
            result = Err(error);
        }
    }
    result
}

/// Releases all expired activations of a license, so that the next run reads other licenses.
async fn expire_leases_of(service: &Service, account: AccountId, license: LicenseId) -> Result<()> {
    loop {
        let mut txn = service.begin_write().await?;
        let mut row = scope::lock_license(&txn, account, license).await?;
        let released = release_expired(&mut txn, &mut row).await?;
        txn.commit().await?;
        if (released as u64) < MAX_ACTIVATIONS_PER_TXN {
            return Ok(());
        }
    }
}
