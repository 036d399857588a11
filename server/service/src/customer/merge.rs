//! Merges two customers into one.

use domain::event::Event;
use domain::permission::Permission;
use domain::tag::{MAX_TAGS, TagNames};
use domain::webhook::Trigger;
use domain::{CustomerId, LicenseId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::identity::{identity, label, store, store_terms};
use super::{metadata, terms};
use crate::audit::AmendableEntry;
use crate::store::change_sink::Change;
use crate::store::entity::{audit_entries, customers, licenses};
use crate::store::{AuditEvent, Changes, WriteTxn, scope};
use crate::{Actor, Error, Result, Service, audit, mail, tag};

/// Licenses moved in one transaction, so that activations of other licenses do not wait long.
pub(super) const LICENSES_PER_TXN: u64 = 200;

/// Moves all licenses of `other` to `keep` and deletes `other`. Returns the number of licenses. The kept
/// customer's name and address count, the other's fill gaps. Keys, activations and terms stay.
///
/// More than 200 licenses move in several transactions. If one of them fails, the licenses moved so far
/// stay with `keep`, and a second call moves the others.
///
/// # Errors
/// Returns an error if the role lacks the permission, one of the customers does not exist, both are the
/// same, or the database fails.
#[tracing::instrument(name = "customer.merge", skip_all, fields(account = %actor.account, customer = %keep, other = %other), err(level = "debug"))]
pub async fn merge(service: &Service, actor: &Actor, keep: CustomerId, other: CustomerId) -> Result<u64> {
    actor.require(Permission::WriteLicense)?;
    if keep == other {
        return Err(Error::invalid("other", "This is the same customer. Enter another one."));
    }
    let mut moved = 0;
    loop {
        let mut txn = service.begin_write().await?;
        let (kept, gone) = lock_both(&txn, actor, keep, other).await?;
        let mut ids = lock_licenses(&txn, &gone).await?;
        let is_last = ids.len() as u64 <= LICENSES_PER_TXN;
        ids.truncate(usize::try_from(LICENSES_PER_TXN).unwrap_or(usize::MAX));
        moved += ids.len() as u64;
        move_licenses(&mut txn, actor, &kept, &gone, ids).await?;
        if is_last {
            delete_merged(service, &mut txn, actor, kept, gone, moved).await?;
            txn.commit().await?;
            return Ok(moved);
        }
        txn.commit().await?;
    }
}

/// Locks both customers in the order of their ids.
async fn lock_both(
    txn: &WriteTxn,
    actor: &Actor,
    keep: CustomerId,
    other: CustomerId,
) -> Result<(customers::Model, customers::Model)> {
    let first = scope::lock_customer(txn, actor.account, keep.min(other)).await?;
    let second = scope::lock_customer(txn, actor.account, keep.max(other)).await?;
    Ok(if keep < other { (first, second) } else { (second, first) })
}

/// Locks the next licenses of a customer in the order of their ids: one more than a transaction moves.
pub(super) async fn lock_licenses(txn: &WriteTxn, customer: &customers::Model) -> Result<Vec<Uuid>> {
    let mut find = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(licenses::Column::CustomerId.eq(customer.id))
        .order_by_asc(licenses::Column::Id)
        .limit(LICENSES_PER_TXN + 1);
    if txn.needs_row_locks() {
        find = find.lock_exclusive();
    }
    Ok(find.into_tuple().all(txn.conn()).await?)
}

async fn move_licenses(
    txn: &mut WriteTxn,
    actor: &Actor,
    kept: &customers::Model,
    gone: &customers::Model,
    ids: Vec<Uuid>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    licenses::Entity::update_many()
        .col_expr(licenses::Column::CustomerId, Expr::value(kept.id))
        .col_expr(licenses::Column::UpdatedAt, Expr::value(txn.now().millis()))
        .filter(licenses::Column::Id.is_in(ids.clone()))
        .exec(txn.conn())
        .await?;
    for id in ids {
        let entry = AuditEvent::license(Event::LicenseTransferred, LicenseId(id))
            .detail(label(kept).unwrap_or_default())
            .with_payload("customer_id", kept.id.to_string())
            .with_payload("former_customer_id", gone.id.to_string())
            .changes(Changes::of_holder(Some(gone.id), Some(kept.id)));
        txn.record_of_customer(actor, CustomerId(kept.id), entry);
    }
    Ok(())
}

/// Deletes the customer that has no license any more, and records the merger at both.
async fn delete_merged(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    kept: customers::Model,
    gone: customers::Model,
    moved: u64,
) -> Result<()> {
    let (keep, other) = (CustomerId(kept.id), CustomerId(gone.id));
    let (kept_label, gone_label) = (label(&kept).unwrap_or_default(), label(&gone).unwrap_or_default());
    let (before, other_identity) = (identity(&kept), identity(&gone));
    let merged = before.clone().merged_with(other_identity);
    let deletion = Change::of_object(actor.account, Trigger::Recorded(Event::CustomerDeleted), other.0);
    txn.capture(std::slice::from_ref(&deletion)).await?;
    txn.notify(deletion);
    terms::delete_terms(txn.conn(), &gone).await?;
    let entries = audit::entries_of_customer(txn, other.0).await?;
    let changes = entries
        .into_iter()
        .map(|entry| (entry.clone(), AmendableEntry { customer_id: Some(keep.0), ..entry }));
    audit::amend(txn, &service.keys, changes);
    // The entries hold the person's name, so that an erasure of the kept customer must find them.
    audit_entries::Entity::update_many()
        .col_expr(audit_entries::Column::CustomerId, Expr::value(keep.0))
        .filter(audit_entries::Column::CustomerId.eq(other.0))
        .exec(txn.conn())
        .await?;
    mail::move_to_customer(txn, other, keep).await?;
    metadata::move_missing(txn, keep, other).await?;
    move_tags(txn, actor, keep, other).await?;
    // Before the kept customer may take over the address, which is unique.
    customers::Entity::delete_by_id(other.0).exec(txn.conn()).await?;
    let stored = if merged == before { kept } else { store(txn, kept, &merged).await? };
    fill_gaps(txn, stored, gone).await?;
    let entry = AuditEvent::customer(Event::CustomerMerged, other)
        .detail(format!("{gone_label} → {kept_label}"))
        .with_payload("into_customer_id", keep.to_string());
    txn.record_of_customer(actor, keep, entry);
    let entry = AuditEvent::customer(Event::CustomerMerged, keep)
        .detail(format!("with {gone_label}, licenses: {moved}"))
        .with_payload("merged_customer_id", other.to_string())
        .with_payload("licenses", moved);
    txn.record_of_customer(actor, keep, entry);
    txn.invalidate(other.0);
    Ok(())
}

/// Gives the kept customer the other's tags too, as far as there is room.
async fn move_tags(txn: &mut WriteTxn, actor: &Actor, keep: CustomerId, other: CustomerId) -> Result<()> {
    let mut names = tag::names_of_customers(txn.conn(), [keep.0, other.0]).await?;
    let mut tags = names.remove(&keep.0).unwrap_or_default();
    for name in names.remove(&other.0).unwrap_or_default() {
        if tags.len() < MAX_TAGS && !tags.contains(&name) {
            tags.push(name);
        }
    }
    tag::remove_from_customer(txn, other).await?;
    let tags = TagNames::parse(tags.iter().map(String::as_str))?;
    tag::set_for_customer(txn, actor, keep, &tags).await?;
    Ok(())
}

/// Gives the kept customer the other's company and organization, if it has none, and the later visits. The password and
/// the role are the kept customer's own.
async fn fill_gaps(txn: &WriteTxn, kept: customers::Model, gone: customers::Model) -> Result<()> {
    let company = kept.company.clone().or(gone.company);
    let organization = kept.organization_id.or(gone.organization_id);
    let has_gaps = (&company, organization) != (&kept.company, kept.organization_id);
    let last_login_at = std::cmp::max(kept.last_login_at, gone.last_login_at);
    let last_seen_at = std::cmp::max(kept.last_seen_at, gone.last_seen_at);
    if !has_gaps && (last_login_at, last_seen_at) == (kept.last_login_at, kept.last_seen_at) {
        return Ok(());
    }
    let updated_at = if has_gaps { txn.now().millis() } else { kept.updated_at };
    let mut update = kept.into_active_model();
    update.company = Set(company);
    update.organization_id = Set(organization);
    update.last_login_at = Set(last_login_at);
    update.last_seen_at = Set(last_seen_at);
    update.updated_at = Set(updated_at);
    let row = update.update(txn.conn()).await?;
    store_terms(txn, &row).await
}
