//! Rules of activation and verification: the only place that applies a limit.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::license::{Limit, Standing, State, standing};
use crate::{FieldError, Timestamp};

/// The kind of an activation: domain or machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A domain, in its normalized spelling.
    Domain,
    /// A machine, identified by its fingerprint.
    Machine,
}

impl Kind {
    /// Returns the stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Machine => "machine",
        }
    }

    /// Parses the stored word.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the word is unknown.
    pub fn from_storage(word: &str) -> Result<Self, FieldError> {
        match word {
            "domain" => Ok(Self::Domain),
            "machine" => Ok(Self::Machine),
            _ => Err(FieldError::new("kind", "The stored kind is not known.")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The standings that refuse an activation. The two APIs differ in this rule only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Refuses every standing except active: the domain API.
    Strict,
    /// Refuses revoked licenses only: the machine API. Its token carries the other
    /// standings, and its clients act on them.
    Lenient,
}

/// The facts that decide an activation.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The license's stored state.
    pub state: &'a State,
    /// The license's expiry; `None` is unlimited.
    pub expires_at: Option<Timestamp>,
    /// The limit for the requested kind.
    pub limit: Limit,
    /// Slots of the requested kind in use.
    pub used: u32,
    /// The subject is already active on the license.
    pub already_active: bool,
    /// The subject takes a slot. Development hosts take none.
    pub takes_slot: bool,
    /// The standings that refuse.
    pub policy: Policy,
}

/// The decision about an activation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The subject is active: return the same success and write nothing.
    AlreadyActive,
    /// Take a slot.
    Take,
    /// Refuse.
    Refuse(Refusal),
}

/// The reason for refusing an activation, in the terms of the domain API contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The license is suspended.
    Suspended,
    /// The license is revoked.
    Revoked,
    /// The license has expired.
    Expired,
    /// No slot is free.
    LimitReached,
}

/// Decides an activation request. The standing is checked first, even for an active
/// subject, then idempotency, then the limit (domain API, order of the checks).
#[must_use]
pub fn decide(facts: &Facts<'_>, now: Timestamp) -> Decision {
    let strict = facts.policy == Policy::Strict;
    match standing(facts.state, facts.expires_at, now) {
        Standing::Revoked => Decision::Refuse(Refusal::Revoked),
        Standing::Suspended if strict => Decision::Refuse(Refusal::Suspended),
        Standing::Expired if strict => Decision::Refuse(Refusal::Expired),
        _ if facts.already_active => Decision::AlreadyActive,
        _ if !facts.takes_slot || facts.limit.allows_one_more(facts.used) => Decision::Take,
        _ => Decision::Refuse(Refusal::LimitReached),
    }
}

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The license is active, and so is the domain.
    Valid,
    /// The license is active, but the domain is not activated.
    InvalidDomain,
    /// The license is suspended.
    Suspended,
    /// The license is revoked.
    Revoked,
    /// The license has expired.
    Expired,
}

impl Verification {
    /// Returns the word used in the domain API and in the daily counts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::InvalidDomain => "invalid_domain",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// Decides a verification: the standing is checked first, then the domain.
#[must_use]
pub fn verify(standing: Standing, active_on_domain: bool) -> Verification {
    match standing {
        Standing::Revoked => Verification::Revoked,
        Standing::Suspended => Verification::Suspended,
        Standing::Expired => Verification::Expired,
        Standing::Active if active_on_domain => Verification::Valid,
        Standing::Active => Verification::InvalidDomain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(state: &State) -> Facts<'_> {
        Facts {
            state,
            expires_at: None,
            limit: Limit::new(1),
            used: 0,
            already_active: false,
            takes_slot: true,
            policy: Policy::Strict,
        }
    }

    const NOW: Timestamp = Timestamp::MAX;

    #[test]
    fn standing_is_checked_before_idempotency() {
        let suspended = State::Suspended { at: NOW, reason: None };
        let facts = Facts { already_active: true, ..facts(&suspended) };
        assert_eq!(decide(&facts, NOW), Decision::Refuse(Refusal::Suspended));
    }

    #[test]
    fn existing_activation_succeeds_at_the_limit() {
        let full = Facts { used: 1, already_active: true, ..facts(&State::Active) };
        assert_eq!(decide(&full, NOW), Decision::AlreadyActive);
    }

    #[test]
    fn lenient_policy_refuses_only_revoked_licenses() {
        let suspended = State::Suspended { at: NOW, reason: None };
        let revoked = State::Revoked { at: NOW, reason: None };
        let lenient = |state| Facts { policy: Policy::Lenient, expires_at: Some(NOW), ..facts(state) };
        assert_eq!(decide(&lenient(&suspended), NOW), Decision::Take);
        assert_eq!(decide(&lenient(&State::Active), NOW), Decision::Take, "expired");
        assert_eq!(decide(&lenient(&revoked), NOW), Decision::Refuse(Refusal::Revoked));
        let full = Facts { used: 1, ..lenient(&State::Active) };
        assert_eq!(decide(&full, NOW), Decision::Refuse(Refusal::LimitReached));
    }

    #[test]
    fn activation_without_a_slot_succeeds_at_the_limit() {
        let full = Facts { used: 1, takes_slot: false, ..facts(&State::Active) };
        assert_eq!(decide(&full, NOW), Decision::Take);
    }

    #[test]
    fn verification_checks_the_domain_last() {
        assert_eq!(verify(Standing::Active, true), Verification::Valid);
        assert_eq!(verify(Standing::Active, false), Verification::InvalidDomain);
        for active in [true, false] {
            assert_eq!(verify(Standing::Revoked, active), Verification::Revoked);
            assert_eq!(verify(Standing::Suspended, active), Verification::Suspended);
            assert_eq!(verify(Standing::Expired, active), Verification::Expired);
        }
    }

    proptest! {
        #[test]
        fn slot_is_taken_only_below_the_limit(used in 0u32..20, slots in proptest::option::of(0u32..20)) {
            let limit = slots.map_or(Limit::UNLIMITED, Limit::new);
            let facts = Facts { limit, used, ..facts(&State::Active) };
            let takes = decide(&facts, NOW) == Decision::Take;
            prop_assert_eq!(takes, slots.is_none_or(|slots| used < slots));
        }

        #[test]
        fn no_slot_is_taken_after_expiry(expiry in 0i64..100, now in 0i64..100, already in any::<bool>()) {
            let facts = Facts {
                expires_at: Some(Timestamp::from_millis(expiry)),
                already_active: already,
                ..facts(&State::Active)
            };
            let refused = decide(&facts, Timestamp::from_millis(now)) == Decision::Refuse(Refusal::Expired);
            prop_assert_eq!(refused, now >= expiry);
        }
    }
}
