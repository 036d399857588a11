//! Recounts the domain slots of a product's licenses after its settings changed: which activations
//! take a slot, and which share one, follows the product's present settings.

use std::collections::{BTreeMap, HashSet};

use domain::activation::Kind;
use domain::development::DevelopmentHosts;
use domain::event::Event;
use domain::{AccountId, DomainName, ProductId, SlotScope};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{activations, licenses, products};
use crate::store::row_values::{ColumnType, Columns, RowValues, row};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Principal, Result, Service};

/// Licenses in one transaction, so that activations do not wait long.
const LICENSES_PER_TXN: u64 = 200;

const DOMAIN_SLOT_COLUMNS: Columns =
    &[("activation_id", ColumnType::Uuid), ("takes_slot", ColumnType::Bool), ("slot", ColumnType::Text)];
const LICENSE_SLOT_COLUMNS: Columns = &[("license_id", ColumnType::Uuid), ("used", ColumnType::Int)];

/// Recounts the products whose rules of slots changed. For a background worker.
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
            return finish(txn, &settings, answered.unwrap_or(settings.slot_recount_at)).await;
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
    let scope = convert::to_slot_scope(&product.slot_scope);
    let mut slots: BTreeMap<Uuid, LicenseSlots> = BTreeMap::new();
    for domain in load_domains(txn, ids, scope).await? {
        slots.entry(domain.license_id).or_default().add(domain, &hosts, scope);
    }
    let (mut domains, mut licenses) = (Vec::new(), Vec::new());
    for (license, slots) in slots {
        // Its snapshot holds the slot scope, also if no row changes.
        txn.invalidate(license);
        if !slots.changed.is_empty() {
            domains.extend(slots.changed);
            licenses.push(row![license, i32::try_from(slots.taken.len()).unwrap_or(i32::MAX)]);
        }
    }
    txn.defer_write(BulkWrite::new(DOMAIN_SLOT_COLUMNS, domains, |from| {
        format!(
            "UPDATE activations SET takes_slot = v.takes_slot, slot = v.slot FROM {from} \
             WHERE activations.id = v.activation_id"
        )
    }));
    txn.defer_write(BulkWrite::new(LICENSE_SLOT_COLUMNS, licenses, |from| {
        format!("UPDATE licenses SET domains_used = v.used FROM {from} WHERE licenses.id = v.license_id")
    }));
    Ok(())
}

/// A domain of a license, as stored.
#[derive(FromQueryResult)]
struct DomainSlot {
    id: Uuid,
    license_id: Uuid,
    subject: String,
    takes_slot: bool,
    slot: Option<String>,
}

/// The domains of the licenses. First those whose slot has their name, so that they take it and a domain
/// without a slot is a development host; then those that took a slot before; the oldest first.
async fn load_domains(txn: &WriteTxn, licenses: &[Uuid], scope: SlotScope) -> Result<Vec<DomainSlot>> {
    let mut domains: Vec<DomainSlot> = activations::Entity::find()
        .select_only()
        .columns([
            activations::Column::Id,
            activations::Column::LicenseId,
            activations::Column::Subject,
            activations::Column::TakesSlot,
            activations::Column::Slot,
        ])
        .filter(activations::Column::LicenseId.is_in(licenses.iter().copied()))
        .filter(activations::Column::Kind.eq(Kind::Domain.as_str()))
        .into_model()
        .all(txn.conn())
        .await?;
    domains.sort_by_key(|domain| {
        let is_other_name = scope.slot_of(&domain.subject) != domain.subject;
        (is_other_name, !domain.takes_slot, domain.id)
    });
    Ok(domains)
}

/// The slots of one license by the present settings.
#[derive(Default)]
struct LicenseSlots {
    taken: HashSet<String>,
    /// The rows of [`DOMAIN_SLOT_COLUMNS`] that differ from the stored ones.
    changed: Vec<RowValues>,
}

impl LicenseSlots {
    fn add(&mut self, domain: DomainSlot, hosts: &DevelopmentHosts, scope: SlotScope) {
        let DomainSlot { id, license_id: _, subject, takes_slot: took_slot, slot: old_slot } = domain;
        let name = DomainName::from_storage(subject);
        let slot = scope.slot_of(name.as_str());
        let is_counted = !hosts.covers(&name);
        let new_slot = (is_counted && slot != name.as_str()).then(|| slot.to_owned());
        // The first domain of a slot takes it, and the others share it.
        let takes_slot = is_counted && self.taken.insert(slot.to_owned());
        if (takes_slot, &new_slot) != (took_slot, &old_slot) {
            self.changed.push(row![id, takes_slot, new_slot]);
        }
    }
}

/// Marks the product as recounted, unless its settings changed again meanwhile. The event tells other
/// processes on SQLite to reload their licenses.
async fn finish(mut txn: WriteTxn, product: &products::Model, answered: Option<i64>) -> Result<()> {
    let updated = products::Entity::update_many()
        .col_expr(products::Column::SlotRecountAt, Expr::value(None::<i64>))
        .filter(products::Column::Id.eq(product.id))
        .filter(products::Column::SlotRecountAt.eq(answered))
        .exec(txn.conn())
        .await?;
    if updated.rows_affected > 0 {
        let actor = Actor { account: AccountId(product.account_id), principal: Principal::System };
        let entry = AuditEvent {
            event: Event::SlotsRecounted,
            license: None,
            product: Some(ProductId(product.id)),
            detail: Some(product.name.clone()),
            payload: serde_json::json!({ "product_id": product.id }),
        };
        txn.record(&actor, entry);
    }
    txn.commit().await
}
