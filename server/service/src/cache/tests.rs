//! What is served, and until when.

use std::time::Duration;

use super::*;
use domain::license::Standing;
use domain::{AccountId, LicenseId};

const LONG: Duration = Duration::from_hours(1);

fn snapshot(id: u128) -> Arc<LicenseSnapshot> {
    let (license, account) = (LicenseId(Uuid::from_u128(id)), AccountId(Uuid::nil()));
    let seats = Some(DomainEntries::from_iter([DomainEntry::new("a.com")]));
    Arc::new(LicenseSnapshot::new(license, account, Standing::Active, None, seats))
}

fn listening() -> LicenseCache {
    let cache = LicenseCache::new(1 << 20);
    cache.mark_current_until(Instant::now() + LONG);
    cache
}

#[test]
fn serves_until_something_happens() {
    let (cache, key) = (listening(), [7; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    assert!(cache.get(&key).is_some());
    cache.invalidate(Uuid::from_u128(2));
    assert!(cache.get(&key).is_some(), "another license");
    cache.invalidate(Uuid::from_u128(1));
    assert!(cache.get(&key).is_none());
}

#[test]
fn a_reading_that_raced_with_a_change_is_never_served() {
    let (cache, key) = (listening(), [7; 32]);
    let began = cache.version();
    cache.invalidate(Uuid::from_u128(1));
    cache.insert(&key, began, snapshot(1));
    assert!(cache.get(&key).is_none());
    cache.insert(&key, cache.version(), snapshot(1));
    assert!(cache.get(&key).is_some());
}

#[test]
fn reads_through_while_it_hears_nothing() {
    let (cache, key) = (listening(), [7; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    cache.suspend();
    assert!(cache.get(&key).is_none());
    cache.invalidate_all();
    cache.mark_current_until(Instant::now() + LONG);
    assert!(cache.get(&key).is_none(), "what happened meanwhile is unknown");
}

#[test]
fn what_was_heard_is_good_for_a_while_only() {
    let (cache, key, unknown) = (listening(), [7; 32], [8; 32]);
    cache.insert(&key, cache.version(), snapshot(1));
    cache.insert_missing(&unknown, cache.version());
    assert!(cache.get(&key).is_some() && cache.is_known_missing(&unknown));
    cache.mark_current_until(Instant::now());
    assert!(cache.get(&key).is_none() && !cache.is_known_missing(&unknown));
    cache.mark_current_until(Instant::now() + LONG);
    assert!(cache.get(&key).is_some(), "nothing was missed");
}

#[test]
fn an_unknown_key_is_remembered_until_a_license_is_issued() {
    let (cache, key) = (listening(), [7; 32]);
    let began = cache.version();
    cache.insert_missing(&key, began);
    assert!(cache.is_known_missing(&key));
    cache.invalidate(Uuid::from_u128(1));
    assert!(cache.is_known_missing(&key), "another license changed");
    cache.invalidate_missing();
    assert!(!cache.is_known_missing(&key));
    cache.insert_missing(&key, began);
    assert!(!cache.is_known_missing(&key), "a reading that raced with the issue");
    for n in 0..100_000u32 {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_le_bytes());
        cache.insert_missing(&key, cache.version());
    }
    assert!(cache.0.missing.len() <= MISSING_CAPACITY);
}

#[test]
fn is_bounded_in_bytes() {
    let cache = LicenseCache::new(100_000);
    cache.mark_current_until(Instant::now() + LONG);
    for id in 0..10_000u128 {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&id.to_le_bytes());
        cache.insert(&key, cache.version(), snapshot(id));
    }
    assert!(cache.0.entries.weight() <= 100_000);
    assert!(cache.0.entries.len() > 100);
}

#[test]
fn knows_what_left_it_while_its_counts_wait() {
    let cache = LicenseCache::new(1 << 20);
    let (one, two) = (snapshot(1), snapshot(1));
    cache.insert(&[7; 32], cache.version(), Arc::clone(&one));
    assert!(one.mark_dirty(cache.evicted_dirty_bytes()));
    assert!(!one.mark_dirty(cache.evicted_dirty_bytes()), "it is on the list already");
    let adrift = || cache.evicted_dirty_bytes().load(Ordering::SeqCst);
    assert_eq!(adrift(), 0);
    cache.insert(&[7; 32], cache.version(), Arc::clone(&two));
    assert_eq!(adrift(), one.weight());
    one.clear_dirty(cache.evicted_dirty_bytes());
    assert_eq!(adrift(), 0);
    assert!(one.mark_dirty(cache.evicted_dirty_bytes()), "counted once more by who still held it");
    assert_eq!(adrift(), one.weight());
    one.clear_dirty(cache.evicted_dirty_bytes());
    for id in 0..10_000u128 {
        let mut key = [1; 32];
        key[..16].copy_from_slice(&id.to_le_bytes());
        let snapshot = snapshot(id);
        snapshot.mark_dirty(cache.evicted_dirty_bytes());
        cache.insert(&key, cache.version(), snapshot);
    }
    // The second of the first key was never counted, and is in here or not.
    let kept = cache.0.entries.len() - usize::from(cache.0.entries.peek(&[7; 16]).is_some());
    assert_eq!(adrift(), i64::try_from(10_000 - kept).unwrap() * one.weight());
}
