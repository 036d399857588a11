//! Scopes of the management API: what a token may read and write (management API contract, 1.8).

use std::fmt;
use std::str::FromStr;

use crate::FieldError;
use crate::permission::Role;

/// Whether a scope reads or writes. Write does not include read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeAccess {
    /// Read.
    Read,
    /// Create, change and delete.
    Write,
}

/// A permission of a token on one resource of the management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    resource: ApiResource,
    access: ScopeAccess,
}

macro_rules! resources {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $label:literal, $read:ident $(, $write:ident)?;)+) => {
        /// A resource of the management API that scopes name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ApiResource {
            $($(#[$doc])* $name,)+
        }

        impl ApiResource {
            /// Returns the resource's word in scopes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns the resource in words, for pages.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }
        }

        impl Scope {
            $(
                #[doc = concat!("The scope `", $word, ":read`.")]
                pub const $read: Self = Self { resource: ApiResource::$name, access: ScopeAccess::Read };
                $(
                    #[doc = concat!("The scope `", $word, ":write`.")]
                    pub const $write: Self =
                        Self { resource: ApiResource::$name, access: ScopeAccess::Write };
                )?
            )+

            /// All scopes, by resource.
            pub const ALL: &'static [Self] = &[$(Self::$read, $(Self::$write,)?)+];
        }
    };
}

resources! {
    /// The account itself.
    Account = "account", "Account", ACCOUNT_READ, ACCOUNT_WRITE;
    /// Machines that licenses are bound to. Sellers free them by the scope `license:write`.
    Activation = "activation", "Activations", ACTIVATION_READ;
    /// Statistics.
    Analytics = "analytics", "Analytics", ANALYTICS_READ;
    /// The audit log.
    EventLog = "eventLog", "Event log", EVENT_LOG_READ;
    /// Licenses, with their metadata and meters.
    License = "license", "Licenses", LICENSE_READ, LICENSE_WRITE;
    /// Templates of licenses.
    LicenseTemplate = "licenseTemplate", "License templates", LICENSE_TEMPLATE_READ, LICENSE_TEMPLATE_WRITE;
    /// Organizations of customers.
    Organization = "organization", "Organizations", ORGANIZATION_READ, ORGANIZATION_WRITE;
    /// Personal access tokens.
    PersonalAccessToken = "personalAccessToken", "Access tokens",
        PERSONAL_ACCESS_TOKEN_READ, PERSONAL_ACCESS_TOKEN_WRITE;
    /// Products.
    Product = "product", "Products", PRODUCT_READ, PRODUCT_WRITE;
    /// Releases of products.
    Release = "release", "Releases", RELEASE_READ, RELEASE_WRITE;
    /// Resellers.
    Reseller = "reseller", "Resellers", RESELLER_READ, RESELLER_WRITE;
    /// Roles of members.
    Role = "role", "Roles", ROLE_READ, ROLE_WRITE;
    /// Tags of licenses and customers.
    Tag = "tag", "Tags", TAG_READ, TAG_WRITE;
    /// Trials of machines.
    TrialActivation = "trialActivation", "Trials", TRIAL_ACTIVATION_READ, TRIAL_ACTIVATION_WRITE;
    /// Rules of trials.
    TrialPolicy = "trialPolicy", "Trial policies", TRIAL_POLICY_READ, TRIAL_POLICY_WRITE;
    /// Customers, whom the API calls users.
    User = "user", "Customers", USER_READ, USER_WRITE;
    /// Webhooks and their log.
    Webhook = "webhook", "Webhooks", WEBHOOK_READ, WEBHOOK_WRITE;
}

/// Other words for resources: the older name of templates, and a misspelling that clients copy.
const ALIASES: [(&str, ApiResource); 2] =
    [("licensePolicy", ApiResource::LicenseTemplate), ("licenseTemaplate", ApiResource::LicenseTemplate)];

/// Scopes that clients name and that give nothing.
const VOID: [&str; 5] = [
    "invoice:read",
    "paymentMethod:read",
    "paymentMethod:write",
    "maintenancePolicy:read",
    "maintenancePolicy:write",
];

impl Scope {
    /// Returns the resource.
    #[must_use]
    pub fn resource(self) -> ApiResource {
        self.resource
    }

    /// Returns whether the scope reads or writes.
    #[must_use]
    pub fn access(self) -> ScopeAccess {
        self.access
    }

    /// Parses a scope in any case, also by its other words. `Ok(None)` is a scope that is accepted and gives
    /// nothing.
    ///
    /// # Errors
    /// Returns [`FieldError`] if the scope is unknown.
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let text = text.trim();
        if VOID.iter().any(|void| void.eq_ignore_ascii_case(text)) {
            return Ok(None);
        }
        let known = Self::ALL.iter().find(|scope| scope.has_name(text)).copied();
        known.map(Some).ok_or_else(|| {
            FieldError::new("scopes", "Each scope must be a resource and an access, such as license:read.")
        })
    }

    fn has_name(self, text: &str) -> bool {
        let Some((resource, access)) = text.split_once(':') else { return false };
        let aliases = ALIASES.iter().filter(|(_, of)| *of == self.resource).map(|(alias, _)| *alias);
        self.access_word().eq_ignore_ascii_case(access)
            && aliases.chain([self.resource.as_str()]).any(|word| word.eq_ignore_ascii_case(resource))
    }

    fn access_word(self) -> &'static str {
        match self.access {
            ScopeAccess::Read => "read",
            ScopeAccess::Write => "write",
        }
    }

    /// Returns the bit of the scope in a set. Never stored.
    fn bit(self) -> u64 {
        let place = 2 * (self.resource as u32) + u32::from(self.access == ScopeAccess::Write);
        1 << place
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource.as_str(), self.access_word())
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeSet(u64);

impl ScopeSet {
    /// Returns what a role carries: a viewer reads, support also changes licenses and customers, an admin and
    /// an owner may do all.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        let is_of_support = |scope: &Scope| {
            use ApiResource::{License, Organization, Tag, TrialActivation, User};
            matches!(scope.resource, License | User | Organization | Tag | TrialActivation)
        };
        let carries = |scope: &Scope| match role {
            Role::Owner | Role::Admin => true,
            Role::Support => scope.access == ScopeAccess::Read || is_of_support(scope),
            Role::Viewer => scope.access == ScopeAccess::Read,
        };
        Scope::ALL.iter().filter(|scope| carries(scope)).copied().collect()
    }

    /// Returns whether the set has the scope.
    #[must_use]
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Returns whether `other` has all scopes of this set. A caller gives no set that is no part of its own.
    #[must_use]
    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Returns the scopes that both sets have.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns whether the set has no scope.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the scopes, by resource.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// Returns the words of the scopes, by resource.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        self.iter().map(|scope| scope.to_string()).collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope.bit()))
    }
}

/// The stored form: the words with a space between them.
impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}

impl FromStr for ScopeSet {
    type Err = FieldError;

    fn from_str(stored: &str) -> Result<Self, FieldError> {
        let scopes: Result<Vec<_>, _> = stored.split_ascii_whitespace().map(Scope::parse).collect();
        Ok(scopes?.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set() -> impl Strategy<Value = ScopeSet> {
        prop::sample::subsequence(Scope::ALL.to_vec(), 0..=Scope::ALL.len())
            .prop_map(|scopes| scopes.into_iter().collect())
    }

    #[test]
    fn scopes_are_read_in_any_case_and_by_other_words() {
        for (text, scope) in [
            ("license:read", Scope::LICENSE_READ),
            (" LICENSE:Write ", Scope::LICENSE_WRITE),
            ("licensePolicy:read", Scope::LICENSE_TEMPLATE_READ),
            ("licenseTemaplate:write", Scope::LICENSE_TEMPLATE_WRITE),
            ("eventlog:read", Scope::EVENT_LOG_READ),
        ] {
            assert_eq!(Scope::parse(text), Ok(Some(scope)), "{text}");
        }
        for void in ["invoice:read", "paymentmethod:write", "maintenancePolicy:read"] {
            assert_eq!(Scope::parse(void), Ok(None), "{void}");
        }
        for unknown in
            ["", "license", "license:", ":read", "license:delete", "analytics:write", "invoice:write"]
        {
            assert!(Scope::parse(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn roles_carry_scopes_as_documented() {
        let all: ScopeSet = Scope::ALL.iter().copied().collect();
        assert_eq!(ScopeSet::of_role(Role::Owner), all);
        assert_eq!(ScopeSet::of_role(Role::Admin), all);
        let support = ScopeSet::of_role(Role::Support);
        for scope in [
            Scope::LICENSE_WRITE,
            Scope::USER_WRITE,
            Scope::ORGANIZATION_WRITE,
            Scope::TAG_WRITE,
            Scope::TRIAL_ACTIVATION_WRITE,
            Scope::PRODUCT_READ,
        ] {
            assert!(support.contains(scope), "{scope}");
        }
        for scope in [Scope::PRODUCT_WRITE, Scope::PERSONAL_ACCESS_TOKEN_WRITE, Scope::WEBHOOK_WRITE] {
            assert!(!support.contains(scope), "{scope}");
        }
        assert!(ScopeSet::of_role(Role::Viewer).iter().all(|scope| scope.access() == ScopeAccess::Read));
    }

    #[test]
    fn write_does_not_include_read() {
        let set: ScopeSet = [Scope::LICENSE_WRITE].into_iter().collect();
        assert!(set.contains(Scope::LICENSE_WRITE) && !set.contains(Scope::LICENSE_READ));
    }

    #[test]
    fn a_higher_role_carries_no_less() {
        for pair in Role::ALL.windows(2) {
            assert!(ScopeSet::of_role(pair[1]).is_subset(ScopeSet::of_role(pair[0])));
        }
    }

    proptest! {
        #[test]
        fn stored_form_round_trips(set in set()) {
            prop_assert_eq!(set.to_string().parse(), Ok(set));
            prop_assert_eq!(set.iter().count(), set.words().len());
        }

        #[test]
        fn subsets_have_no_other_scope(a in set(), b in set()) {
            prop_assert_eq!(a.is_subset(b), a.iter().all(|scope| b.contains(scope)));
            prop_assert!(a.intersection(b).is_subset(a) && a.intersection(b).is_subset(b));
        }
    }
}
