//! Machines that hold a seat, in memory: programs activate at every start, and
//! most of those have nothing new to say.

use std::sync::Arc;

use domain::Timestamp;
use domain::activation::Verdict;
use domain::machine::Lease;
use quick_cache::Weighter;
use sea_orm::{ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::seat::{Bound, customer_of, on_machine, rule};
use super::told::is_told;
use super::{Request, is_named, product_of};
use crate::activation::lookup;
use crate::cache::Cache;
use crate::store::bulk::{self, Kind as BulkKind, row};
use crate::store::entity::{activations, customers, licenses, products};
use crate::store::reads::{Find, Found};
use crate::store::{Store, map};
use crate::{Result, Service, signing};

/// Signatures that are made while PostgreSQL is asked and answers.
const ONE_WAY: usize = 4;
/// How long what was written of a machine is good enough, in milliseconds.
const FRESH_MS: i64 = 60_000;

/// A license, a machine, and its user.
pub type Who = [u8; 32];

#[derive(Clone)]
struct Kept {
    read_at: u64,
    bound: Arc<Bound>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Who, Kept> for Bytes {
    fn weight(&self, _: &Who, kept: &Kept) -> u64 {
        // What a machine may share with others and may not, the short texts, and what the
        // allocator adds.
        const ROWS: usize = size_of::<Bound>()
            + size_of::<licenses::Model>()
            + size_of::<activations::Model>()
            + size_of::<products::Model>()
            + size_of::<customers::Model>();
        const SHORT: usize = 512;
        let Bound { product, activation, license, .. } = &*kept.bound;
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
pub(crate) struct Known(quick_cache::sync::Cache<Who, Kept, Bytes>);

impl Known {
    /// Room for machines of about so many bytes.
    pub fn new(bytes: u64) -> Self {
        let estimate = usize::try_from(bytes / 4096).unwrap_or(1024).clamp(64, 16_384);
        Self(quick_cache::sync::Cache::with_weighter(estimate, bytes, Bytes))
    }

    /// The name under which a machine is kept.
    pub fn who(digest: &[u8; 32], request: &Request) -> Who {
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
    pub fn get(&self, who: &Who, cache: &Cache) -> Option<Arc<Bound>> {
        let Kept { read_at, bound } = self.0.get(who)?;
        let customer = bound.customer.as_ref().map(|customer| customer.id);
        let of = [Some(bound.license.id), Some(bound.product.id), customer];
        cache.is_fresh(read_at, of.into_iter().flatten()).then_some(bound)
    }

    /// Keeps what was read from `read_at` on.
    pub fn put(&self, who: Who, read_at: u64, bound: &Arc<Bound>) {
        self.0.insert(who, Kept { read_at, bound: Arc::clone(bound) });
    }
}

/// The seat of a machine that is in memory and has nothing to write: programs
/// activate at every start.
pub async fn remembered(service: &Service, who: &Who, request: &Request) -> Result<Option<Arc<Bound>>> {
    let Some(bound) = service.machines.get(who, &service.cache) else { return Ok(None) };
    let still = says_nothing_new(&bound, request, service.now())? && is_held(service, &bound).await?;
    Ok(still.then_some(bound))
}

/// The same, from memory or by a read of what is committed.
pub async fn still(service: &Service, digest: &[u8; 32], request: &Request) -> Result<Option<Arc<Bound>>> {
    let who = Known::who(digest, request);
    if let Some(bound) = remembered(service, &who, request).await? {
        return Ok(Some(bound));
    }
    let read_at = service.cache.step();
    let Some(bound) = find(service.store.read(), digest, request).await? else { return Ok(None) };
    if !says_nothing_new(&bound, request, service.now())? {
        return Ok(None);
    }
    let bound = Arc::new(bound);
    service.machines.put(who, read_at, &bound);
    Ok(Some(bound))
}

async fn find(db: &impl ConnectionTrait, digest: &[u8; 32], request: &Request) -> Result<Option<Bound>> {
    let Some(license) = lookup::by_digest(db, digest).await? else { return Ok(None) };
    let product = product_of(db, &license).await?;
    let Some(activation) = on_machine(db, &license, &map::rules(&product), request).await? else {
        return Ok(None);
    };
    let customer = customer_of(db, &license).await?;
    Ok(Some(Bound { license: Arc::new(license), product, customer, activation: Arc::new(activation) }))
}

/// Whether a machine holds its seat and says what is known, and was written down a
/// moment ago.
pub fn says_nothing_new(bound: &Bound, request: &Request, now: Timestamp) -> Result<bool> {
    let Bound { license, product, activation, .. } = bound;
    let rules = map::rules(product);
    if !is_named(product, &request.product_sent)
        || rules.admit(&request.machine).is_err()
        || rule(license, 0, true, now)? != Verdict::AlreadyActive
    {
        return Ok(false);
    }
    let synced = activation.last_synced_at.unwrap_or(0);
    let lease = rules.lease.map(|granted| Lease::grant(granted, request.lease).seconds() * 1000);
    // A lease may lose a tenth of itself before it is written anew.
    let fresh_for = lease.map_or(FRESH_MS, |lease| std::cmp::min(FRESH_MS, lease / 10));
    let leased = activation.lease_expires_at.map(|ends| ends - synced);
    Ok(request.meters.is_empty()
        && activation.offline_until.is_none()
        && leased == lease
        && (0..fresh_for).contains(&(now.millis() - synced))
        && is_told(activation, &request.machine))
}

/// Whether a seat is as it is in memory. Other nodes of a shared database are
/// heard a moment after they commit, and the seat that one of them gave away
/// meanwhile is nobody else's. A SQLite file has one server, and verifications
/// would wait for a look at it.
async fn is_held(service: &Service, bound: &Bound) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    Ok(service.seats.ask(bound.activation.id).await? == Some(bound.activation.last_synced_at))
}

/// When machines last said something, by the ids of their activations.
pub(crate) struct Syncs(pub Store);

impl Find for Syncs {
    type Key = Uuid;
    type Found = Option<i64>;

    async fn find(&self, ids: &[Uuid]) -> Result<Found<Self>> {
        let ids: Vec<_> = ids.iter().map(|id| row![*id]).collect();
        let synced = activations::Entity::find()
            .select_only()
            .columns([activations::Column::Id, activations::Column::LastSyncedAt])
            .filter(bulk::among(self.0.backend(), &[("id", BulkKind::Uuid)], &ids)?)
            .into_tuple::<(Uuid, Option<i64>)>()
            .all(self.0.read())
            .await?;
        Ok(synced.into_iter().map(|(id, at)| (id, Ok(at))).collect())
    }

    fn needed(&self) -> impl Future<Output = ()> + Send {
        // Each of them wants a signature next.
        signing::has_room(ONE_WAY)
    }
}
