//! Sign-up of sellers: whom the operator's policy admits, and links with which a seller signs up.

use serde::{Deserialize, Serialize};

use crate::invitation::InvitationState;
use crate::time::DAY_MS;

/// How long the link that proves an address works, in milliseconds: a day.
pub const SIGN_UP_LIFETIME_MS: i64 = DAY_MS;
/// Most mails about a sign-up to one address within an hour.
pub const MAX_SIGN_UP_MAILS_PER_ADDRESS: usize = 3;
/// Most mails about sign-ups within an hour. Strangers ask for them, and all sellers share the mail server.
pub const MAX_SIGN_UP_MAILS_PER_HOUR: usize = 200;

/// The operator's rule of who may make an account for a new seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUpPolicy {
    /// No person. The operator makes accounts by a command.
    #[default]
    Closed,
    /// Whom the operator invites.
    Invitation,
    /// Everyone.
    Open,
}

/// How a person got the link to sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOrigin {
    /// The operator made it.
    Operator,
    /// The person asked for it, by an address that the link proves.
    Request,
}

impl SignUpPolicy {
    /// All policies, from the strictest on.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Invitation, Self::Open];

    /// Returns whether links of this origin may be made and used.
    #[must_use]
    pub fn admits(self, origin: LinkOrigin) -> bool {
        match origin {
            LinkOrigin::Operator => self != Self::Closed,
            LinkOrigin::Request => self == Self::Open,
        }
    }

    /// Returns why a person without an invitation cannot sign up. `None` if everyone can.
    #[must_use]
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Closed => Some("This server takes no new sellers. Ask its operator for an account."),
            Self::Invitation => {
                Some("New sellers join this server by invitation. Ask its operator for a link.")
            }
            Self::Open => None,
        }
    }
}

/// Returns why a link cannot be used. `None` if it can.
#[must_use]
pub fn link_refusal(
    policy: SignUpPolicy,
    origin: LinkOrigin,
    state: InvitationState,
) -> Option<&'static str> {
    match state {
        InvitationState::Accepted => {
            Some("This link was used already. A link works once; sign in, or ask for a new one.")
        }
        InvitationState::Withdrawn => Some("This invitation was withdrawn. Ask for a new one."),
        InvitationState::Expired => Some("This link has expired. Ask for a new one."),
        InvitationState::Open if !policy.admits(origin) => policy.refusal(),
        InvitationState::Open => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [InvitationState; 4] = [
        InvitationState::Open,
        InvitationState::Accepted,
        InvitationState::Withdrawn,
        InvitationState::Expired,
    ];

    fn policies() -> impl Strategy<Value = SignUpPolicy> {
        prop::sample::select(SignUpPolicy::ALL.to_vec())
    }

    fn origins() -> impl Strategy<Value = LinkOrigin> {
        prop::sample::select(vec![LinkOrigin::Operator, LinkOrigin::Request])
    }

    proptest! {
        #[test]
        fn only_an_open_link_that_the_policy_admits_is_used(
            policy in policies(),
            origin in origins(),
            state in prop::sample::select(STATES.to_vec()),
        ) {
            let is_usable = state == InvitationState::Open && policy.admits(origin);
            prop_assert_eq!(link_refusal(policy, origin, state).is_none(), is_usable);
        }

        #[test]
        fn who_may_sign_up_by_a_request_may_sign_up_by_an_invitation(policy in policies()) {
            if policy.admits(LinkOrigin::Request) {
                prop_assert!(policy.admits(LinkOrigin::Operator));
            }
            prop_assert_eq!(policy.refusal().is_none(), policy.admits(LinkOrigin::Request));
        }
    }

    #[test]
    fn a_closed_server_admits_no_link() {
        assert_eq!(SignUpPolicy::default(), SignUpPolicy::Closed);
        assert!(!SignUpPolicy::Closed.admits(LinkOrigin::Operator));
        assert!(!SignUpPolicy::Invitation.admits(LinkOrigin::Request));
    }
}
