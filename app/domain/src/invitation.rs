//! Invitations to an account.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::time::DAY_MS;

/// How long an invitation can be accepted, in milliseconds: seven days.
pub const INVITATION_LIFETIME_MS: i64 = 7 * DAY_MS;

/// The state of an invitation at a given time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvitationState {
    /// It can be accepted.
    Open,
    /// A person accepted it. A link works once.
    Accepted,
    /// A member withdrew it.
    Withdrawn,
    /// It was not accepted within seven days.
    Expired,
}

impl InvitationState {
    /// Returns the state at `now`.
    #[must_use]
    pub fn at(
        now: Timestamp,
        expires_at: Timestamp,
        accepted_at: Option<Timestamp>,
        withdrawn_at: Option<Timestamp>,
    ) -> Self {
        if accepted_at.is_some() {
            Self::Accepted
        } else if withdrawn_at.is_some() {
            Self::Withdrawn
        } else if now >= expires_at {
            Self::Expired
        } else {
            Self::Open
        }
    }

    /// Returns why the invitation cannot be accepted. `None` if it is open.
    #[must_use]
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Accepted => {
                Some("This invitation was accepted already. A link works once; ask for a new one.")
            }
            Self::Withdrawn => Some("This invitation was withdrawn. Ask for a new one."),
            Self::Expired => {
                Some("This invitation has expired. A link works for seven days; ask for a new one.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_ends_once() {
        let at = Timestamp::from_millis;
        for (now, accepted_at, withdrawn_at, state) in [
            (9, None, None, InvitationState::Open),
            (10, None, None, InvitationState::Expired),
            (11, Some(5), None, InvitationState::Accepted),
            (11, None, Some(5), InvitationState::Withdrawn),
        ] {
            let found = InvitationState::at(at(now), at(10), accepted_at.map(at), withdrawn_at.map(at));
            assert_eq!(found, state);
            assert_eq!(found.refusal().is_none(), state == InvitationState::Open);
        }
    }
}
