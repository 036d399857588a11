//! The cache of tokens that were used lately, and the times of their uses.

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::visits::Visits;
use super::{Access, Holder};
use crate::cache::LicenseCache;

/// Maximum number of tokens in memory, some 500 bytes each.
const MAX_TOKENS: usize = 8192;
const MINUTE_MS: i64 = 60_000;

struct Entry {
    /// The version of the license cache at which the read of the token began.
    read_at: u64,
    access: Arc<Access>,
    /// The minute of the last use that was noted.
    used_at: AtomicI64,
}

/// Tokens by their digest, and their uses since the last flush.
pub(crate) struct AccessCache {
    entries: Cache<[u8; 32], Arc<Entry>>,
    /// The minutes of uses, by API token.
    uses: Mutex<BTreeMap<Uuid, i64>>,
    /// The visits of customers.
    pub visits: Visits,
}

impl Default for AccessCache {
    fn default() -> Self {
        Self { entries: Cache::new(MAX_TOKENS), uses: Mutex::default(), visits: Visits::default() }
    }
}

impl AccessCache {
    /// Returns the access of a token, if nothing of its account's access changed since it was read. `changes`
    /// has the versions of changes.
    pub fn get(&self, changes: &LicenseCache, digest: &[u8; 32], now: Timestamp) -> Option<Arc<Access>> {
        let entry = self.entries.get(digest)?;
        // A new password or a deletion of a customer invalidates the customer alone.
        let customer = match entry.access.holder {
            Holder::Customer(customer) => Some(customer.0),
            Holder::ApiToken(_) | Holder::Member(_) => None,
        };
        let ids = [entry.access.actor.account.0].into_iter().chain(customer);
        if !changes.is_fresh(entry.read_at, ids) {
            return None;
        }
        self.note_use(&entry, now);
        Some(Arc::clone(&entry.access))
    }

    /// Caches an access whose read began at version `read_at`, and notes its use.
    pub fn insert(&self, digest: [u8; 32], read_at: u64, access: Access, now: Timestamp) -> Arc<Access> {
        let entry = Arc::new(Entry { read_at, access: Arc::new(access), used_at: AtomicI64::new(0) });
        self.note_use(&entry, now);
        self.entries.insert(digest, Arc::clone(&entry));
        Arc::clone(&entry.access)
    }

    /// Notes the use of an API token or of a customer's token, once a minute.
    fn note_use(&self, entry: &Entry, now: Timestamp) {
        let minute = now.millis() - now.millis().rem_euclid(MINUTE_MS);
        if entry.used_at.swap(minute, Ordering::Relaxed) == minute {
            return;
        }
        match entry.access.holder {
            Holder::ApiToken(token) => self.note(token.0, minute),
            Holder::Customer(customer) => self.visits.note(customer, now),
            Holder::Member(_) => {}
        }
    }

    fn note(&self, token: Uuid, minute: i64) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let last = uses.entry(token).or_insert(minute);
        *last = minute.max(*last);
    }

    /// Takes the uses since the last flush.
    pub fn take_uses(&self) -> BTreeMap<Uuid, i64> {
        mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns uses whose flush failed.
    pub fn restore_uses(&self, uses: BTreeMap<Uuid, i64>) {
        for (token, minute) in uses {
            self.note(token, minute);
        }
    }
}
