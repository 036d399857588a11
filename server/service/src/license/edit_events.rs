//! The audit entries and outbox events of an edit.

use std::mem;

use domain::event::Event;
use domain::license::{Limit, State};
use domain::webhook::Trigger;
use domain::{CustomerId, LicenseId};

use super::changes::{key_change, metadata_change, notes_event};
use super::edit_plan::{Plan, expiry_after};
use super::move_expiry::{ExpiryMove, record_move};
use crate::store::change_sink::Change;
use crate::store::entity::{customers, licenses};
use crate::store::{AuditEvent, Changes, WriteTxn, convert};
use crate::{Actor, Result};

/// Records the events of a change.
pub(super) fn record_events(
    txn: &mut WriteTxn,
    actor: &Actor,
    row: &licenses::Model,
    plan: &mut Plan,
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
            .changes(key_change(&row.last_four, &last_four))
            .with_payload("last_four", last_four);
        txn.record(actor, entry);
    }
    record_limits(txn, actor, row, plan);
    if !plan.changed_rules.is_empty() || plan.echoed {
        record_rules(txn, actor, row, plan);
    }
    if let Some(at) = plan.moved_expiry {
        record_move(txn, actor, id, ExpiryMove::Until(at), (expiry_after(row, plan.expiry), Some(at)));
    }
    if let Some(holder) = plan.customer {
        record_transfer(txn, actor, row, holder, customers);
    }
    if !plan.pairs.is_empty() {
        let names: Vec<String> = plan.pairs.iter().map(|pair| pair.key.clone()).collect();
        let entry = AuditEvent::license(Event::LicenseMetadataChanged, id)
            .detail(names.join(", "))
            .changes(metadata_change(&[], &names))
            .with_payload("changed", names);
        txn.record(actor, entry);
    }
    if let Some(notes) = &plan.notes {
        txn.record(actor, notes_event(id, plan.had_notes, notes.is_some()));
    }
    Ok(())
}

fn record_limits(txn: &mut WriteTxn, actor: &Actor, row: &licenses::Model, plan: &Plan) {
    let both = |stored: Option<i32>, after: Option<Limit>| {
        let before = Limit::from_storage(stored);
        (before, after.unwrap_or(before))
    };
    let domains = both(row.domain_limit, plan.domain_limit);
    let machines = both(row.machine_limit, plan.machine_limit);
    if let Some(entry) = AuditEvent::limits_changed(LicenseId(row.id), domains, machines) {
        txn.record(actor, entry);
    }
}

fn record_rules(txn: &mut WriteTxn, actor: &Actor, row: &licenses::Model, plan: &mut Plan) {
    let mut names = plan.changed_rules.clone();
    if plan.echoed {
        names.push("other fields".to_owned());
    }
    let mut changes = mem::take(&mut plan.rule_changes);
    if let Some(expiry) = &plan.expiry {
        changes.add_time("expiresAt", convert::to_timestamp(row.expires_at), expiry.expires_at);
    }
    let entry = AuditEvent::license(Event::LicenseRulesChanged, LicenseId(row.id))
        .detail(names.join(", "))
        .changes(changes)
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

/// A license that was revoked is active for a moment before its next state, which has an entry of its own.
fn record_state(txn: &mut WriteTxn, actor: &Actor, id: LicenseId, before: &State, next: &State) {
    let was_revoked = matches!(before, State::Revoked { .. });
    if was_revoked {
        let entry = AuditEvent::license(Event::LicenseRevocationUndone, id);
        txn.record(actor, entry.changes(Changes::of_state(before, &State::Active)));
    }
    let active = State::Active;
    let before = if was_revoked { &active } else { before };
    let (event, reason) = match next {
        State::Active if was_revoked => return,
        State::Active => (Event::LicenseReinstated, None),
        State::Suspended { reason, .. } => (Event::LicenseSuspended, reason.as_ref()),
        State::Revoked { reason, .. } => (Event::LicenseRevoked, reason.as_ref()),
    };
    let mut entry = AuditEvent::license(event, id).changes(Changes::of_state(before, next));
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
        .with_payload("former_customer_id", row.customer_id.map(|former| former.to_string()))
        .changes(Changes::of_holder(row.customer_id, holder.map(|id| id.0)));
    match holder {
        Some(holder) => txn.record_of_customer(actor, holder, entry),
        None => txn.record(actor, entry),
    }
}
