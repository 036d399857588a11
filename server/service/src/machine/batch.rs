//! Group commit of machine activations: the rows a batch reads and the writes it stages.
//! Requests that need more than a slot or a lease refresh run in their own transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::activation::{Decision, Kind as ActivationKind, Refusal};
use domain::machine::MachineRules;
use domain::trace_context::TraceContext;
use domain::{AccountId, Timestamp};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::binding::{self, MachineActivation};
use super::lookup::product_matches;
use super::request::ActivationMode;
use super::synced::synced;
use super::unchanged::is_unchanged;
use super::{ActivationOutcome, ActivationRequest, machine_info, row};
use crate::activation::counter::{self, Counter, IntervalStart};
use crate::secrets::KeyDigests;
use crate::store::cached_sql::CachedSql;
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests, load_licenses};
use crate::store::row_cache::RowCaches;
use crate::store::row_values::{self, ColumnType, RowValues, row};
use crate::store::{AuditEvent, Store, WriteTxn, convert};
use crate::{Actor, Error, Principal, Result, signing};

/// A request to activate the license with this key digest on a machine.
pub(crate) struct ActivateMachine {
    pub digests: KeyDigests,
    pub request: Arc<ActivationRequest>,
    pub ip: Option<String>,
    pub trace: Option<Arc<TraceContext>>,
}

/// The result of an [`ActivateMachine`] request.
pub(crate) enum MachineWriteResult {
    /// The activation was created or updated.
    Written(Box<MachineActivation>),
    /// The activation exists and is up to date; nothing was written.
    Unchanged(Box<MachineActivation>),
    Refused(ActivationOutcome),
    /// Expired leases must be released or meters updated, which needs a separate transaction.
    NeedsOwnTransaction,
}

impl WriteRequest for ActivateMachine {
    type Response = MachineWriteResult;
    type Batch = MachineActivationBatch;
    type BatchState = RowCaches;

    fn license_digests(&self) -> &KeyDigests {
        &self.digests
    }

    fn ready_to_run(store: &Store) -> impl Future<Output = ()> + Send {
        // Every response needs a signature next. The signatures still queued are made while SQLite
        // syncs its WAL, or during the whole PostgreSQL transaction.
        signing::wait_for_capacity(if store.is_sqlite() { 3 } else { 10 })
    }
}

static LOCK_LICENSES_SQL: CachedSql = CachedSql::new();
static FIND_ACTIVATIONS_SQL: CachedSql = CachedSql::new();

/// How a row is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowWrite {
    Insert,
    /// The machine reports another host name than before.
    Rename,
    Update,
}

/// The rows that a batch reads and the writes it stages.
pub(crate) struct MachineActivationBatch {
    /// By primary digest of the key.
    licenses: HashMap<Vec<u8>, Arc<licenses::Model>>,
    products: HashMap<Uuid, Arc<products::Model>>,
    customers: HashMap<Uuid, Arc<customers::Model>>,
    /// Existing activations of the batch's machines, by license.
    current: HashMap<Uuid, Vec<Arc<activations::Model>>>,
    /// Licenses with fewer free slots than requests in this batch, but with an expired lease.
    with_expired_leases: HashSet<Uuid>,
    /// Rows to write by activation id.
    writes: BTreeMap<Uuid, (Arc<activations::Model>, RowWrite)>,
    /// Slots taken in this batch, by license; the license row does not include them yet.
    increments: BTreeMap<Uuid, i32>,
    /// The licenses whose interval this batch starts.
    starts: BTreeMap<Uuid, IntervalStart>,
    /// Licenses marked as unused that this batch uses.
    marked: BTreeSet<Uuid>,
    /// New activations with their events.
    events: Vec<(Actor, Uuid, AuditEvent)>,
    /// The traces of the requests, by activation id.
    traces: HashMap<Uuid, Arc<TraceContext>>,
}

impl MachineActivationBatch {
    fn customer_of(&self, license: &licenses::Model) -> Option<Arc<customers::Model>> {
        license.customer_id.and_then(|id| self.customers.get(&id).cloned())
    }

    /// Applies a decided request to the batch's rows. Without an `existing` row it takes a slot.
    fn apply(
        &mut self,
        write_request: &ActivateMachine,
        product: Arc<products::Model>,
        existing: Option<activations::Model>,
        now: Timestamp,
    ) -> MachineWriteResult {
        let ActivateMachine { digests, request, ip, trace } = write_request;
        let Some(license) = self.licenses.get_mut(digests.primary.as_slice()) else {
            return MachineWriteResult::Refused(ActivationOutcome::InvalidKey);
        };
        let rules = convert::rules_in_force(&product, license);
        let ip = ip.clone().filter(|_| !rules.rules.discards_addresses);
        let actor = Actor { account: AccountId(license.account_id), principal: Principal::App { ip } };
        let is_new = existing.is_none();
        let mut row = existing
            .unwrap_or_else(|| binding::new_activation_row(license, &rules.machines, request, &actor, now));
        let former_hostname = row.hostname.clone();
        machine_info::apply_report(&mut row, &rules, request, ActivationMode::Online, now);
        let is_renamed = row.hostname != former_hostname;
        self.traces.extend(trace.clone().map(|trace| (row.id, trace)));
        if is_new {
            if license.first_activated_at.is_none() || license.pending_interval.is_some() {
                let license = Arc::make_mut(license);
                license.first_activated_at.get_or_insert(now.millis());
                let (pending, expires_at) = (&mut license.pending_interval, &mut license.expires_at);
                if let Some(start) = counter::start_interval(pending, expires_at, now) {
                    self.starts.insert(license.id, start);
                }
            }
            *self.increments.entry(license.id).or_default() += 1;
            self.events.push((actor, row.id, binding::created_event(license, &row, request)));
        }
        if license.marked_unused_at.is_some() {
            self.marked.insert(license.id);
        }
        let (license, row) = (Arc::clone(license), Arc::new(row));
        let current = self.current.entry(license.id).or_default();
        current.retain(|other| other.id != row.id);
        current.push(Arc::clone(&row));
        let how = if is_new { RowWrite::Insert } else { RowWrite::Update };
        let write = self.writes.entry(row.id).or_insert_with(|| (Arc::clone(&row), how));
        write.0 = Arc::clone(&row);
        if is_renamed && write.1 == RowWrite::Update {
            write.1 = RowWrite::Rename;
        }
        let customer = self.customer_of(&license);
        MachineWriteResult::Written(Box::new(MachineActivation {
            license,
            product,
            customer,
            activation: row,
        }))
    }
}

impl WriteBatch<ActivateMachine> for MachineActivationBatch {
    async fn load_and_lock(
        txn: &WriteTxn,
        requests: &[&ActivateMachine],
        row_caches: &mut RowCaches,
    ) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let statement = LOCK_LICENSES_SQL.statement(
            backend,
            [row_values::rows_to_json(&distinct_license_digests(requests))?.into()],
            || {
                let select = licenses::Entity::find().filter(row_values::in_rows(
                    backend,
                    &[("key_digest", ColumnType::Bytes)],
                    &[],
                )?);
                Ok(if txn.needs_row_locks() {
                    select.order_by_asc(licenses::Column::Id).lock(LockType::NoKeyUpdate)
                } else {
                    select
                })
            },
        )?;
        let licenses =
            load_licenses(txn, requests, statement, |license: &licenses::Model| &license.key_digest).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|(digest, license)| (digest, Arc::new(license))).collect();
        let products =
            row_caches.products.get_or_load(txn, licenses.values().map(|license| license.product_id)).await?;
        let customers = row_caches
            .customers
            .get_or_load(txn, licenses.values().filter_map(|license| license.customer_id))
            .await?;
        let mut pairs = Vec::new();
        for ActivateMachine { digests, request, .. } in requests {
            let Some(license) = licenses.get(digests.primary.as_slice()) else { continue };
            for subject in MachineRules::default().subjects(&request.fingerprint, &request.machine.user_hash)
            {
                pairs.push(row![license.id, subject]);
            }
        }
        let statement =
            FIND_ACTIVATIONS_SQL.statement(backend, [row_values::rows_to_json(&pairs)?.into()], || {
                Ok(activations::Entity::find().filter(row_values::activations_in(
                    backend,
                    ActivationKind::Machine,
                    &[],
                )?))
            })?;
        let rows = activations::Model::find_by_statement(statement).all(txn.conn()).await?;
        let mut current: HashMap<Uuid, Vec<Arc<activations::Model>>> = HashMap::new();
        for row in rows {
            current.entry(row.license_id).or_default().push(Arc::new(row));
        }
        let mut requested: HashMap<&[u8], i32> = HashMap::new();
        for write_request in requests {
            *requested.entry(&write_request.digests.primary).or_default() += 1;
        }
        let with_expired_leases = licenses_with_expired_leases(txn, &licenses, &requested).await?;
        Ok(Self {
            licenses,
            products,
            customers,
            current,
            with_expired_leases,
            writes: BTreeMap::new(),
            increments: BTreeMap::new(),
            starts: BTreeMap::new(),
            marked: BTreeSet::new(),
            events: Vec::new(),
            traces: HashMap::new(),
        })
    }

    fn decide(&mut self, write_request: &ActivateMachine, txn: &WriteTxn) -> Result<MachineWriteResult> {
        let ActivateMachine { digests, request, .. } = write_request;
        let Some(license) = self.licenses.get(digests.primary.as_slice()) else {
            return Ok(MachineWriteResult::Refused(ActivationOutcome::InvalidKey));
        };
        let product = self.products.get(&license.product_id);
        let product =
            product.ok_or_else(|| Error::Internal(format!("license {} has no product", license.id)))?;
        if !product_matches(product, &request.raw_product_id) {
            return Ok(MachineWriteResult::Refused(ActivationOutcome::InvalidProduct));
        }
        if !request.meters.is_empty() {
            return Ok(MachineWriteResult::NeedsOwnTransaction);
        }
        let rules = convert::rules_in_force(product, license);
        let current = self.current.entry(license.id).or_default();
        let existing =
            binding::select_current(current.iter().map(|row| &**row), &rules.machines, request).cloned();
        let pending = self.increments.get(&license.id).copied().unwrap_or(0);
        match binding::decide_binding(license, pending, existing.is_some(), txn.now())? {
            Decision::Refuse(Refusal::Revoked) => {
                return Ok(MachineWriteResult::Refused(ActivationOutcome::Revoked));
            }
            // Expired leases are released in a separate transaction.
            Decision::Refuse(_) if self.with_expired_leases.contains(&license.id) => {
                return Ok(MachineWriteResult::NeedsOwnTransaction);
            }
            Decision::Refuse(_) => return Ok(MachineWriteResult::Refused(ActivationOutcome::LimitReached)),
            Decision::AlreadyActive | Decision::Take => {}
        }
        if let Err(mismatch) = rules.admit(&request.machine, request.address) {
            return Ok(MachineWriteResult::Refused(ActivationOutcome::NotAdmitted(mismatch)));
        }
        if let Some(row) = &existing {
            let activation = MachineActivation {
                license: Arc::clone(license),
                product: Arc::clone(product),
                customer: self.customer_of(license),
                activation: Arc::new(row.clone()),
            };
            if is_unchanged(&activation, request, txn.now())? {
                return Ok(MachineWriteResult::Unchanged(Box::new(activation)));
            }
        }
        let product = Arc::clone(product);
        Ok(self.apply(write_request, product, existing, txn.now()))
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn stage(self, txn: &mut WriteTxn) {
        let rows = |how: RowWrite| {
            self.writes.values().filter(move |(_, write)| *write == how).map(|(row, _)| &**row)
        };
        for (row, _) in self.writes.values() {
            txn.invalidate(row.license_id);
        }
        txn.defer_write(row::insert(rows(RowWrite::Insert)));
        txn.defer_write(row::rename(rows(RowWrite::Rename)));
        txn.defer_write(row::update(rows(RowWrite::Update)));
        for write in counter::increments(Counter::Machines, &self.increments, &self.starts, txn.now()) {
            txn.defer_write(write);
        }
        txn.defer_write(counter::unmark_used(&self.marked, &self.increments));
        for (row, _) in self.writes.values().filter(|(_, write)| *write != RowWrite::Insert) {
            txn.set_trace(self.traces.get(&row.id).cloned());
            txn.notify(synced(row));
        }
        for (actor, activation, entry) in self.events {
            txn.set_trace(self.traces.get(&activation).cloned());
            txn.record_about(&actor, activation, entry);
        }
    }
}

async fn licenses_with_expired_leases(
    txn: &WriteTxn,
    licenses: &HashMap<Vec<u8>, Arc<licenses::Model>>,
    requested: &HashMap<&[u8], i32>,
) -> Result<HashSet<Uuid>> {
    let full_licenses = licenses.iter().filter(|(digest, license)| {
        let requested = requested.get(digest.as_slice()).copied().unwrap_or(0);
        license.machine_limit.is_some_and(|limit| license.machines_used.saturating_add(requested) > limit)
    });
    let full_licenses = deduplicate(full_licenses.map(|(_, license)| license.id));
    if full_licenses.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = txn.conn().get_database_backend();
    let license_ids: Vec<Uuid> = activations::Entity::find()
        .select_only()
        .column(activations::Column::LicenseId)
        .filter(row_values::in_rows(backend, &[("license_id", ColumnType::Uuid)], &full_licenses)?)
        .filter(activations::Column::LeaseExpiresAt.lte(txn.now().millis()))
        .distinct()
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(license_ids.into_iter().collect())
}

fn deduplicate(ids: impl Iterator<Item = Uuid>) -> Vec<RowValues> {
    let ids: BTreeSet<Uuid> = ids.collect();
    ids.into_iter().map(|id| row![id]).collect()
}
