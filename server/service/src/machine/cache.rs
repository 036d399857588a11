//! Machines that hold a seat, in memory: programs activate at every start, and
//! most of those have nothing new to say.

use std::sync::Arc;

use domain::Timestamp;
use domain::activation::Decision;
use domain::machine::Lease;
use quick_cache::Weighter;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::binding::{MachineActivation, decide_binding, find_customer, find_for_machine};
use super::machine_info::info_unchanged;
use super::{ActivationRequest, load_product, product_matches};
use crate::activation::lookup;
use crate::cache::LicenseCache;
use crate::store::batch_loader::{LoadedMap, Loader};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::row_values::{self, ColumnType as BulkKind, row};
use crate::store::{Store, convert};
use crate::{Result, Service, signing};

/// Signatures that are made while PostgreSQL is asked and answers.
const SIGNATURES_PER_ROUND_TRIP: usize = 4;
/// How long what was written of a machine is good enough, in milliseconds.
const MAX_SYNC_AGE_MS: i64 = 60_000;

/// A license, a machine, and its user.
pub type MachineCacheKey = [u8; 32];

#[derive(Clone)]
struct CachedActivation {
    read_at: u64,
    activation: Arc<MachineActivation>,
}

#[derive(Clone)]
struct ActivationWeighter;

impl Weighter<MachineCacheKey, CachedActivation> for ActivationWeighter {
    fn weight(&self, _: &MachineCacheKey, kept: &CachedActivation) -> u64 {
        // What a machine may share with others and may not, the short texts, and what the
        // allocator adds.
        const ROWS: usize = size_of::<MachineActivation>()
            + size_of::<licenses::Model>()
            + size_of::<activations::Model>()
            + size_of::<products::Model>()
            + size_of::<customers::Model>();
        const SHORT: usize = 512;
        let MachineActivation { product, activation, license, .. } = &*kept.activation;
        let optional = [
            &activation.hostname,
            &activation.os,
            &activation.os_version,
            &activation.vm_name,
            &activation.container,
            &activation.app_version,
            &activation.release_version,
            &activation.user_hash,
            &activation.metadata,
            &activation.meters,
            &license.meters,
            &license.state_reason,
        ];
        let texts = optional.into_iter().flatten().chain([
            &activation.subject,
            &product.name,
            &product.meters,
            &product.development_hosts,
        ]);
        (ROWS + SHORT + texts.map(|text| text.len() + 16).sum::<usize>()) as u64
    }
}

/// The machines.
pub(crate) struct MachineCache(
    quick_cache::sync::Cache<MachineCacheKey, CachedActivation, ActivationWeighter>,
);

impl MachineCache {
    /// Room for machines of about so many bytes.
    pub fn new(bytes: u64) -> Self {
        let estimate = usize::try_from(bytes / 4096).unwrap_or(1024).clamp(64, 16_384);
        Self(quick_cache::sync::Cache::with_weighter(estimate, bytes, ActivationWeighter))
    }

    /// The name under which a machine is kept.
    pub fn key(digest: &[u8; 32], request: &ActivationRequest) -> MachineCacheKey {
        let fingerprint = request.fingerprint.as_str().as_bytes();
        let length = (fingerprint.len() as u64).to_le_bytes();
        Sha256::new()
            .chain_update(digest)
            .chain_update(length)
            .chain_update(fingerprint)
            .chain_update(&request.machine.user_hash)
            .finalize()
            .into()
    }

    /// A machine's seat, if nothing happened to it, to its license, product or
    /// customer since it was read.
    pub fn get(&self, who: &MachineCacheKey, cache: &LicenseCache) -> Option<Arc<MachineActivation>> {
        let CachedActivation { read_at, activation: bound } = self.0.get(who)?;
        let customer = bound.customer.as_ref().map(|customer| customer.id);
        let of = [Some(bound.license.id), Some(bound.product.id), customer];
        cache.is_fresh(read_at, of.into_iter().flatten()).then_some(bound)
    }

    /// Keeps what was read from `read_at` on.
    pub fn put(&self, who: MachineCacheKey, read_at: u64, bound: &Arc<MachineActivation>) {
        self.0.insert(who, CachedActivation { read_at, activation: Arc::clone(bound) });
    }
}

/// The seat of a machine that is in memory and has nothing to write: programs
/// activate at every start.
pub async fn get_fresh(
    service: &Service,
    who: &MachineCacheKey,
    request: &ActivationRequest,
) -> Result<Option<Arc<MachineActivation>>> {
    let Some(bound) = service.machine_cache.get(who, &service.cache) else { return Ok(None) };
    let still = is_unchanged(&bound, request, service.now())? && confirm_active(service, &bound).await?;
    Ok(still.then_some(bound))
}

/// The same, from memory or by a read of what is committed.
pub async fn revalidate(
    service: &Service,
    digest: &[u8; 32],
    request: &ActivationRequest,
) -> Result<Option<Arc<MachineActivation>>> {
    let who = MachineCache::key(digest, request);
    if let Some(bound) = get_fresh(service, &who, request).await? {
        return Ok(Some(bound));
    }
    let read_at = service.cache.version();
    let Some(bound) = load_from_database(service.store.read(), digest, request).await? else {
        return Ok(None);
    };
    if !is_unchanged(&bound, request, service.now())? {
        return Ok(None);
    }
    let bound = Arc::new(bound);
    service.machine_cache.put(who, read_at, &bound);
    Ok(Some(bound))
}

async fn load_from_database(
    db: &impl ConnectionTrait,
    digest: &[u8; 32],
    request: &ActivationRequest,
) -> Result<Option<MachineActivation>> {
    let Some(license) = lookup::find_by_digest(db, digest).await? else { return Ok(None) };
    let product = load_product(db, &license).await?;
    let Some(activation) = find_for_machine(db, &license, &convert::machine_rules(&product), request).await?
    else {
        return Ok(None);
    };
    let customer = find_customer(db, &license).await?;
    Ok(Some(MachineActivation {
        license: Arc::new(license),
        product,
        customer,
        activation: Arc::new(activation),
    }))
}

/// Whether a machine holds its seat and says what is known, and was written down a
/// moment ago.
pub fn is_unchanged(bound: &MachineActivation, request: &ActivationRequest, now: Timestamp) -> Result<bool> {
    let MachineActivation { license, product, activation, .. } = bound;
    let rules = convert::machine_rules(product);
    if !product_matches(product, &request.raw_product_id)
        || rules.admit(&request.machine).is_err()
        || decide_binding(license, 0, true, now)? != Decision::AlreadyActive
    {
        return Ok(false);
    }
    let synced = activation.last_synced_at.unwrap_or(0);
    let lease = rules.lease.map(|granted| Lease::grant(granted, request.lease).seconds() * 1000);
    // A lease may lose a tenth of itself before it is written anew.
    let fresh_for = lease.map_or(MAX_SYNC_AGE_MS, |lease| std::cmp::min(MAX_SYNC_AGE_MS, lease / 10));
    let leased = activation.lease_expires_at.map(|ends| ends - synced);
    Ok(request.meters.is_empty()
        && activation.offline_until.is_none()
        && leased == lease
        && (0..fresh_for).contains(&(now.millis() - synced))
        && info_unchanged(activation, &request.machine))
}

/// Whether a seat is as it is in memory. Other nodes of a shared database are
/// heard a moment after they commit, and the seat that one of them gave away
/// meanwhile is nobody else's. A SQLite file has one server, and verifications
/// would wait for a look at it.
async fn confirm_active(service: &Service, bound: &MachineActivation) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    Ok(service.last_sync_loader.load_one(bound.activation.id).await? == Some(bound.activation.last_synced_at))
}

/// When machines last said something, by the ids of their activations.
pub(crate) struct LastSyncLoader(pub Store);

impl Loader for LastSyncLoader {
    type Key = Uuid;
    type Value = Option<i64>;

    async fn load(&self, ids: &[Uuid]) -> Result<LoadedMap<Self>> {
        let ids: Vec<_> = ids.iter().map(|id| row![*id]).collect();
        let synced = activations::Entity::find()
            .select_only()
            .columns([activations::Column::Id, activations::Column::LastSyncedAt])
            .filter(row_values::in_rows(self.0.backend(), &[("id", BulkKind::Uuid)], &ids)?)
            .into_tuple::<(Uuid, Option<i64>)>()
            .all(self.0.read())
            .await?;
        Ok(synced.into_iter().map(|(id, at)| (id, Ok(at))).collect())
    }

    fn ready_to_run(&self) -> impl Future<Output = ()> + Send {
        // Each of them wants a signature next.
        signing::wait_for_capacity(SIGNATURES_PER_ROUND_TRIP)
    }
}
