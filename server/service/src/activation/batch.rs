//! Group commit of domain activations: the rows a batch reads and the writes it stages.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::activation::{Decision, Facts, Kind as ActivationKind, Policy, decide};
use domain::development::DevelopmentHosts;
use domain::event::Event;
use domain::license::{Limit, State};
use domain::trace_context::TraceContext;
use domain::{AccountId, DomainName, LicenseId, SlotScope};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect, RelationDef,
};
use uuid::Uuid;

use super::counter::{self, Counter, IntervalStart};
use super::outcome::ActivateOutcome;
use crate::secrets::KeyDigests;
use crate::store::bulk_write::BulkWrite;
use crate::store::cached_sql::CachedSql;
use crate::store::entity::{activations, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests, load_licenses};
use crate::store::row_values::{self, ColumnType, Columns, RowValues, row};
use crate::store::{AuditEvent, WriteTxn, convert};
use crate::{Actor, Principal, Result, new_id};

/// A request to activate the license with this key digest on a domain.
pub(crate) struct ActivateDomain {
    pub digests: KeyDigests,
    pub domain: DomainName,
    /// The app, or the member who activates the domain.
    pub principal: Principal,
    pub trace: Option<Arc<TraceContext>>,
}

impl WriteRequest for ActivateDomain {
    /// The outcome, and whether this request created the activation.
    type Response = (ActivateOutcome, bool);
    type Batch = DomainActivationBatch;
    type BatchState = ();

    fn license_digests(&self) -> &KeyDigests {
        &self.digests
    }
}

/// A new activation, not yet written.
struct PendingActivation {
    id: Uuid,
    row: RowValues,
    /// The name of its slot, if that is not the domain.
    slot: Option<String>,
    actor: Actor,
    event: AuditEvent,
    trace: Option<Arc<TraceContext>>,
}

/// The license columns that an activation depends on; the other columns are not read.
#[derive(FromQueryResult)]
struct LicenseColumns {
    id: Uuid,
    account_id: Uuid,
    key_digest: Vec<u8>,
    state: String,
    state_at: Option<i64>,
    expires_at: Option<i64>,
    domain_limit: Option<i32>,
    domains_used: i32,
    marked_unused_at: Option<i64>,
    first_activated_at: Option<i64>,
    pending_interval: Option<String>,
    /// From the product, like `development_hosts`.
    free_development_hosts: bool,
    development_hosts: String,
    slot_scope: String,
    apps_stopped: bool,
}

impl LicenseColumns {
    fn slot_scope(&self) -> SlotScope {
        convert::to_slot_scope(&self.slot_scope)
    }
}

/// An existing activation of a license on a domain.
#[derive(FromQueryResult)]
struct ActiveDomain {
    license_id: Uuid,
    subject: String,
    takes_slot: bool,
    slot: Option<String>,
}

static LOCK_LICENSES_SQL: CachedSql = CachedSql::new();
static FIND_ACTIVATIONS_SQL: CachedSql = CachedSql::new();

const LICENSE_COLUMNS: [licenses::Column; 11] = [
    licenses::Column::Id,
    licenses::Column::AccountId,
    licenses::Column::KeyDigest,
    licenses::Column::State,
    licenses::Column::StateAt,
    licenses::Column::ExpiresAt,
    licenses::Column::DomainLimit,
    licenses::Column::DomainsUsed,
    licenses::Column::MarkedUnusedAt,
    licenses::Column::FirstActivatedAt,
    licenses::Column::PendingInterval,
];

const PRODUCT_COLUMNS: [products::Column; 4] = [
    products::Column::FreeDevelopmentHosts,
    products::Column::DevelopmentHosts,
    products::Column::SlotScope,
    products::Column::AppsStopped,
];

const DOMAIN_COLUMNS: [activations::Column; 4] = [
    activations::Column::LicenseId,
    activations::Column::Subject,
    activations::Column::TakesSlot,
    activations::Column::Slot,
];

/// The columns that a slot with several domains is found by.
const SLOT_COLUMNS: Columns = &[("license_id", ColumnType::Uuid), ("slot", ColumnType::Text)];

fn product_relation() -> RelationDef {
    licenses::Entity::belongs_to(products::Entity)
        .from(licenses::Column::ProductId)
        .to(products::Column::Id)
        .into()
}

/// The rows that a batch reads and the writes it stages.
pub(crate) struct DomainActivationBatch {
    /// By primary digest of the key.
    licenses: HashMap<Vec<u8>, LicenseColumns>,
    /// Active (license, domain) pairs, including those of this batch.
    active: HashSet<(Uuid, String)>,
    /// Taken (license, slot) pairs of the requests whose slot may cover several domains, including
    /// those of this batch.
    shared_slots: HashSet<(Uuid, String)>,
    pending: Vec<PendingActivation>,
    /// Slots taken in this batch, by license.
    increments: BTreeMap<Uuid, i32>,
    /// The licenses whose interval this batch starts.
    starts: BTreeMap<Uuid, IntervalStart>,
    /// Licenses marked as unused that a development host uses.
    marked: BTreeSet<Uuid>,
}

impl WriteBatch<ActivateDomain> for DomainActivationBatch {
    async fn load_and_lock(txn: &WriteTxn, requests: &[&ActivateDomain], (): &mut ()) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let statement = LOCK_LICENSES_SQL.statement(
            backend,
            [row_values::rows_to_json(&distinct_license_digests(requests))?.into()],
            || {
                let mut select = licenses::Entity::find()
                    .select_only()
                    .columns(LICENSE_COLUMNS)
                    .columns(PRODUCT_COLUMNS)
                    .join(JoinType::InnerJoin, product_relation())
                    .filter(row_values::in_rows(backend, &[("key_digest", ColumnType::Bytes)], &[])?);
                if txn.needs_row_locks() {
                    select = select.order_by_asc(licenses::Column::Id);
                    QuerySelect::query(&mut select)
                        .lock_with_tables(LockType::NoKeyUpdate, [licenses::Entity]);
                }
                Ok(select)
            },
        )?;
        let licenses =
            load_licenses(txn, requests, statement, |license: &LicenseColumns| &license.key_digest).await?;
        let pairs: Vec<_> = requests
            .iter()
            .filter_map(|write_request| {
                Some((licenses.get(write_request.digests.primary.as_slice())?, write_request))
            })
            .flat_map(|(license, write_request)| {
                let domain = write_request.domain.as_str();
                let slot = license.slot_scope().slot_of(domain);
                let named_as_slot = (slot != domain).then(|| row![license.id, slot]);
                [row![license.id, domain]].into_iter().chain(named_as_slot)
            })
            .collect();
        let statement =
            FIND_ACTIVATIONS_SQL.statement(backend, [row_values::rows_to_json(&pairs)?.into()], || {
                Ok(activations::Entity::find()
                    .select_only()
                    .columns(DOMAIN_COLUMNS)
                    .filter(row_values::activations_in(backend, ActivationKind::Domain, &[])?))
            })?;
        let found = ActiveDomain::find_by_statement(statement).all(txn.conn()).await?;
        let mut shared_slots = load_shared_slots(txn, &licenses, requests).await?;
        let named_as_slot = found.iter().filter(|domain| domain.takes_slot && domain.slot.is_none());
        shared_slots.extend(named_as_slot.map(|domain| (domain.license_id, domain.subject.clone())));
        let active = found.into_iter().map(|domain| (domain.license_id, domain.subject)).collect();
        Ok(Self {
            licenses,
            active,
            shared_slots,
            pending: Vec::new(),
            increments: BTreeMap::new(),
            starts: BTreeMap::new(),
            marked: BTreeSet::new(),
        })
    }

    fn decide(&mut self, write_request: &ActivateDomain, txn: &WriteTxn) -> Result<(ActivateOutcome, bool)> {
        let Some(license) = self.licenses.get(write_request.digests.primary.as_slice()) else {
            return Ok((ActivateOutcome::InvalidKey, false));
        };
        let subject = (license.id, write_request.domain.as_str().to_owned());
        let development_hosts =
            DevelopmentHosts::from_storage(license.free_development_hosts, &license.development_hosts);
        let takes_slot = !development_hosts.covers(&write_request.domain);
        let scope = license.slot_scope();
        let shared_slot =
            (scope != SlotScope::Host).then(|| (license.id, scope.slot_of(&subject.1).to_owned()));
        let is_covered = shared_slot.as_ref().is_some_and(|slot| self.shared_slots.contains(slot));
        let used = license.domains_used + self.increments.get(&license.id).copied().unwrap_or(0);
        // The reason of a suspension is not reported to apps.
        let state = State::from_storage(&license.state, convert::to_timestamp(license.state_at), None)?;
        let state = convert::state_for_apps(state, license.apps_stopped);
        let facts = Facts {
            state: &state,
            expires_at: convert::to_timestamp(license.expires_at),
            limit: Limit::from_storage(license.domain_limit),
            used: convert::to_count(used),
            already_active: is_covered || self.active.contains(&subject),
            takes_slot,
            policy: Policy::Strict,
        };
        match decide(&facts, txn.now()) {
            Decision::AlreadyActive => return Ok((ActivateOutcome::Active, false)),
            Decision::Refuse(refusal) => return Ok((ActivateOutcome::Refused(refusal), false)),
            Decision::Take => {}
        }
        let activation = pending_activation(license, write_request, takes_slot, txn.now().millis());
        if takes_slot {
            *self.increments.entry(license.id).or_default() += 1;
            self.shared_slots.extend(shared_slot);
        } else if license.first_activated_at.is_none() {
            self.increments.entry(license.id).or_default();
        } else if license.marked_unused_at.is_some() {
            self.marked.insert(license.id);
        }
        self.active.insert(subject);
        self.pending.push(activation);
        if let Some(license) = self.licenses.get_mut(write_request.digests.primary.as_slice()) {
            license.first_activated_at.get_or_insert(txn.now().millis());
            let (pending, expires_at) = (&mut license.pending_interval, &mut license.expires_at);
            if let Some(start) = counter::start_interval(pending, expires_at, txn.now()) {
                self.starts.insert(license.id, start);
            }
        }
        Ok((ActivateOutcome::Active, true))
    }

    fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    fn stage(self, txn: &mut WriteTxn) {
        let mut rows = Vec::with_capacity(self.pending.len());
        let mut rows_with_slot = Vec::new();
        for PendingActivation { id, mut row, slot, actor, event: entry, trace } in self.pending {
            if let Some(slot) = slot {
                row.push(slot.into());
                rows_with_slot.push(row);
            } else {
                rows.push(row);
            }
            txn.set_trace(trace);
            txn.record_about(&actor, id, entry);
        }
        for (columns, rows) in
            [(activations::DOMAIN_INSERT_COLUMNS, rows), (activations::SLOT_INSERT_COLUMNS, rows_with_slot)]
        {
            txn.defer_write(BulkWrite::insert("activations", columns, rows));
        }
        for write in counter::increments(Counter::Domains, &self.increments, &self.starts, txn.now()) {
            txn.defer_write(write);
        }
        txn.defer_write(counter::unmark_used(&self.marked, &self.increments));
    }
}

/// Loads the taken slots of the requests whose slot may cover several domains. Most products have
/// none, so that nothing is read.
async fn load_shared_slots(
    txn: &WriteTxn,
    licenses: &HashMap<Vec<u8>, LicenseColumns>,
    requests: &[&ActivateDomain],
) -> Result<HashSet<(Uuid, String)>> {
    let slots: Vec<_> = requests
        .iter()
        .filter_map(|write_request| {
            Some((licenses.get(write_request.digests.primary.as_slice())?, write_request))
        })
        .filter(|(license, _)| license.slot_scope() != SlotScope::Host)
        .map(|(license, write_request)| {
            row![license.id, license.slot_scope().slot_of(write_request.domain.as_str())]
        })
        .collect();
    if slots.is_empty() {
        return Ok(HashSet::new());
    }
    let taken: Vec<(Uuid, String)> = activations::Entity::find()
        .select_only()
        .columns([activations::Column::LicenseId, activations::Column::Slot])
        .filter(activations::Column::Slot.is_not_null())
        .filter(activations::Column::TakesSlot.eq(true))
        .filter(row_values::in_rows(txn.conn().get_database_backend(), SLOT_COLUMNS, &slots)?)
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(taken.into_iter().collect())
}

fn pending_activation(
    license: &LicenseColumns,
    write_request: &ActivateDomain,
    takes_slot: bool,
    now: i64,
) -> PendingActivation {
    let id = new_id();
    let row = row![
        id,
        license.account_id,
        license.id,
        ActivationKind::Domain.as_str(),
        write_request.domain.as_str(),
        takes_slot,
        write_request.principal.actor_id_and_ip().1,
        now,
    ];
    let entry = AuditEvent::license(Event::ActivationCreated, LicenseId(license.id))
        .detail(write_request.domain.as_str())
        .with_payload("domain", write_request.domain.as_str());
    let actor = Actor { account: AccountId(license.account_id), principal: write_request.principal.clone() };
    let domain = write_request.domain.as_str();
    let slot = license.slot_scope().slot_of(domain);
    let slot = (takes_slot && slot != domain).then(|| slot.to_owned());
    PendingActivation { id, row, slot, actor, event: entry, trace: write_request.trace.clone() }
}
