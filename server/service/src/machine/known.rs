//! Machines that hold a seat, in memory: programs activate at every start, and
//! most of those have nothing new to say.

use std::sync::Arc;

use quick_cache::Weighter;
use sea_orm::{EntityTrait as _, QuerySelect as _};
use sha2::{Digest as _, Sha256};

use super::Request;
use super::seat::Bound;
use crate::cache::Cache;
use crate::store::entity::activations;
use crate::{Result, Service};

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
        // The short texts, and what the allocator adds.
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
        (size_of::<Bound>() + SHORT + texts.map(|text| text.len() + 16).sum::<usize>()) as u64
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

/// Whether a seat is as it is in memory. Other nodes of a shared database are
/// heard a moment after they commit, and the seat that one of them gave away
/// meanwhile is nobody else's.
pub async fn is_held(service: &Service, bound: &Bound) -> Result<bool> {
    if service.store.is_sqlite() {
        return Ok(true);
    }
    let synced: Option<Option<i64>> = activations::Entity::find_by_id(bound.activation.id)
        .select_only()
        .column(activations::Column::LastSyncedAt)
        .into_tuple()
        .one(service.store.read())
        .await?;
    Ok(synced == Some(bound.activation.last_synced_at))
}
