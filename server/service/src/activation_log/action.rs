//! What happened to an activation, in the words of the management API.

use domain::event::Event;

/// An action of the activation log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivationAction {
    /// A domain or machine was activated.
    Activate,
    /// An activation was released.
    Deactivate,
    /// A lease expired without a sync.
    LeaseExpire,
    /// A machine began a trial.
    TrialActivate,
}

impl ActivationAction {
    /// All actions.
    pub const ALL: [Self; 4] = [Self::Activate, Self::Deactivate, Self::LeaseExpire, Self::TrialActivate];

    /// Returns the word of the management API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::LeaseExpire => "lease-expire",
            Self::TrialActivate => "trial-activate",
        }
    }

    /// Returns the event of the audit entries.
    #[must_use]
    pub fn event(self) -> Event {
        match self {
            Self::Activate => Event::ActivationCreated,
            Self::Deactivate => Event::ActivationDeleted,
            Self::LeaseExpire => Event::ActivationExpired,
            Self::TrialActivate => Event::TrialStarted,
        }
    }

    /// Returns the action of a stored event.
    pub(super) fn from_storage(action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.event().as_str() == action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_their_words() {
        let words = ["activate", "deactivate", "lease-expire", "trial-activate"];
        assert_eq!(ActivationAction::ALL.map(ActivationAction::as_str), words);
        for action in ActivationAction::ALL {
            assert_eq!(ActivationAction::from_storage(action.event().as_str()), Some(action));
        }
        assert_eq!(ActivationAction::from_storage("license.issued"), None);
    }
}
