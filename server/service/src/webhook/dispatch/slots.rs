//! The bounds of the attempts that a node makes side by side.

use std::collections::HashMap;

use uuid::Uuid;

/// Attempts of a node.
const MAX_IN_FLIGHT: usize = 100;
/// Attempts to receivers whose last attempt failed or was slow. The others keep the rest.
pub(super) const MAX_SLOW_IN_FLIGHT: usize = 50;
/// Attempts to the other receivers. The slow ones keep the rest.
const MAX_FAST_IN_FLIGHT: usize = 90;
/// Attempts of an account, which may have many webhooks.
const MAX_OF_ACCOUNT: usize = 50;
/// Attempts of an account to receivers whose last attempt failed or was slow.
const MAX_SLOW_OF_ACCOUNT: usize = 25;

/// What an attempt counts for until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub webhook: Uuid,
    pub account: Uuid,
    /// Whether the last attempt had failed or was slow when this one began.
    pub is_slow: bool,
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
    pub fn take(&mut self, slot: Slot) {
        *self.all.of(slot.is_slow) += 1;
        *self.by_account.entry(slot.account).or_default().of(slot.is_slow) += 1;
    }

    /// Ends an attempt.
    pub fn release(&mut self, slot: Slot) {
        let all = self.all.of(slot.is_slow);
        *all = all.saturating_sub(1);
        let Some(used) = self.by_account.get_mut(&slot.account) else { return };
        let of_kind = used.of(slot.is_slow);
        *of_kind = of_kind.saturating_sub(1);
        if used.all() == 0 {
            self.by_account.remove(&slot.account);
        }
    }
}
