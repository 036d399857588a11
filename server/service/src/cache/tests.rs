//! Tests of the license cache: freshness, negative entries, eviction.

use std::time::Duration;

use super::*;
use domain::license::Standing;
use domain::{AccountId, DomainName, LicenseId, SlotScope};

const ONE_HOUR: Duration = Duration::from_hours(1);

fn snapshot(id: u128) -> Arc<LicenseSnapshot> {
    let (license, account) = (LicenseId(Uuid::from_u128(id)), AccountId(Uuid::nil()));
    let domains = Some(DomainEntries::from_iter([DomainEntry::new("a.com", true)]));
    Arc::new(LicenseSnapshot::new(license, account, Standing::Active, None, SlotScope::Host, domains))
}

fn current_cache() -> LicenseCache {
    let cache = LicenseCache::new(1 << 20);
    cache.mark_current_until(Instant::now() + ONE_HOUR);
    cache
}

#[test]
fn snapshot_is_served_until_its_license_changes() {
    let (cache, key) = (current_cache(), [7; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    assert!(cache.get(&key).is_some());
    cache.invalidate(Uuid::from_u128(2));
    assert!(cache.get(&key).is_some(), "another license changed");
    cache.invalidate(Uuid::from_u128(1));
    assert!(cache.get(&key).is_none());
}

#[test]
fn read_that_raced_with_a_change_is_never_served() {
    let (cache, key) = (current_cache(), [7; 32]);
    let read_at = cache.version();
    cache.invalidate(Uuid::from_u128(1));
    cache.insert(&key, read_at, snapshot(1));
    assert!(cache.get(&key).is_none());
    cache.insert(&key, cache.version(), snapshot(1));
    assert!(cache.get(&key).is_some());
}

#[test]
fn suspended_cache_serves_nothing() {
    let (cache, key) = (current_cache(), [7; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    cache.suspend();
    assert!(cache.get(&key).is_none());
    cache.invalidate_all();
    cache.mark_current_until(Instant::now() + ONE_HOUR);
    assert!(cache.get(&key).is_none(), "changes may have been missed");
}

#[test]
fn validity_ends_at_the_deadline() {
    let (cache, key, missing_key) = (current_cache(), [7; 32], [8; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    cache.insert_missing(&missing_key, cache.version());
    assert!(cache.get(&key).is_some() && cache.is_known_missing(&missing_key));
    cache.mark_current_until(Instant::now());
    assert!(cache.get(&key).is_none() && !cache.is_known_missing(&missing_key));
    cache.mark_current_until(Instant::now() + ONE_HOUR);
    assert!(cache.get(&key).is_some(), "no change was missed");
}

#[test]
fn missing_key_is_cached_until_a_license_is_issued() {
    let (cache, key) = (current_cache(), [7; 32]);
    let read_at = cache.version();
    cache.insert_missing(&key, read_at);
    assert!(cache.is_known_missing(&key));
    cache.invalidate(Uuid::from_u128(1));
    assert!(cache.is_known_missing(&key), "another license changed");
    cache.invalidate_missing();
    assert!(!cache.is_known_missing(&key));
    cache.insert_missing(&key, read_at);
    assert!(!cache.is_known_missing(&key), "the read raced with the issue of a license");
    for n in 0..100_000u32 {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_le_bytes());
        cache.insert_missing(&key, cache.version());
    }
    assert!(cache.0.missing.len() <= MISSING_CAPACITY);
}

#[test]
fn cache_size_is_bounded_in_bytes() {
    let cache = LicenseCache::new(100_000);
    cache.mark_current_until(Instant::now() + ONE_HOUR);
    for id in 0..10_000u128 {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&id.to_le_bytes());
        cache.insert(&key, cache.version(), snapshot(id));
    }
    assert!(cache.0.entries.weight() <= 100_000);
    assert!(cache.0.entries.len() > 100);
    let kept = u64::try_from(cache.0.entries.len()).unwrap();
    assert_eq!(cache.counts().get().evictions, 10_000 - kept, "all others were evicted");
}

#[test]
fn evicted_dirty_bytes_count_evicted_snapshots_with_unflushed_counts() {
    let cache = LicenseCache::new(1 << 20);
    let (first, second) = (snapshot(1), snapshot(1));
    cache.insert(&[7; 32], cache.version(), Arc::clone(&first));
    assert!(first.mark_dirty(cache.evicted_dirty_bytes()));
    assert!(!first.mark_dirty(cache.evicted_dirty_bytes()), "already dirty");
    let evicted_dirty_bytes = || cache.evicted_dirty_bytes().load(Ordering::SeqCst);
    assert_eq!(evicted_dirty_bytes(), 0);
    cache.insert(&[7; 32], cache.version(), Arc::clone(&second));
    assert_eq!(evicted_dirty_bytes(), first.weight());
    first.clear_dirty(cache.evicted_dirty_bytes());
    assert_eq!(evicted_dirty_bytes(), 0);
    assert!(
        first.mark_dirty(cache.evicted_dirty_bytes()),
        "marked dirty again by a holder of the evicted snapshot"
    );
    assert_eq!(evicted_dirty_bytes(), first.weight());
    first.clear_dirty(cache.evicted_dirty_bytes());
    for id in 0..10_000u128 {
        let mut key = [1; 32];
        key[..16].copy_from_slice(&id.to_le_bytes());
        let snapshot = snapshot(id);
        snapshot.mark_dirty(cache.evicted_dirty_bytes());
        cache.insert(&key, cache.version(), snapshot);
    }
    // `second` is clean, and may or may not still be cached.
    let cached = cache.0.entries.len() - usize::from(cache.0.entries.peek(&[7; 16]).is_some());
    assert_eq!(evicted_dirty_bytes(), i64::try_from(10_000 - cached).unwrap() * first.weight());
}

#[test]
fn slot_covers_the_hosts_of_its_scope() {
    let domains = ["shop.com", "staging.acme.com", "www.other.com"];
    let covers = |scope, domain: &str| {
        let entries = domains.map(|name| DomainEntry::new(name, !name.starts_with("staging.")));
        let (license, account) = (LicenseId(Uuid::nil()), AccountId(Uuid::nil()));
        let entries = Some(DomainEntries::from_iter(entries));
        let snapshot = LicenseSnapshot::new(license, account, Standing::Active, None, scope, entries);
        snapshot.domain(&DomainName::parse(domain).expect("a domain")).map(|entry| entry.domain().to_owned())
    };
    for (scope, domain, covered_by) in [
        (SlotScope::Host, "shop.com", Some("shop.com")),
        (SlotScope::Host, "www.shop.com", None),
        (SlotScope::Www, "www.shop.com", Some("shop.com")),
        (SlotScope::Www, "other.com", Some("www.other.com")),
        (SlotScope::Www, "a.shop.com", None),
        (SlotScope::RegistrableDomain, "a.b.shop.com", Some("shop.com")),
        (SlotScope::RegistrableDomain, "other.com", Some("www.other.com")),
        (SlotScope::RegistrableDomain, "myshop.com", None),
        (SlotScope::RegistrableDomain, "staging.acme.com", Some("staging.acme.com")),
        (SlotScope::RegistrableDomain, "acme.com", None),
    ] {
        assert_eq!(covers(scope, domain).as_deref(), covered_by, "{scope:?} {domain}");
    }
}

#[test]
fn newer_snapshot_of_a_license_evicts_none() {
    let (cache, key) = (current_cache(), [7; 32]);
    for _ in 0..3 {
        cache.insert(&key, cache.version(), snapshot(1));
    }
    assert_eq!(cache.counts().get().evictions, 0);
}

#[test]
fn invalidation_lag_begins_anew_with_each_proof() {
    let cache = current_cache();
    std::thread::sleep(Duration::from_millis(100));
    let lag = cache.invalidation_lag();
    assert!(lag >= Duration::from_millis(100));
    cache.mark_current_until(Instant::now() + ONE_HOUR);
    assert!(cache.invalidation_lag() < lag);
}
