//! The events of webhooks that a change causes.

use super::event::WebhookEvent;
use crate::event::Event;

/// A change that may cause events of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// A change with an audit entry.
    Recorded(Event),
    /// A machine synced.
    MachineSynced,
    /// A license expired.
    LicenseExpired,
    /// A license expires soon.
    LicenseExpiringSoon,
    /// The expiry of a license was extended by a length. Replaces the recorded renewal.
    LicenseExtended,
    /// The expiry of a license was set or removed. Replaces the recorded renewal.
    LicenseExpirySet,
    /// The interval of a license, or what starts it, was changed. Beside or instead of the recorded change of
    /// rules.
    LicenseIntervalChanged,
}

impl Trigger {
    /// Returns the events that the change may cause, in the order in which they are sent. An activation is of a
    /// machine or of a domain, and whether it was the first or took the last slot is known once its license is
    /// read.
    #[must_use]
    pub fn events(self) -> &'static [WebhookEvent] {
        use WebhookEvent as W;
        let event = match self {
            Self::Recorded(event) => event,
            Self::MachineSynced => return &[W::ActivationUpdated],
            Self::LicenseExpired => return &[W::LicenseExpired],
            Self::LicenseExpiringSoon => return &[W::LicenseExpiringSoon],
            Self::LicenseExtended => return &[W::LicenseExtended],
            Self::LicenseExpirySet => return &[W::LicenseExpiryUpdated],
            Self::LicenseIntervalChanged => return &[W::LicenseSubscriptionUpdated],
        };
        match event {
            Event::LicenseIssued => &[W::LicenseCreated],
            Event::LicenseSuspended => &[W::LicenseUpdated, W::LicenseSuspended],
            Event::LicenseReinstated => &[W::LicenseUpdated, W::LicenseResumed],
            Event::LicenseRevoked => &[W::LicenseUpdated, W::LicenseRevoked],
            Event::LicenseRevocationUndone => &[W::LicenseUpdated, W::LicenseApproved],
            Event::LicenseRenewed => &[W::LicenseRenewed],
            Event::LicenseLimitChanged
            | Event::LicenseRulesChanged
            | Event::LicenseMeterReset
            | Event::LicenseTransferred
            | Event::LicenseKeyReplaced
            | Event::LicenseNotesChanged
            | Event::LicenseMetadataChanged
            | Event::LicenseGroupsChanged => &[W::LicenseUpdated],
            Event::LicenseDeleted | Event::LicenseRemoved => &[W::LicenseDeleted],
            Event::ActivationCreated => &[
                W::ActivationCreated,
                W::DomainActivationCreated,
                W::LicenseFirstActivated,
                W::LicenseLimitReached,
            ],
            Event::ActivationDeleted => &[W::ActivationDeleted, W::DomainActivationDeleted],
            Event::ActivationExpired => &[W::ActivationLeaseExpired],
            Event::TrialStarted => &[W::TrialActivationCreated],
            Event::TrialDeleted => &[W::TrialActivationDeleted],
            Event::TrialExtended => &[W::TrialActivationExtended],
            Event::TrialExpiryChanged => &[W::TrialActivationExpiryUpdated],
            Event::CustomerCreated => &[W::UserCreated],
            Event::CustomerUpdated | Event::CustomerMerged | Event::CustomerErased => &[W::UserUpdated],
            Event::CustomerDeleted => &[W::UserDeleted],
            Event::CustomerPasswordResetRequested => &[W::UserPasswordResetRequested],
            Event::OrganizationCreated => &[W::OrganizationCreated],
            Event::OrganizationUpdated => &[W::OrganizationUpdated],
            Event::OrganizationDeleted => &[W::OrganizationDeleted],
            Event::ProductCreated => &[W::ProductCreated],
            Event::ProductUpdated | Event::ProductArchived | Event::ProductRestored => &[W::ProductUpdated],
            Event::ProductDeleted => &[W::ProductDeleted],
            Event::LicenseTemplateCreated => &[W::LicenseTemplateCreated],
            Event::LicenseTemplateUpdated => &[W::LicenseTemplateUpdated],
            Event::LicenseTemplateDeleted => &[W::LicenseTemplateDeleted],
            Event::TrialPolicyCreated => &[W::TrialPolicyCreated],
            Event::TrialPolicyUpdated => &[W::TrialPolicyUpdated],
            Event::TrialPolicyDeleted => &[W::TrialPolicyDeleted],
            Event::WebhookCreated => &[W::WebhookCreated],
            Event::WebhookUpdated
            | Event::WebhookSecretRotated
            | Event::WebhookSuspended
            | Event::WebhookResumed => &[W::WebhookUpdated],
            Event::WebhookDeleted => &[W::WebhookDeleted],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_state_have_their_own_event_beside_updated() {
        for (event, own) in [
            (Event::LicenseSuspended, WebhookEvent::LicenseSuspended),
            (Event::LicenseReinstated, WebhookEvent::LicenseResumed),
            (Event::LicenseRevoked, WebhookEvent::LicenseRevoked),
            (Event::LicenseRevocationUndone, WebhookEvent::LicenseApproved),
        ] {
            assert_eq!(Trigger::Recorded(event).events(), [WebhookEvent::LicenseUpdated, own]);
        }
    }

    #[test]
    fn a_changed_expiry_is_no_update() {
        for trigger in [
            Trigger::Recorded(Event::LicenseRenewed),
            Trigger::LicenseExtended,
            Trigger::LicenseExpirySet,
            Trigger::LicenseIntervalChanged,
        ] {
            assert!(!trigger.events().contains(&WebhookEvent::LicenseUpdated), "{trigger:?}");
        }
    }

    #[test]
    fn every_webhook_event_has_a_cause() {
        let of_changes = Event::ALL.iter().copied().map(Trigger::Recorded);
        let others = [
            Trigger::MachineSynced,
            Trigger::LicenseExpired,
            Trigger::LicenseExpiringSoon,
            Trigger::LicenseExtended,
            Trigger::LicenseExpirySet,
            Trigger::LicenseIntervalChanged,
        ];
        let caused: Vec<WebhookEvent> =
            of_changes.chain(others).flat_map(|trigger| trigger.events().iter().copied()).collect();
        for event in WebhookEvent::ALL {
            assert!(caused.contains(event), "{event}");
        }
    }

    #[test]
    fn changes_within_an_account_cause_no_event() {
        for event in [Event::MemberSignedIn, Event::LicenseKeyRevealed, Event::ExpiryReminderSent] {
            assert!(Trigger::Recorded(event).events().is_empty(), "{event}");
        }
    }
}
