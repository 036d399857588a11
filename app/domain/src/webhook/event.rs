//! Names of events, as receivers of webhooks read them.

use std::fmt;

/// The kind of the object that is the data of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A license.
    License,
    /// A license bound to one machine.
    Activation,
    /// A license bound to one domain.
    DomainActivation,
    /// A trial of a machine.
    TrialActivation,
    /// A customer. The API calls customers users.
    User,
    /// An organization of customers.
    Organization,
    /// A product.
    Product,
    /// A license template.
    LicenseTemplate,
    /// A trial policy.
    TrialPolicy,
    /// A webhook.
    Webhook,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::License,
        Self::Activation,
        Self::DomainActivation,
        Self::TrialActivation,
        Self::User,
        Self::Organization,
        Self::Product,
        Self::LicenseTemplate,
        Self::TrialPolicy,
        Self::Webhook,
    ];

    /// Returns the first part of the names of its events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::License => "license",
            Self::Activation => "activation",
            Self::DomainActivation => "domainActivation",
            Self::TrialActivation => "trialActivation",
            Self::User => "user",
            Self::Organization => "organization",
            Self::Product => "product",
            Self::LicenseTemplate => "licenseTemplate",
            Self::TrialPolicy => "trialPolicy",
            Self::Webhook => "webhook",
        }
    }

    /// Returns the pattern of its events.
    #[must_use]
    pub fn pattern(self) -> &'static str {
        match self {
            Self::License => "license.*",
            Self::Activation => "activation.*",
            Self::DomainActivation => "domainActivation.*",
            Self::TrialActivation => "trialActivation.*",
            Self::User => "user.*",
            Self::Organization => "organization.*",
            Self::Product => "product.*",
            Self::LicenseTemplate => "licenseTemplate.*",
            Self::TrialPolicy => "trialPolicy.*",
            Self::Webhook => "webhook.*",
        }
    }

    /// Returns the label of its events on pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::License => "Licenses",
            Self::Activation => "Machines",
            Self::DomainActivation => "Domains",
            Self::TrialActivation => "Trials",
            Self::User => "Customers",
            Self::Organization => "Organizations",
            Self::Product => "Products",
            Self::LicenseTemplate => "License templates",
            Self::TrialPolicy => "Trial policies",
            Self::Webhook => "Webhooks",
        }
    }
}

macro_rules! webhook_events {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kind:ident;)+) => {
        /// An event that a webhook can subscribe to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WebhookEvent {
            $($(#[$doc])* $name,)+
        }

        impl WebhookEvent {
            /// All events, by the kind of their object.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the name, as documented.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns the kind of the object that is the event's data.
            #[must_use]
            pub fn object_kind(self) -> ObjectKind {
                match self { $(Self::$name => ObjectKind::$kind,)+ }
            }
        }
    };
}

webhook_events! {
    /// A license was issued.
    LicenseCreated = "license.created", License;
    /// A license was changed in another way than the next four.
    LicenseUpdated = "license.updated", License;
    /// A license was deleted.
    LicenseDeleted = "license.deleted", License;
    /// A license was renewed by its interval.
    LicenseRenewed = "license.renewed", License;
    /// A license was extended by a length.
    LicenseExtended = "license.extended", License;
    /// The expiry of a license was set or removed.
    LicenseExpiryUpdated = "license.expiresAt.updated", License;
    /// The interval or the start of a license's term was changed.
    LicenseSubscriptionUpdated = "license.subscription.updated", License;
    /// A license was activated for the first time.
    LicenseFirstActivated = "license.first-activated", License;
    /// An activation took the last slot of a license.
    LicenseLimitReached = "license.activation.limit-reached", License;
    /// A license expired.
    LicenseExpired = "license.expired", License;
    /// A license expires soon.
    LicenseExpiringSoon = "license.expiring-soon", License;
    /// A license was suspended.
    LicenseSuspended = "license.suspended", License;
    /// A suspension was undone.
    LicenseResumed = "license.resumed", License;
    /// A license was revoked.
    LicenseRevoked = "license.revoked", License;
    /// A revocation was undone.
    LicenseApproved = "license.approved", License;
    /// A machine was activated.
    ActivationCreated = "activation.created", Activation;
    /// A machine synced. Sent to webhooks that name the event alone, because there are many.
    ActivationUpdated = "activation.updated", Activation;
    /// A machine was released.
    ActivationDeleted = "activation.deleted", Activation;
    /// The lease of a machine expired.
    ActivationLeaseExpired = "activation.lease-expired", Activation;
    /// A domain was activated.
    DomainActivationCreated = "domainActivation.created", DomainActivation;
    /// A domain was released.
    DomainActivationDeleted = "domainActivation.deleted", DomainActivation;
    /// A machine started a trial.
    TrialActivationCreated = "trialActivation.created", TrialActivation;
    /// A trial was deleted.
    TrialActivationDeleted = "trialActivation.deleted", TrialActivation;
    /// A trial was extended by a length.
    TrialActivationExtended = "trialActivation.extended", TrialActivation;
    /// The end of a trial was set.
    TrialActivationExpiryUpdated = "trialActivation.expiresAt.updated", TrialActivation;
    /// A customer was created.
    UserCreated = "user.created", User;
    /// A customer was changed.
    UserUpdated = "user.updated", User;
    /// A customer was deleted.
    UserDeleted = "user.deleted", User;
    /// A token that sets a customer's password was made.
    UserPasswordResetRequested = "user.reset-password-request", User;
    /// An organization was created.
    OrganizationCreated = "organization.created", Organization;
    /// An organization was changed.
    OrganizationUpdated = "organization.updated", Organization;
    /// An organization was deleted.
    OrganizationDeleted = "organization.deleted", Organization;
    /// A product was created.
    ProductCreated = "product.created", Product;
    /// A product was changed.
    ProductUpdated = "product.updated", Product;
    /// A product was deleted.
    ProductDeleted = "product.deleted", Product;
    /// A license template was created.
    LicenseTemplateCreated = "licenseTemplate.created", LicenseTemplate;
    /// A license template was changed.
    LicenseTemplateUpdated = "licenseTemplate.updated", LicenseTemplate;
    /// A license template was deleted.
    LicenseTemplateDeleted = "licenseTemplate.deleted", LicenseTemplate;
    /// A trial policy was created.
    TrialPolicyCreated = "trialPolicy.created", TrialPolicy;
    /// A trial policy was changed.
    TrialPolicyUpdated = "trialPolicy.updated", TrialPolicy;
    /// A trial policy was deleted.
    TrialPolicyDeleted = "trialPolicy.deleted", TrialPolicy;
    /// A webhook was created.
    WebhookCreated = "webhook.created", Webhook;
    /// A webhook was changed.
    WebhookUpdated = "webhook.updated", Webhook;
    /// A webhook was deleted.
    WebhookDeleted = "webhook.deleted", Webhook;
}

impl WebhookEvent {
    /// Parses a name in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns whether the event is sent to webhooks that name it alone, and by no pattern.
    #[must_use]
    pub fn must_be_named(self) -> bool {
        self == Self::ActivationUpdated
    }

    /// Returns whether the object is gone after the event, so that its data is that of right before.
    #[must_use]
    pub fn is_deletion(self) -> bool {
        matches!(self, Self::ActivationLeaseExpired) || self.as_str().ends_with(".deleted")
    }
}

impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_with_the_kind_of_their_object() {
        for event in WebhookEvent::ALL {
            let (kind, _) = event.as_str().split_once('.').expect("a name has two parts");
            assert_eq!(kind, event.object_kind().as_str());
        }
    }

    #[test]
    fn names_are_parsed_in_any_case() {
        for event in WebhookEvent::ALL {
            assert_eq!(WebhookEvent::parse(&event.as_str().to_uppercase()), Some(*event));
        }
        assert_eq!(WebhookEvent::parse("license.sold"), None);
        assert_eq!(WebhookEvent::parse(""), None);
    }

    #[test]
    fn patterns_are_those_of_the_kinds() {
        for kind in ObjectKind::ALL {
            assert_eq!(kind.pattern(), format!("{}.*", kind.as_str()));
        }
    }

    #[test]
    fn deletions_are_known() {
        let deletions = WebhookEvent::ALL.iter().filter(|event| event.is_deletion());
        assert_eq!(deletions.count(), 11);
    }
}
