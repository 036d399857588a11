//! The standing of a license at a given time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::State;
use crate::{FieldError, Timestamp};

/// The standing of a license: its stored state combined with its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// The license can be used.
    Active,
    /// Suspended until it is reinstated.
    Suspended,
    /// Revoked permanently.
    Revoked,
    /// Past its expiry. Derived from the time, never stored.
    Expired,
}

/// Returns the standing at `now`. The stored state outranks the expiry (domain API, order of
/// the checks). A license is valid until, but not at, its expiry.
#[must_use]
pub fn standing(state: &State, expires_at: Option<Timestamp>, now: Timestamp) -> Standing {
    Standing::from_state(state).at(expires_at, now)
}

impl Standing {
    /// All standings, in the order of the filter.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Expired, Self::Revoked];

    /// Returns the standing of a stored state, without regard to expiry.
    #[must_use]
    pub fn from_state(state: &State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Suspended { .. } => Self::Suspended,
            State::Revoked { .. } => Self::Revoked,
        }
    }

    /// Applies the expiry at `now`: see [`standing()`].
    #[must_use]
    pub fn at(self, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match self {
            Self::Active if expires_at.is_some_and(|at| at <= now) => Self::Expired,
            standing => standing,
        }
    }

    /// Returns the word of the domain API contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Standing {
    type Err = FieldError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == s).ok_or_else(|| {
            FieldError::new("standing", "The standing must be active, suspended, expired or revoked.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_state_outranks_expiry() {
        let now = Timestamp::from_millis(1_000_000);
        let past = Some(Timestamp::from_millis(999_999));
        let suspended = State::Suspended { at: now, reason: None };
        let revoked = State::Revoked { at: now, reason: None };
        assert_eq!(standing(&State::Active, past, now), Standing::Expired);
        assert_eq!(standing(&suspended, past, now), Standing::Suspended);
        assert_eq!(standing(&revoked, past, now), Standing::Revoked);
    }

    #[test]
    fn expiry_is_exclusive() {
        let at = Timestamp::from_millis(1_000);
        let just_before = Timestamp::from_millis(999);
        assert_eq!(standing(&State::Active, Some(at), just_before), Standing::Active);
        assert_eq!(standing(&State::Active, Some(at), at), Standing::Expired);
        assert_eq!(standing(&State::Active, None, Timestamp::MAX), Standing::Active);
    }
}
