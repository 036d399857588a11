//! The writes of a batch: licenses, and for each its audit entry and outbox event.

use std::collections::HashMap;

use domain::bulk::Terms;
use domain::event::Event;
use domain::license::{Limit, State};
use domain::webhook::Trigger;
use domain::{AccountId, CustomerId, LicenseId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ConnectionTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::store::bulk_write::BulkWrite;
use crate::store::entity::{bulk_jobs, customers, licenses};
use crate::store::row_values::{self, ColumnType, Columns, RowValues, row};
use crate::store::{AuditEvent, WriteTxn, convert, scope};
use crate::{Actor, Result, store};

const STATE_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("state", ColumnType::Text),
    ("state_at", ColumnType::Int),
    ("state_reason", ColumnType::Text),
    ("changed_at", ColumnType::Int),
];
const EXPIRY_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("expires_at", ColumnType::Int), ("changed_at", ColumnType::Int)];
const LIMIT_COLUMNS: Columns = &[
    ("license_id", ColumnType::Uuid),
    ("domain_limit", ColumnType::Int),
    ("machine_limit", ColumnType::Int),
    ("changed_at", ColumnType::Int),
];
const CUSTOMER_COLUMNS: Columns =
    &[("license_id", ColumnType::Uuid), ("customer_id", ColumnType::Uuid), ("changed_at", ColumnType::Int)];

/// The columns of a license that bulk changes read.
#[derive(FromQueryResult)]
pub(super) struct LockedLicense {
    pub id: Uuid,
    pub account_id: Uuid,
    pub created_at: i64,
    state: String,
    state_at: Option<i64>,
    state_reason: Option<String>,
    expires_at: Option<i64>,
    domain_limit: Option<i32>,
    machine_limit: Option<i32>,
    customer_id: Option<Uuid>,
}

impl LockedLicense {
    /// Returns the terms of the license.
    pub fn terms(&self) -> Result<Terms> {
        let at = convert::to_timestamp(self.state_at);
        Ok(Terms {
            state: State::from_storage(&self.state, at, self.state_reason.clone())?,
            expires_at: convert::to_timestamp(self.expires_at),
            domain_limit: Limit::from_storage(self.domain_limit),
            machine_limit: Limit::from_storage(self.machine_limit),
            customer: self.customer_id.map(CustomerId),
        })
    }
}

/// Loads licenses and locks them in the order of their ids. Licenses of other accounts are among them:
/// the account in the condition could make a planner scan all of its licenses.
pub(super) async fn lock_licenses(txn: &WriteTxn, ids: &[Uuid]) -> Result<HashMap<Uuid, LockedLicense>> {
    use licenses::Column as L;
    let rows: Vec<_> = ids.iter().map(|id| row![*id]).collect();
    let backend = txn.conn().get_database_backend();
    let mut find = licenses::Entity::find()
        .select_only()
        .columns([L::Id, L::AccountId, L::CreatedAt, L::State, L::StateAt, L::StateReason])
        .columns([L::ExpiresAt, L::DomainLimit, L::MachineLimit, L::CustomerId])
        .filter(row_values::in_rows(backend, &[("id", ColumnType::Uuid)], &rows)?)
        .order_by_asc(L::Id);
    if txn.needs_row_locks() {
        find = find.lock(LockType::NoKeyUpdate);
    }
    let found: Vec<LockedLicense> = find.into_model().all(txn.conn()).await?;
    Ok(found.into_iter().map(|license| (license.id, license)).collect())
}

/// Locks customers of the job's account in the order of their ids, against a merger. Returns their names,
/// for audit entries. A customer that was merged into another one is missing.
pub(super) async fn lock_customers(
    txn: &WriteTxn,
    job: &bulk_jobs::Model,
    ids: Vec<CustomerId>,
) -> Result<HashMap<CustomerId, String>> {
    let (account, ids) = (AccountId(job.account_id), ids.into_iter().map(|id| id.0).collect());
    let found = scope::lock_customers(txn, account, ids, LockType::KeyShare).await?;
    let name = |row: customers::Model| (CustomerId(row.id), row.name.or(row.email).unwrap_or_default());
    Ok(found.into_iter().map(name).collect())
}

/// The collected rows of a batch. A change alters one part of a license, so that each row updates only
/// the indexes of that part.
#[derive(Default)]
pub(super) struct Changes {
    states: Vec<RowValues>,
    expiries: Vec<RowValues>,
    limits: Vec<RowValues>,
    customers: Vec<RowValues>,
}

impl Changes {
    /// Adds the change of a license and records its event.
    pub fn add(
        &mut self,
        txn: &mut WriteTxn,
        actor: &Actor,
        id: Uuid,
        (before, after): (&Terms, &Terms),
        names: &HashMap<CustomerId, String>,
    ) {
        let now = txn.now().millis();
        let license = LicenseId(id);
        if before.state != after.state {
            let (at, reason) = match &after.state {
                State::Active => (None, None),
                State::Suspended { at, reason } | State::Revoked { at, reason } => {
                    (Some(at.millis()), reason.as_ref().map(ToString::to_string))
                }
            };
            self.states.push(row![id, after.state.as_str(), at, reason.clone(), now]);
            let event = state_event(license, &after.state, reason);
            txn.record(actor, event.changes(store::Changes::of_state(&before.state, &after.state)));
        }
        if before.expires_at != after.expires_at {
            self.expiries.push(row![id, after.expires_at.map(Timestamp::millis), now]);
            let is_later = before.expires_at < after.expires_at;
            let trigger = if is_later { Trigger::LicenseExtended } else { Trigger::LicenseExpirySet };
            let entry = AuditEvent::expiry_changed(license, before.expires_at, after.expires_at);
            txn.record_as(actor, trigger, entry);
        }
        let limits_changed = AuditEvent::limits_changed(
            license,
            (before.domain_limit, after.domain_limit),
            (before.machine_limit, after.machine_limit),
        );
        if let Some(entry) = limits_changed {
            let (domains, machines) = (after.domain_limit.to_storage(), after.machine_limit.to_storage());
            self.limits.push(row![id, domains.map(i64::from), machines.map(i64::from), now]);
            txn.record(actor, entry);
        }
        if before.customer != after.customer {
            self.customers.push(row![id, after.customer.map(|customer| customer.0), now]);
            let event = customer_event(license, before, after, names);
            match after.customer {
                // An erasure of the customer finds the entry, which holds the name.
                Some(customer) => txn.record_of_customer(actor, customer, event),
                None => txn.record(actor, event),
            }
        }
    }

    /// Defers the writes to the commit.
    pub fn defer(self, txn: &mut WriteTxn) {
        for (columns, rows, set) in [
            (
                STATE_COLUMNS,
                self.states,
                "state = v.state, state_at = v.state_at, state_reason = v.state_reason",
            ),
            (EXPIRY_COLUMNS, self.expiries, "expires_at = v.expires_at, pending_interval = NULL"),
            (LIMIT_COLUMNS, self.limits, "domain_limit = v.domain_limit, machine_limit = v.machine_limit"),
            (CUSTOMER_COLUMNS, self.customers, "customer_id = v.customer_id"),
        ] {
            txn.defer_write(BulkWrite::new(columns, rows, move |from| {
                format!(
                    "UPDATE licenses SET {set}, updated_at = v.changed_at FROM {from} \
                     WHERE licenses.id = v.license_id"
                )
            }));
        }
    }
}

fn state_event(license: LicenseId, state: &State, reason: Option<String>) -> AuditEvent {
    let event = match state {
        State::Active => Event::LicenseReinstated,
        State::Suspended { .. } => Event::LicenseSuspended,
        State::Revoked { .. } => Event::LicenseRevoked,
    };
    let entry = AuditEvent::license(event, license);
    match reason {
        Some(reason) => entry.detail(reason.clone()).with_payload("reason", reason),
        None => entry,
    }
}

fn customer_event(
    license: LicenseId,
    before: &Terms,
    after: &Terms,
    names: &HashMap<CustomerId, String>,
) -> AuditEvent {
    let name = after.customer.and_then(|customer| names.get(&customer).cloned());
    AuditEvent::license(Event::LicenseTransferred, license)
        .detail(name.unwrap_or_else(|| "no customer".to_owned()))
        .with_payload("customer_id", after.customer.map(|id| id.to_string()))
        .with_payload("former_customer_id", before.customer.map(|id| id.to_string()))
        .changes(store::Changes::of_holder(before.customer.map(|id| id.0), after.customer.map(|id| id.0)))
}
