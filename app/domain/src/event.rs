//! Event names of audit entries and outbox events, in the past tense.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $says:literal;)+) => {
        /// An event: a change of an account's data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl Event {
            /// All events.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name in the audit log and in webhooks.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns the label for a timeline.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $says,)+ }
            }

            /// From storage; `None` for a name of a newer version.
            #[must_use]
            pub fn from_storage(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

events! {
    /// A tenant was made.
    AccountCreated = "account.created", "Account created";
    /// A person was given access to an account.
    MemberAdded = "member.added", "Member added";
    /// A password was set anew by the operator.
    PasswordReset = "user.password_reset", "Password reset";
    /// A product was made.
    ProductCreated = "product.created", "Product created";
    /// A product's settings were changed.
    ProductUpdated = "product.updated", "Product changed";
    /// A license was issued.
    LicenseIssued = "license.issued", "Issued";
    /// A license was switched off for now.
    LicenseSuspended = "license.suspended", "Suspended";
    /// A suspension was lifted.
    LicenseReinstated = "license.reinstated", "Reinstated";
    /// A license was switched off for good.
    LicenseRevoked = "license.revoked", "Revoked";
    /// A license's expiry was moved or removed.
    LicenseRenewed = "license.renewed", "Expiry changed";
    /// A license's limits were changed.
    LicenseLimitChanged = "license.limit_changed", "Limit changed";
    /// A slot was taken.
    ActivationCreated = "activation.created", "Activated";
    /// A slot was freed.
    ActivationDeleted = "activation.deleted", "Deactivated";
    /// A machine's lease expired without a sync, which released its activation.
    ActivationExpired = "activation.lease_expired", "Lease expired";
    /// A machine began its trial of a product.
    TrialStarted = "trial.started", "Trial started";
    /// A product signs with a new key; the one before still verifies.
    SigningKeyRotated = "signing_key.rotated", "Signing key rotated";
    /// Tokens signed with a key verify no more.
    SigningKeyRetired = "signing_key.retired", "Signing key retired";
    /// A bearer token was made.
    ApiTokenCreated = "api_token.created", "API token made";
    /// A bearer token was withdrawn.
    ApiTokenRevoked = "api_token.revoked", "API token withdrawn";
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_round_trip() {
        for event in Event::ALL {
            assert_eq!(Event::from_storage(event.as_str()), Some(*event));
        }
        assert_eq!(Event::from_storage("license.sold"), None);
    }
}
