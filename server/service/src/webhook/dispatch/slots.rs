//! The bounds of the attempts that a node makes side by side.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// Attempts of a node.
const MAX_IN_FLIGHT: usize = 100;
/// Attempts of slow lanes, and others that run for long. The fast lanes keep the rest.
pub(super) const MAX_SLOW_IN_FLIGHT: usize = 50;
/// Attempts of fast lanes. The slow ones keep the rest.
const MAX_FAST_IN_FLIGHT: usize = 90;
/// Attempts of an account, which may have many webhooks.
const MAX_OF_ACCOUNT: usize = 50;
/// Attempts of an account that are slow.
const MAX_SLOW_OF_ACCOUNT: usize = 25;
/// Attempts that take longer are slow.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// An attempt that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub webhook: Uuid,
    pub account: Uuid,
    /// Whether its lane was slow when it began.
    pub is_slow: bool,
    /// Attempts that begin later have higher numbers.
    number: u64,
}

/// Numbers of attempts.
#[derive(Clone, Copy, Default)]
struct InFlight {
    fast: usize,
    slow: usize,
}

impl InFlight {
    fn all(self) -> usize {
        self.fast + self.slow
    }

    fn of(&mut self, is_slow: bool) -> &mut usize {
        if is_slow { &mut self.slow } else { &mut self.fast }
    }
}

/// The attempts that run.
#[derive(Default)]
pub(super) struct Slots {
    all: InFlight,
    by_account: HashMap<Uuid, InFlight>,
    /// Those that count as fast, by their numbers, with their begin.
    fast: BTreeMap<u64, (Slot, Instant)>,
    last_number: u64,
}

impl Slots {
    /// Returns whether the node may begin an attempt of this kind.
    pub fn has_free(&self, is_slow: bool) -> bool {
        let is_below =
            if is_slow { self.all.slow < MAX_SLOW_IN_FLIGHT } else { self.all.fast < MAX_FAST_IN_FLIGHT };
        is_below && self.all.all() < MAX_IN_FLIGHT
    }

    /// Returns whether an account may begin an attempt of this kind.
    pub fn account_has_free(&self, account: Uuid, is_slow: bool) -> bool {
        let used = self.by_account.get(&account).copied().unwrap_or_default();
        used.all() < MAX_OF_ACCOUNT && !(is_slow && used.slow >= MAX_SLOW_OF_ACCOUNT)
    }

    /// Begins an attempt.
    pub fn take(&mut self, webhook: Uuid, account: Uuid, is_slow: bool, now: Instant) -> Slot {
        self.last_number += 1;
        let slot = Slot { webhook, account, is_slow, number: self.last_number };
        if !is_slow {
            self.fast.insert(slot.number, (slot, now));
        }
        *self.all.of(is_slow) += 1;
        *self.by_account.entry(account).or_default().of(is_slow) += 1;
        slot
    }

    /// Ends an attempt. Returns whether it began as a fast one and came to count as slow.
    pub fn release(&mut self, slot: Slot) -> bool {
        let counts_as_slow = self.fast.remove(&slot.number).is_none();
        let all = self.all.of(counts_as_slow);
        *all = all.saturating_sub(1);
        if let Some(used) = self.by_account.get_mut(&slot.account) {
            let of_kind = used.of(counts_as_slow);
            *of_kind = of_kind.saturating_sub(1);
            if used.all() == 0 {
                self.by_account.remove(&slot.account);
            }
        }
        counts_as_slow && !slot.is_slow
    }

    /// Counts attempts that run for long as slow, so that they leave their places to fast ones. Returns the webhook
    /// of each.
    pub fn slow_down(&mut self, now: Instant) -> Vec<Uuid> {
        let mut webhooks = Vec::new();
        while let Some(first) = self.fast.first_entry() {
            let (slot, begun_at) = *first.get();
            if now.saturating_duration_since(begun_at) <= SLOW_AFTER {
                break;
            }
            first.remove();
            for used in [Some(&mut self.all), self.by_account.get_mut(&slot.account)].into_iter().flatten() {
                used.fast = used.fast.saturating_sub(1);
                used.slow += 1;
            }
            webhooks.push(slot.webhook);
        }
        webhooks
    }
}
