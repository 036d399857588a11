//! The stored state of a license and its transitions.

use serde::{Deserialize, Serialize};

use crate::bounded_text::BoundedText;
use crate::{FieldError, Timestamp};

/// The seller's reason for a suspension or revocation.
pub type Reason = BoundedText<500>;

/// The stored state of a license. Expiry is not stored, because it is derived from the
/// time: see [`super::standing()`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Not suspended or revoked.
    Active,
    /// Suspended until it is reinstated.
    Suspended {
        /// Time of the suspension.
        at: Timestamp,
        /// The seller's reason.
        reason: Option<Reason>,
    },
    /// Revoked permanently; the row is kept.
    Revoked {
        /// Time of the revocation.
        at: Timestamp,
        /// The seller's reason.
        reason: Option<Reason>,
    },
}

/// An invalid change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The license is already suspended.
    #[error("This license is already suspended.")]
    AlreadySuspended,
    /// The license is not suspended, so it cannot be reinstated.
    #[error("This license is not suspended.")]
    NotSuspended,
    /// The license is not revoked, so that nothing can be undone.
    #[error("This license is not revoked.")]
    NotRevoked,
    /// The license is revoked and cannot change.
    #[error("This license has been revoked, and a revocation is final.")]
    Revoked,
}

impl State {
    /// Suspends the license until it is reinstated.
    ///
    /// # Errors
    /// Returns [`TransitionError`] if the license is already suspended or revoked.
    pub fn suspend(&self, at: Timestamp, reason: Option<Reason>) -> Result<Self, TransitionError> {
        match self {
            Self::Active => Ok(Self::Suspended { at, reason }),
            Self::Suspended { .. } => Err(TransitionError::AlreadySuspended),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Reinstates a suspended license.
    ///
    /// # Errors
    /// Returns [`TransitionError`] if the license is not suspended.
    pub fn reinstate(&self) -> Result<Self, TransitionError> {
        match self {
            Self::Suspended { .. } => Ok(Self::Active),
            Self::Active => Err(TransitionError::NotSuspended),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Revokes the license permanently.
    ///
    /// # Errors
    /// Returns [`TransitionError::Revoked`] if the license is already revoked.
    pub fn revoke(&self, at: Timestamp, reason: Option<Reason>) -> Result<Self, TransitionError> {
        match self {
            Self::Active | Self::Suspended { .. } => Ok(Self::Revoked { at, reason }),
            Self::Revoked { .. } => Err(TransitionError::Revoked),
        }
    }

    /// Undoes a revocation: the license is active again.
    ///
    /// # Errors
    /// Returns [`TransitionError::NotRevoked`] if the license is not revoked.
    pub fn undo_revocation(&self) -> Result<Self, TransitionError> {
        match self {
            Self::Revoked { .. } => Ok(Self::Active),
            Self::Active | Self::Suspended { .. } => Err(TransitionError::NotRevoked),
        }
    }

    /// Returns the state after a program sets two switches, one of which may be left out. A revoked license
    /// stays revoked unless that is undone; both switches on revoke it.
    #[must_use]
    pub fn switched(
        &self,
        suspended: Option<bool>,
        revoked: Option<bool>,
        at: Timestamp,
        reason: Option<Reason>,
    ) -> Self {
        let now = match (self, revoked) {
            (Self::Revoked { .. }, Some(false)) => Self::Active,
            (Self::Revoked { .. }, _) => return self.clone(),
            (_, Some(true)) => return Self::Revoked { at, reason },
            _ => self.clone(),
        };
        match (&now, suspended) {
            (Self::Active, Some(true)) => Self::Suspended { at, reason },
            (Self::Suspended { .. }, Some(false)) => Self::Active,
            _ => now,
        }
    }

    /// Checks that limits and expiry may be changed.
    ///
    /// # Errors
    /// Returns [`TransitionError::Revoked`] if the license is revoked.
    pub fn ensure_editable(&self) -> Result<(), TransitionError> {
        match self {
            Self::Revoked { .. } => Err(TransitionError::Revoked),
            Self::Active | Self::Suspended { .. } => Ok(()),
        }
    }

    /// Returns the stored word.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended { .. } => "suspended",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// Builds the state from the stored columns.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the word is unknown, because another program wrote the row.
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
        use TransitionError::{AlreadySuspended, NotRevoked, NotSuspended, Revoked};
        let [active, suspended, revoked] = states();
        for (from, suspend, reinstate, revoke, undo) in [
            (&active, Ok(suspended.clone()), Err(NotSuspended), Ok(revoked.clone()), Err(NotRevoked)),
            (&suspended, Err(AlreadySuspended), Ok(active.clone()), Ok(revoked.clone()), Err(NotRevoked)),
            (&revoked, Err(Revoked), Err(Revoked), Err(Revoked), Ok(active.clone())),
        ] {
            assert_eq!(from.undo_revocation(), undo);
            assert_eq!(from.suspend(AT, None), suspend);
            assert_eq!(from.reinstate(), reinstate);
            assert_eq!(from.revoke(AT, None), revoke);
        }
    }

    #[test]
    fn switches_change_states_as_documented() {
        let [active, suspended, revoked] = states();
        let no_change = [None, Some(false)];
        for (from, suspend, revoke, to) in [
            (&active, Some(true), None, &suspended),
            (&active, Some(true), Some(true), &revoked),
            (&active, None, Some(true), &revoked),
            (&active, Some(false), Some(false), &active),
            (&suspended, Some(false), None, &active),
            (&suspended, Some(true), Some(false), &suspended),
            (&suspended, None, Some(true), &revoked),
            (&revoked, Some(true), None, &revoked),
            (&revoked, Some(false), Some(true), &revoked),
            (&revoked, None, Some(false), &active),
            (&revoked, Some(true), Some(false), &suspended),
        ] {
            assert_eq!(&from.switched(suspend, revoke, AT, None), to, "{from:?} {suspend:?} {revoke:?}");
        }
        for state in states() {
            assert_eq!(state.switched(None, None, AT, None), state);
        }
        assert_eq!(
            no_change.map(|switch| active.switched(switch, switch, AT, None)),
            [active.clone(), active]
        );
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
