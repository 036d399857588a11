//! Seats of machines that have not reported in within their lease.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::{AccountId, LicenseId};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::activation::release;
use crate::store::entity::{activations, licenses};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Principal, Result, Service};

/// Leases looked at in one go, those that ended first.
const MAX_LEASES_PER_RUN: u64 = 1000;

/// Seats freed in one transaction, so that others need not wait long.
const MAX_ACTIVATIONS_PER_TXN: u64 = 200;

/// Frees what has expired on a license that is locked, and reads it again.
pub async fn release_expired(txn: &mut WriteTxn, license: &mut licenses::Model) -> Result<usize> {
    let expired = activations::Entity::find()
        .filter(activations::Column::LicenseId.eq(license.id))
        .filter(activations::Column::LeaseExpiresAt.lte(txn.now().millis()))
        .limit(MAX_ACTIVATIONS_PER_TXN)
        .all(txn.conn())
        .await?;
    let actor = Actor { account: AccountId(license.account_id), principal: Principal::System };
    for activation in &expired {
        release(txn, &actor, activation, Event::ActivationExpired).await?;
    }
    if !expired.is_empty() {
        *license = reload_license(txn.conn(), license.id).await?;
    }
    Ok(expired.len())
}

async fn reload_license(db: &impl ConnectionTrait, id: Uuid) -> Result<licenses::Model> {
    let row = licenses::Entity::find_by_id(id).one(db).await?;
    row.ok_or_else(|| Error::Internal(format!("license {id} vanished under its lock")))
}

/// Frees seats whose leases have expired. For a worker; several nodes may do it
/// at once, since each looks again under the license's lock. A license that can't be
/// looked after just now holds up no other.
///
/// # Errors
/// Those of the database; of the licenses that failed, the last one's.
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
    let mut swept = Ok(());
    for (account, license) in BTreeSet::from_iter(due) {
        if let Err(error) = expire_leases_of(service, AccountId(account), LicenseId(license)).await {
            swept = Err(error);
        }
    }
    swept
}

/// Frees all of a license that has ended, so that the next batch is others'.
async fn expire_leases_of(service: &Service, account: AccountId, license: LicenseId) -> Result<()> {
    loop {
        let mut txn = service.begin_write().await?;
        let mut row = scope::lock_license(&txn, account, license).await?;
        let freed = release_expired(&mut txn, &mut row).await?;
        txn.commit().await?;
        if (freed as u64) < MAX_ACTIVATIONS_PER_TXN {
            return Ok(());
        }
    }
}
