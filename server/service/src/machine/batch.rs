//! Batches of machine activations. A request that must expire leases or count meters runs in its
//! own transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::AccountId;
use domain::activation::{Decision, Kind as ActivationKind, Refusal};
use domain::machine::MachineRules;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::binding::{self, ActivationMode, MachineActivation};
use super::lookup::product_matches;
use super::unchanged::is_unchanged;
use super::{ActivationOutcome, ActivationRequest, machine_info, row};
use crate::activation::counter::{self, Counter};
use crate::store::cached_sql::CachedSql;
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::group_commit::{WriteBatch, WriteRequest, distinct_license_digests};
use crate::store::row_cache::RowCaches;
use crate::store::row_values::{self, ColumnType, RowValues, row};
use crate::store::{AuditEvent, Store, WriteTxn, convert};
use crate::{Actor, Error, Principal, Result, signing};

/// A request to activate a machine on the license with this key digest.
pub(crate) struct ActivateMachine {
    pub digest: [u8; 32],
    pub request: Arc<ActivationRequest>,
    pub ip: Option<String>,
}

/// The outcome of a batched machine activation.
pub(crate) enum MachineWriteResult {
    /// The activation was written.
    Written(Box<MachineActivation>),
    /// The activation existed and nothing changed.
    Unchanged(Box<MachineActivation>),
    Refused(ActivationOutcome),
    /// The request must expire leases or count meters: it needs its own transaction.
    NeedsOwnTransaction,
}

impl WriteRequest for ActivateMachine {
    type Response = MachineWriteResult;
    type Batch = MachineActivationBatch;
    type BatchState = RowCaches;

    fn license_digest(&self) -> &[u8; 32] {
        &self.digest
    }

    fn ready_to_run(store: &Store) -> impl Future<Output = ()> + Send {
        // Every request needs a signature next. The remaining signatures are made while SQLite
        // syncs its WAL, or during the PostgreSQL round trips.
        signing::wait_for_capacity(if store.is_sqlite() { 3 } else { 10 })
    }
}

static LOCK_LICENSES_SQL: CachedSql = CachedSql::new();
static FIND_ACTIVATIONS_SQL: CachedSql = CachedSql::new();

/// The state of one batch of machine activations.
pub(crate) struct MachineActivationBatch {
    /// Licenses by key digest.
    licenses: HashMap<Vec<u8>, Arc<licenses::Model>>,
    products: HashMap<Uuid, Arc<products::Model>>,
    customers: HashMap<Uuid, Arc<customers::Model>>,
    /// Existing activations of the batch's machines, by license id.
    current: HashMap<Uuid, Vec<Arc<activations::Model>>>,
    /// Licenses without a slot for each request but with an expired lease.
    with_expired_leases: HashSet<Uuid>,
    /// Rows to write, and whether each is new.
    writes: BTreeMap<Uuid, (Arc<activations::Model>, bool)>,
    /// Slots taken in this batch by license id, which the license rows do not include yet.
    increments: BTreeMap<Uuid, i32>,
    events: Vec<(Actor, AuditEvent)>,
}

impl WriteBatch<ActivateMachine> for MachineActivationBatch {
    async fn load_and_lock(txn: &WriteTxn, group: &[&ActivateMachine], kept: &mut RowCaches) -> Result<Self> {
        let backend = txn.conn().get_database_backend();
        let find = LOCK_LICENSES_SQL.statement(
            backend,
            [row_values::rows_to_json(&distinct_license_digests(group))?.into()],
            || {
                let find = licenses::Entity::find().filter(row_values::in_rows(
                    backend,
                    &[("key_digest", ColumnType::Bytes)],
                    &[],
                )?);
                Ok(if txn.needs_row_locks() {
                    find.order_by_asc(licenses::Column::Id).lock(LockType::NoKeyUpdate)
                } else {
                    find
                })
            },
        )?;
        let licenses = licenses::Model::find_by_statement(find).all(txn.conn()).await?;
        let licenses: HashMap<_, _> =
            licenses.into_iter().map(|license| (license.key_digest.clone(), Arc::new(license))).collect();
        let products =
            kept.products.get_or_load(txn, licenses.values().map(|license| license.product_id)).await?;
        let customers = kept
            .customers
            .get_or_load(txn, licenses.values().filter_map(|license| license.customer_id))
            .await?;
        let mut pairs = Vec::new();
        for ActivateMachine { digest, request, .. } in group {
            let Some(license) = licenses.get(digest.as_slice()) else { continue };
            for subject in MachineRules::default().subjects(&request.fingerprint, &request.machine.user_hash)
            {
                pairs.push(row![license.id, subject]);
            }
        }
        let find =
            FIND_ACTIVATIONS_SQL.statement(backend, [row_values::rows_to_json(&pairs)?.into()], || {
                Ok(activations::Entity::find().filter(row_values::activations_in(
                    backend,
                    ActivationKind::Machine,
                    &[],
                )?))
            })?;
        let rows = activations::Model::find_by_statement(find).all(txn.conn()).await?;
        let mut held: HashMap<Uuid, Vec<Arc<activations::Model>>> = HashMap::new();
        for row in rows {
            held.entry(row.license_id).or_default().push(Arc::new(row));
        }
        let mut wanted: HashMap<&[u8], i32> = HashMap::new();
        for want in group {
            *wanted.entry(&want.digest).or_default() += 1;
        }
        let ended = licenses_with_expired_leases(txn, &licenses, &wanted).await?;
        Ok(Self {
            licenses,
            products,
            customers,
            current: held,
            with_expired_leases: ended,
            writes: BTreeMap::new(),
            increments: BTreeMap::new(),
            events: Vec::new(),
        })
    }

    fn decide(&mut self, want: &ActivateMachine, txn: &WriteTxn) -> Result<MachineWriteResult> {
        let ActivateMachine { digest, request, ip } = want;
        let Some(license) = self.licenses.get_mut(digest.as_slice()) else {
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
        let rules = convert::machine_rules(product);
        let seats = self.current.entry(license.id).or_default();
        let known = binding::select_current(seats.iter().map(|seat| &**seat), &rules, request).cloned();
        let taken = self.increments.get(&license.id).copied().unwrap_or(0);
        match binding::decide_binding(license, taken, known.is_some(), txn.now())? {
            Decision::Refuse(Refusal::Revoked) => {
                return Ok(MachineWriteResult::Refused(ActivationOutcome::Revoked));
            }
            // An expired lease is released in its own transaction.
            Decision::Refuse(_) if self.with_expired_leases.contains(&license.id) => {
                return Ok(MachineWriteResult::NeedsOwnTransaction);
            }
            Decision::Refuse(_) => return Ok(MachineWriteResult::Refused(ActivationOutcome::LimitReached)),
            Decision::AlreadyActive | Decision::Take => {}
        }
        if let Err(mismatch) = rules.admit(&request.machine) {
            return Ok(MachineWriteResult::Refused(ActivationOutcome::NotAdmitted(mismatch)));
        }
        let customer = license.customer_id.and_then(|id| self.customers.get(&id).cloned());
        if let Some(row) = &known {
            let bound = MachineActivation {
                license: Arc::clone(license),
                product: Arc::clone(product),
                customer: customer.clone(),
                activation: Arc::new(row.clone()),
            };
            if is_unchanged(&bound, request, txn.now())? {
                return Ok(MachineWriteResult::Unchanged(Box::new(bound)));
            }
        }
        let actor =
            Actor { account: AccountId(license.account_id), principal: Principal::App { ip: ip.clone() } };
        let is_new = known.is_none();
        let mut row =
            known.unwrap_or_else(|| binding::new_activation_row(license, &rules, request, &actor, txn.now()));
        machine_info::apply_report(&mut row, &rules, request, ActivationMode::Online, txn.now());
        if is_new {
            if license.first_activated_at.is_none() {
                Arc::make_mut(license).first_activated_at = Some(txn.now().millis());
            }
            *self.increments.entry(license.id).or_default() += 1;
            self.events.push((actor, binding::created_event(license, &row, request)));
        }
        let row = Arc::new(row);
        seats.retain(|seat| seat.id != row.id);
        seats.push(Arc::clone(&row));
        let kept = self.writes.entry(row.id).or_insert_with(|| (Arc::clone(&row), is_new));
        kept.0 = Arc::clone(&row);
        Ok(MachineWriteResult::Written(Box::new(MachineActivation {
            license: Arc::clone(license),
            product: Arc::clone(product),
            customer,
            activation: row,
        })))
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn stage(self, txn: &mut WriteTxn) {
        let (new, known): (Vec<_>, Vec<_>) = self.writes.values().partition(|(_, is_new)| *is_new);
        for (row, _) in self.writes.values() {
            txn.invalidate(row.license_id);
        }
        txn.defer_write(row::insert(new.into_iter().map(|(row, _)| &**row)));
        txn.defer_write(row::update(known.into_iter().map(|(row, _)| &**row)));
        txn.defer_write(counter::increments(Counter::Machines, &self.increments, txn.now()));
        for (actor, entry) in self.events {
            txn.record(&actor, entry);
        }
    }
}

async fn licenses_with_expired_leases(
    txn: &WriteTxn,
    licenses: &HashMap<Vec<u8>, Arc<licenses::Model>>,
    wanted: &HashMap<&[u8], i32>,
) -> Result<HashSet<Uuid>> {
    let full = licenses.values().filter(|license| {
        let wanted = wanted.get(license.key_digest.as_slice()).copied().unwrap_or(0);
        license.machine_limit.is_some_and(|limit| license.machines_used.saturating_add(wanted) > limit)
    });
    let full = deduplicate(full.map(|license| license.id));
    if full.is_empty() {
        return Ok(HashSet::new());
    }
    let backend = txn.conn().get_database_backend();
    let ended: Vec<Uuid> = activations::Entity::find()
        .select_only()
        .column(activations::Column::LicenseId)
        .filter(row_values::in_rows(backend, &[("license_id", ColumnType::Uuid)], &full)?)
        .filter(activations::Column::LeaseExpiresAt.lte(txn.now().millis()))
        .distinct()
        .into_tuple()
        .all(txn.conn())
        .await?;
    Ok(ended.into_iter().collect())
}

fn deduplicate(ids: impl Iterator<Item = Uuid>) -> Vec<RowValues> {
    let ids: BTreeSet<Uuid> = ids.collect();
    ids.into_iter().map(|id| row![id]).collect()
}
