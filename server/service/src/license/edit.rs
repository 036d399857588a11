//! Changes a license as a program asks, in one transaction: only what differs from what is in force.

use std::collections::HashMap;

use domain::license::State;
use domain::license_rules::RuleOverrides;
use domain::permission::Permission;
use domain::{LicenseId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};

use super::derived_id::{derived_id, meter_part};
use super::edit_events::record_events;
use super::edit_plan::{Plan, plan};
use super::groups::regroup;
use super::record::{self, LicenseRecord};
use super::refusal::LicenseRefusal;
use super::terms::EditLicense;
use super::{metadata_rows, notes};
use crate::secrets::Purpose;
use crate::store::entity::{customers, license_meters, licenses};
use crate::store::{WriteTxn, scope};
use crate::{Actor, Error, Result, Service};

/// Changes a license. What equals the present state is no change; if nothing is, nothing is written.
///
/// # Errors
/// Returns an error if the role lacks the permission, the license does not exist, or the database fails. To undo
/// a revocation needs a permission of its own.
#[tracing::instrument(name = "license.edit", skip_all, fields(account = %actor.account, license = %id), err(level = "debug"))]
pub async fn edit(
    service: &Service,
    actor: &Actor,
    id: LicenseId,
    change: &EditLicense,
) -> Result<Result<LicenseRecord, LicenseRefusal>> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let customers = lock_customers(&txn, actor, [change].into_iter()).await?;
    let row = scope::lock_license(&txn, actor.account, id).await?;
    let is_changed = match edit_locked(service, &mut txn, actor, row, change, &customers).await? {
        Ok(is_changed) => is_changed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let record = record::load_one(&service.keys, txn.conn(), actor.account, id).await?;
    if is_changed {
        txn.commit().await?;
    }
    Ok(Ok(record))
}

/// Changes licenses in one transaction, each once. A license that cannot be changed is left out.
///
/// # Errors
/// As [`edit`], but a missing license is [`LicenseRefusal::UnknownLicense`].
#[tracing::instrument(name = "license.edit_many", skip_all, fields(account = %actor.account), err(level = "debug"))]
pub async fn edit_many(
    service: &Service,
    actor: &Actor,
    changes: &[(LicenseId, EditLicense)],
) -> Result<Vec<Result<LicenseRecord, LicenseRefusal>>> {
    actor.require(Permission::WriteLicense)?;
    let mut txn = service.begin_write().await?;
    let customers = lock_customers(&txn, actor, changes.iter().map(|(_, change)| change)).await?;
    let mut sorted: Vec<&(LicenseId, EditLicense)> = changes.iter().collect();
    sorted.sort_by_key(|(id, _)| *id);
    let (mut refusals, mut is_changed) = (HashMap::new(), false);
    // All licenses are locked, in the order of their ids, before organizations and tags.
    let mut locked = Vec::with_capacity(sorted.len());
    for (id, change) in sorted {
        match scope::lock_license(&txn, actor.account, *id).await {
            Ok(row) => locked.push((row, change)),
            Err(Error::NotFound) => {
                refusals.insert(*id, LicenseRefusal::UnknownLicense);
            }
            Err(error) => return Err(error),
        }
    }
    for (row, change) in locked {
        let id = LicenseId(row.id);
        match edit_locked(service, &mut txn, actor, row, change, &customers).await? {
            Ok(has_effect) => is_changed |= has_effect,
            Err(refusal) => {
                refusals.insert(id, refusal);
            }
        }
    }
    let ids: Vec<LicenseId> = changes.iter().map(|(id, _)| *id).collect();
    let records = record::load_many(&service.keys, txn.conn(), actor.account, &ids).await?;
    let records: HashMap<LicenseId, LicenseRecord> =
        records.into_iter().map(|record| (record.id, record)).collect();
    if is_changed {
        txn.commit().await?;
    }
    let outcome = |id: &LicenseId| match refusals.get(id) {
        Some(refusal) => Err(refusal.clone()),
        None => records.get(id).cloned().ok_or(LicenseRefusal::UnknownLicense),
    };
    Ok(ids.iter().map(outcome).collect())
}

/// Locks the customers of changes, before their licenses.
async fn lock_customers<'a>(
    txn: &WriteTxn,
    actor: &Actor,
    changes: impl Iterator<Item = &'a EditLicense>,
) -> Result<Vec<customers::Model>> {
    let ids = changes.filter_map(|change| change.customer.flatten()).map(|id| id.0).collect();
    scope::lock_customers(txn, actor.account, ids, LockType::KeyShare).await
}

/// Changes a locked license in an open transaction. Returns whether something changed. A refusal has written nothing.
async fn edit_locked(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    change: &EditLicense,
    customers: &[customers::Model],
) -> Result<Result<bool, LicenseRefusal>> {
    let plan = match plan(service, txn, actor, &row, change, customers).await? {
        Ok(plan) => plan,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !plan.has_changes() {
        return Ok(Ok(false));
    }
    write(service, txn, actor, row, plan, customers).await?;
    Ok(Ok(true))
}

async fn write(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    mut plan: Plan,
    customers: &[customers::Model],
) -> Result<()> {
    let id = LicenseId(row.id);
    record_events(txn, actor, &row, &mut plan, customers)?;
    if plan.organization.is_some() || plan.tags.is_some() {
        let organization = plan.organization.map_or(row.organization_id, |new| new.map(|id| id.0));
        regroup(txn, actor, &row, organization, plan.tags.as_ref()).await?;
    }
    let Plan { now, state, key, machine_limit, domain_limit, rules, expiry, customer, .. } = plan;
    let mut update = row.into_active_model();
    if let Some(state) = state {
        let (at, reason) = match &state {
            State::Active => (None, None),
            State::Suspended { at, reason } | State::Revoked { at, reason } => {
                (Some(at.millis()), reason.as_ref().map(ToString::to_string))
            }
        };
        update.state = Set(state.as_str().to_owned());
        update.state_at = Set(at);
        update.state_reason = Set(reason);
    }
    if let Some(key) = key {
        let lookup = key.lookup();
        let digest = service.keys.digest(Purpose::LicenseKey, lookup.expose().as_bytes());
        update.key_digest = Set(digest.to_vec());
        update.key_sealed = Set(service.keys.seal(Purpose::LicenseKey, id.0, key.expose().as_bytes())?);
        update.last_four = Set(lookup.last_four());
    }
    if let Some(limit) = machine_limit {
        update.machine_limit = Set(limit.to_storage());
    }
    if let Some(limit) = domain_limit {
        update.domain_limit = Set(limit.to_storage());
    }
    if !plan.changed_rules.is_empty() || plan.echoed {
        update.rules = Set(rules.to_storage());
        store_meter_ids(txn, actor, id, &rules).await?;
    }
    if let Some(expiry) = expiry {
        update.expires_at = Set(expiry.expires_at.map(Timestamp::millis));
        update.pending_interval = Set(expiry.pending.map(|interval| interval.to_string()));
    }
    if let Some(at) = plan.moved_expiry {
        update.expires_at = Set(Some(at.millis()));
        update.pending_interval = Set(None);
    }
    if let Some(customer) = customer {
        update.customer_id = Set(customer.map(|id| id.0));
    }
    if let Some(organization) = plan.organization {
        update.organization_id = Set(organization.map(|id| id.0));
    }
    update.updated_at = Set(now.millis());
    update.update(txn.conn()).await?;
    if !plan.pairs.is_empty() {
        metadata_rows::store(txn, actor.account.0, id, plan.stored_pairs, &plan.pairs, &[]).await?;
    }
    if let Some(text) = plan.notes {
        notes::store(txn, actor.account, id, text.as_deref()).await?;
    }
    Ok(())
}

/// Writes the ids of the license's own meters, by which programs find the license.
pub(super) async fn store_meter_ids(
    txn: &WriteTxn,
    actor: &Actor,
    id: LicenseId,
    rules: &RuleOverrides,
) -> Result<()> {
    let known: Vec<String> = license_meters::Entity::find()
        .select_only()
        .column(license_meters::Column::Meter)
        .filter(license_meters::Column::LicenseId.eq(id.0))
        .into_tuple()
        .all(txn.conn())
        .await?;
    let new = rules.meters.0.iter().map(|own| own.meter.id()).filter(|meter| !known.contains(meter));
    let rows: Vec<_> = new
        .map(|meter| license_meters::ActiveModel {
            id: Set(derived_id(id.0, &meter_part(&meter))),
            account_id: Set(actor.account.0),
            license_id: Set(id.0),
            meter: Set(meter),
        })
        .collect();
    if !rows.is_empty() {
        license_meters::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    }
    Ok(())
}
