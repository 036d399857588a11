//! The policy of this process.

use domain::sign_up::{LinkOrigin, SignUpPolicy};

use crate::{Error, Result, Service};

impl Service {
    /// Sets who may sign up. Later calls change nothing. Without a call, sign-up is closed.
    pub fn set_sign_up(&self, policy: SignUpPolicy) {
        let _ = self.sign_up.set(policy);
    }

    /// Returns who may sign up.
    #[must_use]
    pub fn sign_up_policy(&self) -> SignUpPolicy {
        self.sign_up.get().copied().unwrap_or_default()
    }
}

/// Checks that everyone may sign up.
///
/// # Errors
/// [`Error::Conflict`] with the reason if the policy is another one.
pub(super) fn require_open(service: &Service) -> Result<()> {
    service.sign_up_policy().refusal().map_or(Ok(()), |reason| Err(Error::Conflict(reason.into())))
}

/// Checks that the operator may invite sellers.
///
/// # Errors
/// [`Error::Conflict`] if the policy is closed.
pub(crate) fn require_invitations(service: &Service) -> Result<()> {
    if service.sign_up_policy().admits(LinkOrigin::Operator) {
        return Ok(());
    }
    let text = "The setting sign_up is closed: invitations of sellers would not work.";
    Err(Error::Conflict(text.into()))
}
