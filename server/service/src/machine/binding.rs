//! Binds a machine to a license: refreshes its activation or takes a free slot. Online activations,
//! offline activations and syncs share it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::activation::{Decision, Facts, Kind, Policy, Refusal, decide};
use domain::event::Event;
use domain::license::Limit;
use domain::machine::MachineRules;
use domain::{LicenseId, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _};

use super::machine_info::apply_report;
use super::{ActivationOutcome, ActivationRequest, lease, meter, row};
use crate::activation::counter::{self, Counter};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::row_values::{self, row};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Result, new_id};

/// A machine activation with its license, product and customer, as written.
#[derive(Clone)]
pub struct MachineActivation {
    pub license: Arc<licenses::Model>,
    pub product: Arc<products::Model>,
    pub customer: Option<Arc<customers::Model>>,
    pub activation: Arc<activations::Model>,
}

/// How the machine activates.
#[derive(Clone, Copy)]
pub enum ActivationMode {
    Online,
    /// By an offline file, which must be loaded before `until`.
    OfflineFile {
        until: Option<Timestamp>,
    },
}

/// Refreshes or creates the activation. The caller must hold the license's lock.
pub async fn bind(
    txn: &mut WriteTxn,
    actor: &Actor,
    mut license: licenses::Model,
    product: Arc<products::Model>,
    request: &ActivationRequest,
    way: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    let rules = convert::machine_rules(&product);
    let known = find_for_machine(txn.conn(), &license, &rules, request).await?;
    let mut verdict = decide_binding(&license, 0, known.is_some(), txn.now())?;
    if verdict == Decision::Refuse(Refusal::LimitReached)
        && lease::release_expired(txn, &mut license).await? > 0
    {
        verdict = decide_binding(&license, 0, false, txn.now())?;
    }
    match verdict {
        Decision::Refuse(Refusal::Revoked) => return Ok(Err(ActivationOutcome::Revoked)),
        Decision::Refuse(_) => return Ok(Err(ActivationOutcome::LimitReached)),
        Decision::AlreadyActive | Decision::Take => {}
    }
    if let Err(mismatch) = rules.admit(&request.machine) {
        return Ok(Err(ActivationOutcome::NotAdmitted(mismatch)));
    }
    if let Some(row) = known {
        return refresh(txn, license, product, row, request, way).await;
    }
    let row = new_activation_row(&license, &rules, request, actor, txn.now());
    license.machines_used += 1;
    license.first_activated_at.get_or_insert(txn.now().millis());
    let described = apply_request(txn, license, product, row, request, way).await?;
    if let Ok(MachineActivation { license, activation, .. }) = &described {
        txn.defer_write(row::insert([&**activation]));
        txn.defer_write(counter::increments(
            Counter::Machines,
            &BTreeMap::from([(license.id, 1)]),
            txn.now(),
        ));
        txn.record(actor, created_event(license, activation, request));
    }
    Ok(described)
}

/// Loads the customer of a license.
pub async fn find_customer(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
) -> Result<Option<Arc<customers::Model>>> {
    match license.customer_id {
        Some(id) => Ok(customers::Entity::find_by_id(id).one(db).await?.map(Arc::new)),
        None => Ok(None),
    }
}

/// Writes the report of an active machine and extends its lease.
pub async fn refresh(
    txn: &mut WriteTxn,
    license: licenses::Model,
    product: Arc<products::Model>,
    activation: activations::Model,
    request: &ActivationRequest,
    way: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    let described = apply_request(txn, license, product, activation, request, way).await?;
    if let Ok(MachineActivation { activation, .. }) = &described {
        txn.defer_write(row::update([&**activation]));
    }
    Ok(described)
}

/// Sets the meter uses and applies the report to the row. The caller writes the row.
async fn apply_request(
    txn: &mut WriteTxn,
    mut license: licenses::Model,
    product: Arc<products::Model>,
    mut activation: activations::Model,
    request: &ActivationRequest,
    way: ActivationMode,
) -> Result<std::result::Result<MachineActivation, ActivationOutcome>> {
    if meter::set_uses(txn, &mut license, &product, &mut activation, &request.meters).await?.is_err() {
        return Ok(Err(ActivationOutcome::MeterExhausted));
    }
    txn.invalidate(license.id);
    apply_report(&mut activation, &convert::machine_rules(&product), request, way, txn.now());
    let customer = find_customer(txn.conn(), &license).await?;
    Ok(Ok(MachineActivation {
        license: Arc::new(license),
        product,
        customer,
        activation: Arc::new(activation),
    }))
}

/// Decides the request of a machine. `taken` is the number of activations granted earlier in this
/// batch, which the license row does not include yet.
pub fn decide_binding(
    license: &licenses::Model,
    taken: i32,
    already_active: bool,
    now: Timestamp,
) -> Result<Decision> {
    let state = convert::license_state(license)?;
    let facts = Facts {
        state: &state,
        expires_at: convert::to_timestamp(license.expires_at),
        limit: Limit::from_storage(license.machine_limit),
        used: convert::to_count(license.machines_used.saturating_add(taken)),
        already_active,
        takes_slot: true,
        policy: Policy::Lenient,
    };
    Ok(decide(&facts, now))
}

/// Finds the activation of a machine. An activation that was created under the other setting of
/// `user_locked` counts, if it belongs to the same user.
pub async fn find_for_machine(
    db: &impl ConnectionTrait,
    license: &licenses::Model,
    rules: &MachineRules,
    request: &ActivationRequest,
) -> Result<Option<activations::Model>> {
    let subjects = rules.subjects(&request.fingerprint, &request.machine.user_hash);
    let pairs: Vec<_> = subjects.into_iter().map(|subject| row![license.id, subject]).collect();
    let are_these = row_values::activations_in(db.get_database_backend(), Kind::Machine, &pairs)?;
    let rows = activations::Entity::find().filter(are_these).all(db).await?;
    Ok(select_current(&rows, rules, request).cloned())
}

/// Selects the activation of the machine under the current rules.
pub fn select_current<'a>(
    rows: impl IntoIterator<Item = &'a activations::Model>,
    rules: &MachineRules,
    request: &ActivationRequest,
) -> Option<&'a activations::Model> {
    let user = request.machine.user_hash.as_str();
    let subjects = rules.subjects(&request.fingerprint, user);
    let holds = |row: &&'a activations::Model| {
        let of_user = !rules.user_locked || row.user_hash.as_deref() == Some(user);
        row.subject == subjects[0] || (subjects.contains(&row.subject) && of_user)
    };
    let (mut exact, mut other) = (None, None);
    for row in rows.into_iter().filter(holds) {
        if row.subject == subjects[0] { exact = Some(row) } else { other = Some(row) }
    }
    exact.or(other)
}

/// Creates the row of a new activation, before [`apply_report`].
pub fn new_activation_row(
    license: &licenses::Model,
    rules: &MachineRules,
    request: &ActivationRequest,
    actor: &Actor,
    now: Timestamp,
) -> activations::Model {
    let (_, ip) = actor.principal.actor_id_and_ip();
    activations::Model {
        id: new_id(),
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
    }
}

/// Returns the audit event of a new activation.
pub fn created_event(
    license: &licenses::Model,
    row: &activations::Model,
    request: &ActivationRequest,
) -> AuditEvent {
    AuditEvent::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(request.machine.hostname.clone())
        .with_payload("activation_id", row.id.to_string())
        .with_payload("fingerprint", request.fingerprint.as_str())
}
