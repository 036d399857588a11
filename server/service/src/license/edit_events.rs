//! The audit entries and outbox events of an edit.

use domain::event::Event;
use domain::license::{Limit, State};
use domain::webhook::Trigger;
use domain::{CustomerId, LicenseId};

use super::edit_plan::Plan;
use crate::store::change_sink::Change;
use crate::store::entity::{customers, licenses};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Result};

/// Records the events of a change.
pub(super) fn record_events(
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
        let interval = Trigger::LicenseIntervalChanged;
        if plan.changes_interval_alone() {
            txn.record_as(actor, interval, entry);
        } else {
            txn.record(actor, entry);
            if plan.expiry.is_some() {
                txn.notify(Change::of_license(actor.account, interval, row.id));
            }
        }
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
