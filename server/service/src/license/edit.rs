//! Changes a license as a program asks, in one transaction: only what differs from what is in force.

use std::collections::HashMap;

use domain::event::Event;
use domain::license::{Limit, MetadataPair, State, merge_pairs};
use domain::license_rules::{RuleOverrides, RulesInForce, StartOfExpiry};
use domain::meter::Meters;
use domain::permission::Permission;
use domain::{CustomerId, IssuedKey, LicenseId, ProductId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::derived_id::{derived_id, meter_part};
use super::record::{self, LicenseRecord};
use super::refusal::LicenseRefusal;
use super::terms::{self, EditLicense};
use super::{metadata_rows, notes};
use crate::activation::lookup::has_key;
use crate::secrets::Purpose;
use crate::store::entity::{customers, license_metadata, license_meters, licenses};
use crate::store::{AuditEvent, WriteTxn, convert, scope};
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
    let is_changed = match edit_locked(service, &mut txn, actor, id, change, &customers).await? {
        Ok(is_changed) => is_changed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let record = record::load_one(&service.keys, txn.conn(), actor.account, id).await?;
    if is_changed {
        txn.commit().await?;
    }
    Ok(Ok(record))
}

/// Changes licenses in one transaction. A license that cannot be changed is left out.
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
    // Locked in the order of their ids.
    let mut sorted: Vec<&(LicenseId, EditLicense)> = changes.iter().collect();
    sorted.sort_by_key(|(id, _)| *id);
    let (mut refusals, mut is_changed) = (HashMap::new(), false);
    for (id, change) in &sorted {
        match edit_locked(service, &mut txn, actor, *id, change, &customers).await {
            Ok(Ok(changed)) => is_changed |= changed,
            Ok(Err(refusal)) => {
                refusals.insert(*id, refusal);
            }
            Err(Error::NotFound) => {
                refusals.insert(*id, LicenseRefusal::UnknownLicense);
            }
            Err(error) => return Err(error),
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

/// What an edit changes, decided before anything is written.
struct Plan {
    now: Timestamp,
    state: Option<State>,
    key: Option<IssuedKey>,
    machine_limit: Option<Limit>,
    domain_limit: Option<Limit>,
    rules: RuleOverrides,
    changed_rules: Vec<String>,
    echoed: bool,
    expiry: Option<StartOfExpiry>,
    customer: Option<Option<CustomerId>>,
    stored_pairs: Vec<license_metadata::Model>,
    pairs: Vec<MetadataPair>,
    notes: Option<Option<String>>,
}

/// Changes a license in an open transaction. Returns whether something changed. A refusal has written nothing.
async fn edit_locked(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    id: LicenseId,
    change: &EditLicense,
    customers: &[customers::Model],
) -> Result<Result<bool, LicenseRefusal>> {
    let row = scope::lock_license(txn, actor.account, id).await?;
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

async fn plan(
    service: &Service,
    txn: &WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    change: &EditLicense,
    customers: &[customers::Model],
) -> Result<Result<Plan, LicenseRefusal>> {
    let (id, now) = (LicenseId(row.id), txn.now());
    let state = convert::license_state(row)?;
    let next = state.switched(change.suspended, change.revoked, now, change.reason.clone());
    let was_revoked = matches!(state, State::Revoked { .. });
    let is_revoked = matches!(next, State::Revoked { .. });
    if was_revoked && !is_revoked {
        actor.require(Permission::UndoRevocation)?;
    }
    let product = scope::product(txn.conn(), actor.account, ProductId(row.product_id)).await?;
    let of_product = convert::rules_of_product(&product);
    let product_meters: Meters = convert::json_or_default(Some(&product.meters));
    let mut rules = RuleOverrides::from_storage(row.rules.as_deref());
    let names = rules.apply(&change.rules, &of_product);
    let mut changed_rules: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    match terms::set_meters(&mut rules, &product_meters, &change.meters, now) {
        Ok(meters) => changed_rules.extend(meters.into_iter().map(|name| format!("meter {name}"))),
        Err(error) => return Ok(Err(error.into())),
    }
    let echoed = terms::set_echoed(&mut rules, &change.echoed);
    let is_interval = |name: &&str| ["interval", "start of the interval"].contains(name);
    let expiry = names.iter().any(is_interval).then(|| changed_expiry(row, &rules, of_product));
    let limit = |given: Option<Limit>, stored: Option<i32>| {
        given.filter(|given| *given != Limit::from_storage(stored))
    };
    let machine_limit = limit(change.machine_limit, row.machine_limit);
    let domain_limit = limit(change.domain_limit, row.domain_limit);
    let stored_key = service.keys.open_license_key(row.id, &row.key_sealed)?;
    let key = change.key.clone().filter(|key| *key != stored_key);
    let changes_terms =
        !changed_rules.is_empty() || machine_limit.is_some() || domain_limit.is_some() || key.is_some();
    if is_revoked && changes_terms {
        return Ok(Err(LicenseRefusal::Revoked));
    }
    if let Some(key) = &key
        && key.lookup() != stored_key.lookup()
        && is_key_taken(service, txn, key).await?
    {
        return Ok(Err(LicenseRefusal::DuplicateKey));
    }
    let customer = change.customer.filter(|holder| holder.map(|id| id.0) != row.customer_id);
    if let Some(Some(holder)) = customer
        && !customers.iter().any(|row| row.id == holder.0)
    {
        return Ok(Err(LicenseRefusal::UnknownCustomer));
    }
    let stored_pairs = metadata_rows::load(txn.conn(), id).await?;
    let stored: Vec<_> = stored_pairs.iter().map(metadata_rows::pair).collect();
    let pairs = match merge_pairs(&stored, &change.metadata) {
        Ok(pairs) => pairs,
        Err(error) => return Ok(Err(error.into())),
    };
    let notes = match &change.notes {
        Some(given) => {
            let given = given.as_ref().map(ToString::to_string);
            let stored = notes::load(txn.conn(), id).await?;
            (given != stored).then_some(given)
        }
        None => None,
    };
    Ok(Ok(Plan {
        now,
        state: (next != state).then_some(next),
        key,
        machine_limit,
        domain_limit,
        rules,
        changed_rules,
        echoed,
        expiry,
        customer,
        stored_pairs,
        pairs,
        notes,
    }))
}

impl Plan {
    fn has_changes(&self) -> bool {
        self.state.is_some()
            || self.key.is_some()
            || self.machine_limit.is_some()
            || self.domain_limit.is_some()
            || !self.changed_rules.is_empty()
            || self.echoed
            || self.customer.is_some()
            || !self.pairs.is_empty()
            || self.notes.is_some()
    }
}

fn changed_expiry(row: &licenses::Model, rules: &RuleOverrides, of_product: RulesInForce) -> StartOfExpiry {
    let current = StartOfExpiry {
        expires_at: convert::to_timestamp(row.expires_at),
        pending: row.pending_interval.as_deref().and_then(|text| text.parse().ok()),
    };
    let activated = convert::to_timestamp(row.first_activated_at);
    rules.merge(of_product).expiry.change(current, Timestamp::from_millis(row.created_at), activated)
}

/// Returns whether a license has this key. Another node may give it to one meanwhile: then the write fails.
async fn is_key_taken(service: &Service, txn: &WriteTxn, key: &IssuedKey) -> Result<bool> {
    let digests = service.keys.license_key_digests(key.lookup().expose().as_bytes());
    let found: Option<Uuid> = licenses::Entity::find()
        .select_only()
        .column(licenses::Column::Id)
        .filter(has_key(&digests))
        .into_tuple()
        .one(txn.conn())
        .await?;
    Ok(found.is_some())
}

async fn write(
    service: &Service,
    txn: &mut WriteTxn,
    actor: &Actor,
    row: licenses::Model,
    plan: Plan,
    customers: &[customers::Model],
) -> Result<()> {
    let id = LicenseId(row.id);
    record_events(txn, actor, &row, &plan, customers)?;
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
    if let Some(customer) = customer {
        update.customer_id = Set(customer.map(|id| id.0));
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

fn record_events(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    plan: &Plan,
    customers: &[customers::Model],
) -> Result<()> {
    let id = LicenseId(row.id);
    let before = convert::license_state(row)?;
    if let Some(next) = &plan.state {
        record_state(txn, actor, id, &before, next);
    }
    if let Some(key) = &plan.key {
        let last_four = key.lookup().last_four();
        let entry = AuditEvent::license(Event::LicenseKeyReplaced, id)
            .detail(format!("…{} → …{last_four}", row.last_four))
            .with_payload("last_four", last_four);
        txn.record(actor, entry);
    }
    let limits = [
        ("domains", "domain_limit", row.domain_limit, plan.domain_limit),
        ("machines", "machine_limit", row.machine_limit, plan.machine_limit),
    ];
    let mut entry = AuditEvent::license(Event::LicenseLimitChanged, id);
    let mut said = Vec::new();
    for (name, field, before, after) in limits {
        if let Some(after) = after {
            said.push(format!("{name} {} → {after}", Limit::from_storage(before)));
            entry = entry.with_payload(field, after.slots());
        }
    }
    if !said.is_empty() {
        txn.record(actor, entry.detail(said.join(", ")));
    }
    if !plan.changed_rules.is_empty() || plan.echoed {
        let mut names = plan.changed_rules.clone();
        if plan.echoed {
            names.push("other fields".to_owned());
        }
        let entry = AuditEvent::license(Event::LicenseRulesChanged, id)
            .detail(names.join(", "))
            .with_payload("changed", names)
            .with_payload("changes_interval", plan.expiry.is_some());
        txn.record(actor, entry);
    }
    if let Some(holder) = plan.customer {
        record_transfer(txn, actor, row, holder, customers);
    }
    if !plan.pairs.is_empty() {
        let names: Vec<String> = plan.pairs.iter().map(|pair| pair.key.clone()).collect();
        let entry = AuditEvent::license(Event::LicenseMetadataChanged, id)
            .detail(names.join(", "))
            .with_payload("changed", names);
        txn.record(actor, entry);
    }
    if plan.notes.is_some() {
        txn.record(actor, AuditEvent::license(Event::LicenseNotesChanged, id));
    }
    Ok(())
}

fn record_state(txn: &mut WriteTxn, actor: &Actor, id: LicenseId, before: &State, next: &State) {
    let was_revoked = matches!(before, State::Revoked { .. });
    if was_revoked {
        txn.record(actor, AuditEvent::license(Event::LicenseRevocationUndone, id));
    }
    let (event, reason) = match next {
        State::Active if was_revoked => return,
        State::Active => (Event::LicenseReinstated, None),
        State::Suspended { reason, .. } => (Event::LicenseSuspended, reason.as_ref()),
        State::Revoked { reason, .. } => (Event::LicenseRevoked, reason.as_ref()),
    };
    let mut entry = AuditEvent::license(event, id);
    if let Some(reason) = reason {
        entry = entry.detail(reason.as_str()).with_payload("reason", reason.as_str());
    }
    txn.record(actor, entry);
}

fn record_transfer(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    holder: Option<CustomerId>,
    customers: &[customers::Model],
) {
    let customer = holder.and_then(|holder| customers.iter().find(|row| row.id == holder.0));
    let name = customer.and_then(|customer| customer.name.clone().or_else(|| customer.email.clone()));
    let entry = AuditEvent::license(Event::LicenseTransferred, LicenseId(row.id))
        .detail(name.unwrap_or_else(|| "no customer".to_owned()))
        .with_payload("customer_id", holder.map(|id| id.to_string()))
        .with_payload("former_customer_id", row.customer_id.map(|former| former.to_string()));
    match holder {
        Some(holder) => txn.record_of_customer(actor, holder, entry),
        None => txn.record(actor, entry),
    }
}
