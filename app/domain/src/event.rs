//! Event names of audit entries and outbox events, in the past tense.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $label:literal;)+) => {
        /// An event: a change of an account's data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl Event {
            /// All events.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the name used in the audit log and in webhooks.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns the label for a timeline.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Parses the stored name; `None` for an event of a newer version.
            #[must_use]
            pub fn from_storage(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

events! {
    /// An account was created.
    AccountCreated = "account.created", "Account created";
    /// A user was added to an account.
    MemberAdded = "member.added", "Member added";
    /// A member signed in.
    MemberSignedIn = "member.signed_in", "Signed in";
    /// A sign-in of a member failed.
    MemberSignInFailed = "member.sign_in_failed", "Sign-in failed";
    /// A member was invited to an account.
    MemberInvited = "member.invited", "Member invited";
    /// An invitation was withdrawn before it was accepted.
    InvitationWithdrawn = "member.invitation_withdrawn", "Invitation withdrawn";
    /// An invitation was accepted.
    MemberJoined = "member.joined", "Member joined";
    /// A member's role was changed.
    MemberRoleChanged = "member.role_changed", "Role changed";
    /// A member was removed from an account.
    MemberRemoved = "member.removed", "Member removed";
    /// A member left an account.
    MemberLeft = "member.left", "Member left";
    /// The ownership of an account was transferred.
    OwnerChanged = "account.owner_changed", "Ownership transferred";
    /// The operator reset a password, or the user by a link.
    PasswordReset = "user.password_reset", "Password reset";
    /// A link that sets a new password was asked for and mailed.
    PasswordResetRequested = "user.password_reset_requested", "Password reset requested";
    /// A user changed the own password.
    PasswordChanged = "user.password_changed", "Password changed";
    /// A user changed the own name.
    UserRenamed = "user.renamed", "User renamed";
    /// A user set the second factor of the sign-in up.
    SecondFactorEnabled = "user.second_factor_enabled", "Two-factor sign-in switched on";
    /// The second factor of a user was removed, by the user or the operator.
    SecondFactorDisabled = "user.second_factor_disabled", "Two-factor sign-in switched off";
    /// A user made new recovery codes.
    RecoveryCodesRenewed = "user.recovery_codes_renewed", "Recovery codes renewed";
    /// A recovery code was used at a sign-in.
    RecoveryCodeUsed = "user.recovery_code_used", "Recovery code used";
    /// A user ended own sessions in other browsers.
    SessionsEnded = "user.sessions_ended", "Sessions ended";
    /// An owner changed whether members must sign in with two factors.
    SignInRuleChanged = "account.sign_in_rule_changed", "Sign-in rule changed";
    /// The name, logo text or color of the customer's page was changed.
    CustomerPageChanged = "account.customer_page_changed", "Customers’ page changed";
    /// The operator suspended the account.
    AccountSuspended = "account.suspended", "Account suspended";
    /// The operator reinstated the account.
    AccountReinstated = "account.reinstated", "Account reinstated";
    /// The operator invited a new seller. In the operator's account.
    SellerInvited = "seller.invited", "Seller invited";
    /// The operator withdrew the invitation of a new seller. In the operator's account.
    SellerInvitationWithdrawn = "seller.invitation_withdrawn", "Seller’s invitation withdrawn";
    /// A product was created.
    ProductCreated = "product.created", "Product created";
    /// A product's settings were changed.
    ProductUpdated = "product.updated", "Product changed";
    /// A product was archived: it gets no new licenses and trials.
    ProductArchived = "product.archived", "Product archived";
    /// An archived product was restored.
    ProductRestored = "product.restored", "Product restored";
    /// An unused product was deleted.
    ProductDeleted = "product.deleted", "Product deleted";
    /// The slots of a product's licenses were recounted by its new settings.
    SlotsRecounted = "product.slots_recounted", "Slots recounted";
    /// A license template was created.
    LicenseTemplateCreated = "license_template.created", "License template created";
    /// A license template was changed, and with it its products.
    LicenseTemplateUpdated = "license_template.updated", "License template changed";
    /// An unused license template was deleted.
    LicenseTemplateDeleted = "license_template.deleted", "License template deleted";
    /// A trial policy was created.
    TrialPolicyCreated = "trial_policy.created", "Trial policy created";
    /// A trial policy was changed, and with it its products.
    TrialPolicyUpdated = "trial_policy.updated", "Trial policy changed";
    /// An unused trial policy was deleted.
    TrialPolicyDeleted = "trial_policy.deleted", "Trial policy deleted";
    /// A license was issued.
    LicenseIssued = "license.issued", "Issued";
    /// A member saw a license key in clear.
    LicenseKeyRevealed = "license.key_revealed", "Key revealed";
    /// A member exported license keys in clear.
    LicenseKeysExported = "license.keys_exported", "Keys exported";
    /// A member sent license keys to the customer by mail.
    LicenseKeySent = "license.key_sent", "Key sent by mail";
    /// The customer is reminded of a license's expiry.
    ExpiryReminderSent = "license.expiry_reminder_sent", "Expiry reminder sent by mail";
    /// A license was suspended.
    LicenseSuspended = "license.suspended", "Suspended";
    /// A license was reinstated.
    LicenseReinstated = "license.reinstated", "Reinstated";
    /// A license was revoked.
    LicenseRevoked = "license.revoked", "Revoked";
    /// A revocation of a license was undone.
    LicenseRevocationUndone = "license.revocation_undone", "Revocation undone";
    /// A license's expiry was changed or removed.
    LicenseRenewed = "license.renewed", "Expiry changed";
    /// A license's limits were changed.
    LicenseLimitChanged = "license.limit_changed", "Limit changed";
    /// Rules of a license were changed: what it has of its own, beside its limits.
    LicenseRulesChanged = "license.rules_changed", "Rules changed";
    /// The uses of a license's meter were reset.
    LicenseMeterReset = "license.meter_reset", "Meter reset";
    /// A license was transferred to another customer.
    LicenseTransferred = "license.transferred", "Transferred";
    /// A license got a new key. The former key is valid until its grace time ends.
    LicenseKeyReplaced = "license.key_replaced", "Key replaced";
    /// A member ended the grace time of a license's former keys.
    FormerKeysRetired = "license.former_keys_retired", "Former keys retired";
    /// The seller's notes on a license were changed.
    LicenseNotesChanged = "license.notes_changed", "Notes changed";
    /// The seller's own fields of a license were changed.
    LicenseMetadataChanged = "license.metadata_changed", "Metadata changed";
    /// A license was deleted, with its activations.
    LicenseDeleted = "license.deleted", "Deleted";
    /// A license was put into an organization or out of it, or its tags were changed.
    LicenseGroupsChanged = "license.groups_changed", "Organization or tags changed";
    /// A license of an import was removed again, before an app used it.
    LicenseRemoved = "license.removed", "Removed";
    /// A customer was created by the first license.
    CustomerCreated = "customer.created", "Customer created";
    /// A customer's name or address was changed.
    CustomerUpdated = "customer.updated", "Customer changed";
    /// Two customers were merged into one.
    CustomerMerged = "customer.merged", "Customers merged";
    /// A customer's name and address were removed.
    CustomerErased = "customer.erased", "Customer erased";
    /// A customer was deleted. The licenses stay without a customer.
    CustomerDeleted = "customer.deleted", "Customer deleted";
    /// A customer's password was set, changed or reset.
    CustomerPasswordChanged = "customer.password_changed", "Customer’s password changed";
    /// A token that resets a customer's password was made.
    CustomerPasswordResetRequested = "customer.password_reset_requested", "Reset of a customer’s password requested";
    /// An organization was created.
    OrganizationCreated = "organization.created", "Organization created";
    /// An organization was changed.
    OrganizationUpdated = "organization.updated", "Organization changed";
    /// An organization was deleted. Its customers and licenses stay.
    OrganizationDeleted = "organization.deleted", "Organization deleted";
    /// A tag was created.
    TagCreated = "tag.created", "Tag created";
    /// A tag was renamed or described.
    TagUpdated = "tag.updated", "Tag changed";
    /// A tag was deleted, and taken off everything.
    TagDeleted = "tag.deleted", "Tag deleted";
    /// A domain or machine was activated.
    ActivationCreated = "activation.created", "Activated";
    /// An activation was released.
    ActivationDeleted = "activation.deleted", "Deactivated";
    /// A machine's lease expired without a sync, which released its activation.
    ActivationExpired = "activation.lease_expired", "Lease expired";
    /// A customer made an offline response for a machine.
    OfflineResponseIssued = "activation.offline_response_issued", "Offline response made";
    /// A machine started a trial of a product.
    TrialStarted = "trial.started", "Trial started";
    /// A seller moved the end of a trial by a length.
    TrialExtended = "trial.extended", "Trial extended";
    /// A seller set the end of a trial.
    TrialExpiryChanged = "trial.expiry_changed", "End of a trial changed";
    /// A seller deleted a trial. The machine may start another one.
    TrialDeleted = "trial.deleted", "Trial deleted";
    /// A product signs with a new key; the previous key still verifies.
    SigningKeyRotated = "signing_key.rotated", "Signing key rotated";
    /// A signing key was retired: its tokens no longer verify.
    SigningKeyRetired = "signing_key.retired", "Signing key retired";
    /// An API token was created.
    ApiTokenCreated = "api_token.created", "API token made";
    /// An API token was revoked.
    ApiTokenRevoked = "api_token.revoked", "API token withdrawn";
    /// The name of an API token was changed.
    ApiTokenChanged = "api_token.changed", "API token changed";
    /// An API token was deleted.
    ApiTokenDeleted = "api_token.deleted", "API token deleted";
    /// An API token was handed over to another member.
    ApiTokenHandedOver = "api_token.handed_over", "API token handed over";
    /// A bulk job was started.
    BulkJobStarted = "bulk_job.started", "Bulk job started";
    /// A member asked to stop a bulk job.
    BulkJobStopped = "bulk_job.stopped", "Bulk job stopped";
    /// An import of licenses was started.
    LicenseImportStarted = "license_import.started", "Import started";
    /// A member asked to stop an import.
    LicenseImportStopped = "license_import.stopped", "Import stopped";
    /// A member removes the licenses of an import.
    LicenseImportRemoved = "license_import.removed", "Import removed";
    /// A member exported entries of the audit log.
    AuditLogExported = "audit_log.exported", "Audit log exported";
    /// A member sent a test mail, or a failed mail again.
    MailRequested = "mail.requested", "Mail asked for";
    /// The settings of mails to customers were changed.
    MailSettingsChanged = "mail.settings_changed", "Mail settings changed";
    /// The template of a mail to customers was changed.
    MailTemplateChanged = "mail.template_changed", "Mail template changed";
    /// A webhook was made.
    WebhookCreated = "webhook.created", "Webhook made";
    /// The settings of a webhook were changed.
    WebhookUpdated = "webhook.updated", "Webhook changed";
    /// A webhook was deleted.
    WebhookDeleted = "webhook.deleted", "Webhook deleted";
    /// A webhook got a new secret.
    WebhookSecretRotated = "webhook.secret_rotated", "Webhook secret rotated";
    /// A webhook was suspended, because its receiver failed or wants no events.
    WebhookSuspended = "webhook.suspended", "Webhook suspended";
    /// A member lifted the suspension of a webhook.
    WebhookResumed = "webhook.resumed", "Webhook resumed";
    /// A member sent a test, or events again.
    WebhookRequested = "webhook.requested", "Webhook delivery asked for";
    /// A connection to a shop was made.
    ShopConnectionCreated = "shop_connection.created", "Shop connected";
    /// The settings, the secret or the prices of a connection to a shop were changed.
    ShopConnectionUpdated = "shop_connection.updated", "Shop connection changed";
    /// A connection to a shop was deleted. Its licenses stay.
    ShopConnectionDeleted = "shop_connection.deleted", "Shop connection deleted";
    /// A member had an event of a shop applied again.
    ShopEventRepeated = "shop_connection.event_repeated", "Event of the shop applied again";
}

impl Event {
    /// Returns whether the event changes what members or tokens of the account may do, or the name under which
    /// they do it. Every node then reads their access anew.
    #[must_use]
    pub fn changes_access(self) -> bool {
        matches!(
            self,
            Self::MemberRoleChanged
                | Self::MemberRemoved
                | Self::MemberLeft
                | Self::OwnerChanged
                | Self::PasswordReset
                | Self::PasswordChanged
                | Self::UserRenamed
                | Self::SecondFactorEnabled
                | Self::SecondFactorDisabled
                | Self::SignInRuleChanged
                | Self::AccountSuspended
                | Self::AccountReinstated
                | Self::ApiTokenRevoked
                | Self::ApiTokenChanged
                | Self::ApiTokenDeleted
        )
    }
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
