//! The stored state of a license and its transitions.

use serde::{Deserialize, Serialize};

use crate::bounded_text::BoundedText;
use crate::{FieldError, Timestamp};

/// Why a license was suspended or revoked, in the seller's words.
pub type Reason = BoundedText<500>;

/// What was decided about a license. Expiry is no state: it is derived from
/// the time, see [`super::standing()`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// In force.
    Active,
    /// Switched off for now.
    Suspended {
        /// Since when.
        at: Timestamp,
        /// The seller's reason.
        reason: Option<Reason>,
    },
    /// Revoked permanently; the row is kept.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// The seller's reason.
        reason: Option<Reason>,
    },
}

/// A change of state that can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Suspending what is suspended.
    #[error("This license is already suspended.")]
    AlreadySuspended,
    /// Reinstating what is in force.
    #[error("This license is not suspended.")]
    NotSuspended,
    /// Any change of a revoked license.
    #[error("This license has been revoked, and a revocation is final.")]
    Revoked,
}

impl State {
    /// Switches the license off until it is reinstated.
    ///
    /// # Errors
    /// When it is suspended or revoked already.
    pub fn suspend(&self, at: Timestamp, reason: Option<Reason>) -> Result<Self, TransitionError> {
        match self {
            Self::Active => Ok(Self::Suspended { at, reason }),
            Self::Suspended { .. } => Err(TransitionError::AlreadySuspended),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Lifts a suspension.
    ///
    /// # Errors
    /// When it is not suspended.
    pub fn reinstate(&self) -> Result<Self, TransitionError> {
        match self {
            Self::Suspended { .. } => Ok(Self::Active),
            Self::Active => Err(TransitionError::NotSuspended),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Switches the license off for good.
    ///
    /// # Errors
    /// When it is revoked already.
    pub fn revoke(&self, at: Timestamp, reason: Option<Reason>) -> Result<Self, TransitionError> {
        match self {
            Self::Active | Self::Suspended { .. } => Ok(Self::Revoked { at, reason }),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Checks that limits and expiry may be changed.
    ///
    /// # Errors
    /// When it is revoked.
    pub fn ensure_editable(&self) -> Result<(), TransitionError> {
        match self {
            Self::Revoked { .. } => Err(TransitionError::Revoked),
            Self::Active | Self::Suspended { .. } => Ok(()),
        }
    }

    /// The word that storage keeps.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended { .. } => "suspended",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// Put together from storage's columns.
    ///
    /// # Errors
    /// When the word is none of ours: the row was written by something else.
    pub fn from_storage(
        word: &str,
        at: Option<Timestamp>,
        reason: Option<String>,
    ) -> Result<Self, FieldError> {
        let at = at.unwrap_or_default();
        let reason = reason.map(Reason::from_storage);
        match word {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended { at, reason }),
            "revoked" => Ok(Self::Revoked { at, reason }),
            _ => Err(FieldError::new("state", "The stored state is not known.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::MAX;

    fn states() -> [State; 3] {
        [State::Active, State::Suspended { at: AT, reason: None }, State::Revoked { at: AT, reason: None }]
    }

    #[test]
    fn transition_table_is_as_documented() {
        use TransitionError::{AlreadySuspended, NotSuspended, Revoked};
        let [active, suspended, revoked] = states();
        for (from, suspend, reinstate, revoke) in [
            (&active, Ok(suspended.clone()), Err(NotSuspended), Ok(revoked.clone())),
            (&suspended, Err(AlreadySuspended), Ok(active.clone()), Ok(revoked.clone())),
            (&revoked, Err(Revoked), Err(Revoked), Err(Revoked)),
        ] {
            assert_eq!(from.suspend(AT, None), suspend);
            assert_eq!(from.reinstate(), reinstate);
            assert_eq!(from.revoke(AT, None), revoke);
        }
    }

    #[test]
    fn states_round_trip_through_storage() {
        for state in states() {
            let at = matches!(state, State::Suspended { .. } | State::Revoked { .. }).then_some(AT);
            assert_eq!(State::from_storage(state.as_str(), at, None), Ok(state));
        }
        assert!(State::from_storage("paused", None, None).is_err());
    }
}
