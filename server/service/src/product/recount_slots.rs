//! Recounts the domain slots of a product's licenses after its development hosts changed: which
//! activations take a slot follows the product's present settings.

use std::collections::{BTreeMap, BTreeSet};

use domain::activation::Kind;
use domain::development::DevelopmentHosts;
use domain::{DomainName, ProductId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use crate::store::WriteTxn;
use crate::store::entity::{activations, licenses, products};
use crate::{Result, Service};

/// Licenses in one transaction, so that activations do not wait long.
const LICENSES_PER_TXN: u64 = 200;
/// Activations in one statement.
const ACTIVATIONS_PER_STATEMENT: usize = 500;

/// Recounts the products whose development hosts changed. For a background worker.
///
/// # Errors
/// Returns an error if the database fails; the products stay pending.
pub async fn recount_pending_slots(service: &Service) -> Result<()> {
    let pending = products::Entity::find()
        .filter(products::Column::SlotRecountAt.is_not_null())
        .all(service.store.read())
        .await?;
    for product in pending {
        recount(service, ProductId(product.id), u64::MAX).await?;
    }
    Ok(())
}

/// Recounts the first `max_licenses` licenses of a product. If these are all of them, the product is
/// no longer pending.
pub(super) async fn recount(service: &Service, product: ProductId, max_licenses: u64) -> Result<()> {
    let mut after = Uuid::nil();
    let mut counted = 0;
    // The change that this recount answers. Batches before a later change used older settings.
    let mut answered = None;
    while counted < max_licenses {
        let mut txn = service.begin_write().await?;
        let Some(settings) = products::Entity::find_by_id(product.0).one(txn.conn()).await? else {
            return Ok(());
        };
        let ids = lock_licenses(&txn, &settings, after).await?;
        let Some(last) = ids.last().copied() else {
            return finish(txn, product, answered.unwrap_or(settings.slot_recount_at)).await;
        };
        answered.get_or_insert(settings.slot_recount_at);
        recount_licenses(&mut txn, &settings, &ids).await?;
        txn.commit().await?;
        (after, counted) = (last, counted + LICENSES_PER_TXN);
    }
    Ok(())
}

async fn lock_licenses(txn: &WriteTxn, product: &products::Model, after: Uuid) -> Result<Vec<Uuid>> {
    let mut find = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(licenses::Column::AccountId.eq(product.account_id))
        .filter(licenses::Column::ProductId.eq(product.id))
        .filter(licenses::Column::Id.gt(after))
        .order_by_asc(licenses::Column::Id)
        .limit(LICENSES_PER_TXN);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.into_tuple().all(txn.conn()).await?)
}

async fn recount_licenses(txn: &mut WriteTxn, product: &products::Model, ids: &[Uuid]) -> Result<()> {
    let hosts = DevelopmentHosts::from_storage(product.free_development_hosts, &product.development_hosts);
    let rows: Vec<(Uuid, Uuid, String, bool)> = activations::Entity::find()
        .select_only()
        .columns([
            activations::Column::Id,
            activations::Column::LicenseId,
            activations::Column::Subject,
            activations::Column::TakesSlot,
        ])
        .filter(activations::Column::LicenseId.is_in(ids.iter().copied()))
        .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
        .into_tuple()
        .all(txn.conn())
        .await?;
    let mut used: BTreeMap<Uuid, i32> = BTreeMap::new();
    let mut changed_licenses = BTreeSet::new();
    let mut changed: [Vec<Uuid>; 2] = Default::default();
    for (id, license, subject, takes_slot) in rows {
        let takes_slot_now = !hosts.covers(&DomainName::from_storage(subject));
        *used.entry(license).or_default() += i32::from(takes_slot_now);
        if takes_slot_now != takes_slot {
            changed[usize::from(takes_slot_now)].push(id);
            changed_licenses.insert(license);
        }
    }
    for (takes_slot, ids) in [false, true].into_iter().zip(changed) {
        for ids in ids.chunks(ACTIVATIONS_PER_STATEMENT) {
            activations::Entity::update_many()
                .col_expr(activations::Column::TakesSlot, Expr::value(takes_slot))
                .filter(activations::Column::Id.is_in(ids.iter().copied()))
                .exec(txn.conn())
                .await?;
        }
    }
    for license in changed_licenses {
        licenses::Entity::update_many()
            .col_expr(licenses::Column::DomainsUsed, Expr::value(used.get(&license).copied().unwrap_or(0)))
            .filter(licenses::Column::Id.eq(license))
            .exec(txn.conn())
            .await?;
        txn.invalidate(license);
    }
    Ok(())
}

/// Marks the product as recounted, unless its settings changed again meanwhile.
async fn finish(txn: WriteTxn, product: ProductId, answered: Option<i64>) -> Result<()> {
    products::Entity::update_many()
        .col_expr(products::Column::SlotRecountAt, Expr::value(None::<i64>))
        .filter(products::Column::Id.eq(product.0))
        .filter(products::Column::SlotRecountAt.eq(answered))
        .exec(txn.conn())
        .await?;
    txn.commit().await
}
