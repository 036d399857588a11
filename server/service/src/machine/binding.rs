//! Creation and refresh of machine activations, shared by online activation, offline activation
//! and sync.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::activation::{Decision, Facts, Kind, Policy, Refusal, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::machine::MachineRules;
use domain::{LicenseId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::machine_info::apply_report;
use super::request::ActivationMode;
use super::synced::synced;
use super::{ActivationOutcome, ActivationRequest, lease, meter, row};
use crate::activation::counter::{self, Counter};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::row_values::{self, row};
use crate::store::{AuditEvent, MachineFacts, WriteTxn, convert};
use crate::{Actor, Principal, Result, random_id};

/// A machine activation as stored, with its license, product and customer.
#[derive(Clone)]
pub struct MachineActivation {
    pub license: Arc<licenses::Model>,
    pub product: Arc<products::Model>,
    pub customer: Option<Arc<customers::Model>>,
    pub activation: Arc<activations::Model>,
}

/// Refreshes the machine's activation, or creates it if a slot is free. The license must be locked.
pub async fn bind(
    txn: &mut WriteTxn,
    actor: &Actor,
    mut license: licenses::Model,
    product: Arc<products::Model>,
    request: &ActivationRequest,
    mode: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    let rules = convert::rules_in_force(&product, &license);
    let existing = find_for_machine(txn.conn(), &license, &rules.machines, request).await?;
    let mut decision = decide_binding(&license, 0, existing.is_some(), txn.now())?;
    if decision == Decision::Refuse(Refusal::LimitReached)
        && lease::release_expired(txn, &mut license).await? > 0
    {
        decision = decide_binding(&license, 0, false, txn.now())?;
    }
    match decision {
        Decision::Refuse(Refusal::Revoked) => return Ok(Err(ActivationOutcome::Revoked)),
        Decision::Refuse(_) => return Ok(Err(ActivationOutcome::LimitReached)),
        Decision::AlreadyActive | Decision::Take => {}
    }
    if let Err(mismatch) = rules.admit(&request.machine, request.address) {
        return Ok(Err(ActivationOutcome::NotAdmitted(mismatch)));
    }
    if let Some(row) = existing {
        return refresh(txn, license, product, row, request, mode).await;
    }
    let actor = &without_address(actor, rules.rules.discards_addresses);
    let row = new_activation_row(&license, &rules.machines, request, actor, txn.now());
    license.machines_used += 1;
    license.first_activated_at.get_or_insert(txn.now().millis());
    let start = counter::start_interval(&mut license.pending_interval, &mut license.expires_at, txn.now());
    let outcome = apply_request(txn, license, product, row, request, mode).await?;
    if let Ok(MachineActivation { license, activation, .. }) = &outcome {
        txn.defer_write(row::insert([&**activation]));
        let taken = BTreeMap::from([(license.id, 1)]);
        let starts = BTreeMap::from_iter(start.map(|start| (license.id, start)));
        for write in counter::increments(Counter::Machines, &taken, &starts, txn.now()) {
            txn.defer_write(write);
        }
        txn.record_about(actor, activation.id, created_event(license, activation, request));
    }
    Ok(outcome)
}

/// Returns the actor of an app without its address, if the rules say that it is not kept.
fn without_address(actor: &Actor, discards: bool) -> Actor {
    match &actor.principal {
        Principal::App { .. } if discards => {
            Actor { account: actor.account, principal: Principal::App { ip: None } }
        }
        _ => actor.clone(),
    }
}

/// Returns the customer that holds the license.
pub async fn find_customer(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Option<Arc<customers::Model>>> {
    match license.customer_id {
        Some(id) => Ok(customers::Entity::find_by_id(id).one(db).await?.map(Arc::new)),
        None => Ok(None),
    }
}

/// Updates an existing activation from the request and extends its lease.
pub async fn refresh(
    txn: &mut WriteTxn,
    license: licenses::Model,
    product: Arc<products::Model>,
    activation: activations::Model,
    request: &ActivationRequest,
    mode: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    let former_hostname = activation.hostname.clone();
    let marked = BTreeSet::from_iter(license.marked_unused_at.map(|_| license.id));
    let outcome = apply_request(txn, license, product, activation, request, mode).await?;
    if let Ok(MachineActivation { activation, .. }) = &outcome {
        let is_renamed = activation.hostname != former_hostname;
        txn.defer_write(if is_renamed { row::rename([&**activation]) } else { row::update([&**activation]) });
        txn.notify(synced(activation));
        txn.defer_write(counter::unmark_used(&marked, &BTreeMap::new()));
    }
    Ok(outcome)
}

/// Updates the meters and copies the reported machine info into the activation row. The caller
/// must write the row.
async fn apply_request(
    txn: &mut WriteTxn,
    mut license: licenses::Model,
    product: Arc<products::Model>,
    mut activation: activations::Model,
    request: &ActivationRequest,
    mode: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    if meter::set_uses(txn, &mut license, &product, &mut activation, &request.meters).await?.is_err() {
        return Ok(Err(ActivationOutcome::MeterExhausted));
    }
    txn.invalidate(license.id);
    apply_report(&mut activation, &convert::rules_in_force(&product, &license), request, mode, txn.now());
    let customer = find_customer(txn.conn(), &license).await?;
    Ok(Ok(MachineActivation {
        license: Arc::new(license),
        product,
        customer,
        activation: Arc::new(activation),
    }))
}

/// Applies the activation rules to a machine. `pending` is the number of activations granted
/// earlier in this batch, which the license row does not include yet.
pub fn decide_binding(
    license: &licenses::Model,
    pending: i32,
    already_active: bool,
    now: Timestamp,
) -> Result<Decision> {
    let state = convert::license_state(license)?;
    let facts = Facts {
        state: &state,
        expires_at: convert::to_timestamp(license.expires_at),
        limit: Limit::from_storage(license.machine_limit),
        used: convert::to_count(license.machines_used.saturating_add(pending)),
        already_active,
        takes_slot: true,
        policy: Policy::Lenient,
    };
    Ok(decide(&facts, now))
}

/// Returns the machine's activation. An activation created before the product's per-user setting
/// changed still counts, if it belongs to the same user.
pub async fn find_for_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    rules: &MachineRules,
    request: &ActivationRequest,
) -> Result<Option<activations::Model>> {
    let subjects = rules.subjects(&request.fingerprint, &request.machine.user_hash);
    let pairs: Vec<_> = subjects.into_iter().map(|subject| row![license.id, subject]).collect();
    let condition = row_values::activations_in(db.get_database_backend(), Kind::Machine, &pairs)?;
    let rows = activations::Entity::find().filter(condition).all(db).await?;
    Ok(select_current(&rows, rules, request).cloned())
}

/// Selects the request's activation from those of the machine and its users. The current subject wins.
pub fn select_current<'a>(
    rows: impl IntoIterator<Item = &'a activations::Model>,
    rules: &MachineRules,
    request: &ActivationRequest,
) -> Option<&'a activations::Model> {
    let user = request.machine.user_hash.as_str();
    let subjects = rules.subjects(&request.fingerprint, user);
    let matches_machine = |row: &&'a activations::Model| {
        let same_user = !rules.user_locked || row.user_hash.as_deref() == Some(user);
        row.subject == subjects[0] || (subjects.contains(&row.subject) && same_user)
    };
    let (mut exact, mut other) = (None, None);
    for row in rows.into_iter().filter(matches_machine) {
        if row.subject == subjects[0] { exact = Some(row) } else { other = Some(row) }
    }
    exact.or(other)
}

/// Builds the row of a new activation. [`apply_report`] fills in the machine info.
pub fn new_activation_row(
    license: &licenses::Model,
    rules: &MachineRules,
    request: &ActivationRequest,
    actor: &Actor,
    now: Timestamp,
) -> activations::Model {
    let (_, ip) = actor.principal.actor_id_and_ip();
    activations::Model {
        id: random_id(),
        account_id: license.account_id,
        license_id: license.id,
        kind: Kind::Machine.as_str().to_owned(),
        subject: rules.subject(&request.fingerprint, &request.machine.user_hash),
        takes_slot: true,
        ip,
        verification_count: 0,
        last_verified_at: None,
        created_at: now.millis(),
        hostname: None,
        os: None,
        os_version: None,
        vm_name: None,
        container: None,
        app_version: None,
        release_version: None,
        user_hash: None,
        metadata: None,
        last_synced_at: None,
        lease_expires_at: None,
        offline_until: None,
        meters: None,
        slot: None,
        response_ends_at: None,
    }
}

/// Builds the audit event of a new activation.
pub fn created_event(
    license: &licenses::Model,
    row: &activations::Model,
    request: &ActivationRequest,
) -> AuditEvent {
    AuditEvent::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(request.machine.hostname.clone())
        .with_payload("activation_id", row.id.to_string())
        .with_payload("fingerprint", request.fingerprint.as_str())
        .changes(MachineFacts::of_activation(row).into_changes())
}
