//! What a license has of its own. Stored as JSON with the license, so that no statement of an activation reads
//! another table.

use serde::{Deserialize, Serialize};

use super::expiry::{ExpiryStart, ExpiryTerms};
use super::in_force::RulesInForce;
use super::ip_range::{IpRange, IpRules};
use super::kinds::{FingerprintMatching, LeasingStrategy, LicenseKind};
use super::own_meter::OwnMeters;
use super::rules::{LicenseRules, is_default};
use crate::license::Limit;
use crate::machine::{MachineRules, Seconds, SyncRules};
use crate::{Period, Timestamp};

/// The rules of one license; `None` follows the product. -1 is unlimited, and 0 is none for durations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleOverrides {
    /// Virtual machines may activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_vm: Option<bool>,
    /// Containers may activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_container: Option<bool>,
    /// Each user of a machine takes a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_locked: Option<bool>,
    /// Number of deactivations by clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivations: Option<i64>,
    /// Interval between two syncs, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval: Option<u32>,
    /// Grace time without a sync, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_grace: Option<i64>,
    /// The kind of the license.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<LicenseKind>,
    /// The lease, in seconds. Has an effect on a hosted floating license alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<u32>,
    /// The interval as an ISO period; empty never ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The interval in seconds, by which lists are filtered. Derived from `interval` when it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<i64>,
    /// What starts the interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<ExpiryStart>,
    /// How clients compare fingerprints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint_matching: Option<FingerprintMatching>,
    /// What takes a floating slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leasing_strategy: Option<LeasingStrategy>,
    /// Clients of a floating server at the customer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floating_clients: Option<u32>,
    /// Clock skew that clients tolerate, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_offset: Option<i32>,
    /// How long before the expiry the license expires soon, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiring_soon: Option<u32>,
    /// Clients may ask for a shorter lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_lease: Option<bool>,
    /// Addresses of activations are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discards_addresses: Option<bool>,
    /// Ranges of addresses that may activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_ranges: Option<Vec<IpRange>>,
    /// Single addresses that may activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_addresses: Option<Vec<IpRange>>,
    /// Addresses that may not activate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_addresses: Option<Vec<IpRange>>,
    /// Meters.
    #[serde(skip_serializing_if = "OwnMeters::is_empty")]
    pub meters: OwnMeters,
    /// Fields of other systems, without an effect here.
    #[serde(skip_serializing_if = "is_default")]
    pub echoed: EchoedFields,
}

/// Fields of a license that are stored and answered, and have no effect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EchoedFields {
    /// Ids of further users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_users: Vec<String>,
    /// Ids of users in other systems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_users: Vec<String>,
    /// A set of entitlements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement_set: Option<String>,
    /// A version of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// A policy of maintenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_policy: Option<String>,
    /// The end of maintenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_expires_at: Option<Timestamp>,
    /// The release in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_release: Option<String>,
    /// The newest release that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_release: Option<String>,
}

impl RuleOverrides {
    /// Parses the stored JSON; `None`, and JSON of another version, has no overrides.
    #[must_use]
    pub fn from_storage(text: Option<&str>) -> Self {
        let stored: Option<Self> = text.and_then(|text| serde_json::from_str(text).ok());
        stored.map(|stored| Self { interval_seconds: None, ..stored }).unwrap_or_default()
    }

    /// Returns the stored JSON; no overrides are `None`.
    #[must_use]
    pub fn to_storage(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        let seconds = |text: &String| text.parse::<Period>().map_or(0, Period::approximate_seconds);
        let interval_seconds = self.interval.as_ref().map(seconds);
        serde_json::to_string(&Self { interval_seconds, ..self.clone() }).ok()
    }

    /// Returns the rules in force, given those of the product.
    #[must_use]
    pub fn merge(&self, of_product: RulesInForce) -> RulesInForce {
        let RulesInForce { machines, mut rules, expiry } = of_product;
        let kind = rules.kind(machines.lease);
        let lease = machines.lease.or(rules.idle_lease);
        let own_lease = self.lease.map(|seconds| (seconds > 0).then(|| Seconds::new(seconds)));
        let lease = rules.set_kind(self.kind.unwrap_or(kind), own_lease.unwrap_or(lease));
        let sync = SyncRules {
            interval: match self.sync_interval {
                Some(seconds) => (seconds > 0).then(|| Seconds::new(seconds)),
                None => machines.sync.interval,
            },
            grace: match self.sync_grace {
                Some(seconds) => u32::try_from(seconds).ok().map(Seconds::new),
                None => machines.sync.grace,
            },
        };
        let machines = MachineRules {
            allow_vm: self.allow_vm.unwrap_or(machines.allow_vm),
            allow_container: self.allow_container.unwrap_or(machines.allow_container),
            user_locked: self.user_locked.unwrap_or(machines.user_locked),
            deactivations: self.deactivations.map_or(machines.deactivations, Limit::from_signed),
            sync,
            lease,
            trial: machines.trial,
        };
        self.merge_rules(&mut rules);
        let interval = match self.interval.as_deref() {
            Some(text) => text.parse::<Period>().ok(),
            None => expiry.interval,
        };
        let expiry = ExpiryTerms { interval, start: self.start.unwrap_or(expiry.start) };
        RulesInForce { machines, rules, expiry }
    }

    fn merge_rules(&self, rules: &mut LicenseRules) {
        fn set<T: Clone>(rule: &mut T, own: Option<&T>) {
            if let Some(own) = own {
                *rule = own.clone();
            }
        }
        set(&mut rules.fingerprint_matching, self.fingerprint_matching.as_ref());
        set(&mut rules.leasing_strategy, self.leasing_strategy.as_ref());
        set(&mut rules.floating_clients, self.floating_clients.as_ref());
        set(&mut rules.clock_offset, self.clock_offset.as_ref());
        set(&mut rules.expiring_soon, self.expiring_soon.as_ref());
        set(&mut rules.client_lease, self.client_lease.as_ref());
        set(&mut rules.discards_addresses, self.discards_addresses.as_ref());
        let IpRules { ranges, addresses, denied } = &mut rules.addresses;
        set(ranges, self.ip_ranges.as_ref());
        set(addresses, self.ip_addresses.as_ref());
        set(denied, self.denied_addresses.as_ref());
        rules.start = self.start.unwrap_or(rules.start);
    }

    /// Sets what is given and differs from what is in force. A value that is in force anyway is not stored, so
    /// that the license goes on following its product. Returns the names of the changed rules.
    #[allow(clippy::clone_on_copy, reason = "some of the fields are lists")]
    pub fn apply(&mut self, given: &Self, of_product: &RulesInForce) -> Vec<&'static str> {
        let mut changed = Vec::new();
        macro_rules! set {
            ($($field:ident = $name:literal),+ $(,)?) => {$(
                if given.$field.is_some() {
                    let next = Self { $field: given.$field.clone(), ..self.clone() };
                    if next.merge(of_product.clone()) != self.merge(of_product.clone()) {
                        *self = next;
                        changed.push($name);
                    }
                }
            )+};
        }
        set!(
            allow_vm = "virtual machines",
            allow_container = "containers",
            user_locked = "a slot for each user",
            deactivations = "deactivations",
            sync_interval = "sync interval",
            sync_grace = "sync grace",
            kind = "type",
            lease = "lease",
            interval = "interval",
            start = "start of the interval",
            fingerprint_matching = "fingerprint matching",
            leasing_strategy = "leasing strategy",
            floating_clients = "floating clients",
            clock_offset = "clock offset",
            expiring_soon = "expires soon",
            client_lease = "lease of the client",
            discards_addresses = "addresses are not kept",
            ip_ranges = "address ranges",
            ip_addresses = "addresses",
            denied_addresses = "denied addresses",
        );
        changed
    }

    /// Sets what is given, also if it is in force anyway: a value given at creation is the license's own
    /// (management API, section 3.1).
    #[allow(clippy::clone_on_copy, reason = "some of the fields are lists")]
    pub fn set_own(&mut self, given: &Self) {
        macro_rules! set {
            ($($field:ident),+ $(,)?) => {$(
                if given.$field.is_some() {
                    self.$field = given.$field.clone();
                }
            )+};
        }
        set!(
            allow_vm,
            allow_container,
            user_locked,
            deactivations,
            sync_interval,
            sync_grace,
            kind,
            lease,
            interval,
            start,
            fingerprint_matching,
            leasing_strategy,
            floating_clients,
            clock_offset,
            expiring_soon,
            client_lease,
            discards_addresses,
            ip_ranges,
            ip_addresses,
            denied_addresses,
        );
    }

    /// Returns every rule of a template as a license's own, for a license whose template is not its product's.
    #[must_use]
    pub fn copy_of(template: &RulesInForce) -> Self {
        let RulesInForce { machines, rules, expiry } = template;
        let seconds = |time: Option<Seconds>| time.map_or(0, Seconds::get);
        Self {
            allow_vm: Some(machines.allow_vm),
            allow_container: Some(machines.allow_container),
            user_locked: Some(machines.user_locked),
            deactivations: Some(machines.deactivations.to_signed()),
            sync_interval: Some(seconds(machines.sync.interval)),
            sync_grace: Some(machines.sync.grace.map_or(-1, |grace| i64::from(grace.get()))),
            kind: Some(template.kind()),
            lease: Some(seconds(template.lease_duration())),
            interval: Some(expiry.interval.map(|interval| interval.to_string()).unwrap_or_default()),
            interval_seconds: None,
            start: Some(expiry.start),
            fingerprint_matching: Some(rules.fingerprint_matching),
            leasing_strategy: Some(rules.leasing_strategy),
            floating_clients: Some(rules.floating_clients),
            clock_offset: Some(rules.clock_offset),
            expiring_soon: Some(rules.expiring_soon),
            client_lease: Some(rules.client_lease),
            discards_addresses: Some(rules.discards_addresses),
            ip_ranges: Some(rules.addresses.ranges.clone()),
            ip_addresses: Some(rules.addresses.addresses.clone()),
            denied_addresses: Some(rules.addresses.denied.clone()),
            meters: OwnMeters::default(),
            echoed: EchoedFields::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn template() -> RulesInForce {
        let mut rules = LicenseRules { floating_clients: 3, clock_offset: 86_400, ..LicenseRules::default() };
        let lease = rules.set_kind(LicenseKind::HostedFloating, Some(Seconds::new(900)));
        RulesInForce {
            machines: MachineRules { allow_vm: false, lease, ..MachineRules::default() },
            rules,
            expiry: ExpiryTerms { interval: Period::from_months(12), start: ExpiryStart::Creation },
        }
    }

    #[test]
    fn nothing_of_its_own_follows_the_product() {
        assert_eq!(RuleOverrides::default().merge(template()), template());
        assert_eq!(RuleOverrides::default().to_storage(), None);
    }

    #[test]
    fn an_echo_stores_nothing_and_a_change_is_named() {
        for of_product in [template(), RulesInForce::default()] {
            let mut own = RuleOverrides::default();
            assert!(own.apply(&RuleOverrides::copy_of(&of_product), &of_product).is_empty());
            assert_eq!(own, RuleOverrides::default());
        }
        let mut own = RuleOverrides::default();
        let given =
            RuleOverrides { allow_vm: Some(true), interval: Some("P12M".into()), ..RuleOverrides::default() };
        assert_eq!(own.apply(&given, &template()), ["virtual machines"]);
        assert_eq!(own, RuleOverrides { allow_vm: Some(true), ..RuleOverrides::default() });
    }

    #[test]
    fn a_value_given_at_creation_is_the_license_s_own() {
        let mut own = RuleOverrides::default();
        own.set_own(&RuleOverrides::copy_of(&template()));
        assert_eq!(own, RuleOverrides::copy_of(&template()));
        let other = RulesInForce::default();
        assert_eq!(own.merge(other.clone()).machines, template().machines);
        own.set_own(&RuleOverrides::default());
        assert_eq!(own.merge(other).machines, template().machines);
    }

    #[test]
    fn a_copied_template_wins_over_the_product() {
        let copy = RuleOverrides::copy_of(&template());
        let merged = copy.merge(RulesInForce::default());
        assert_eq!(merged.machines, template().machines);
        assert_eq!((merged.kind(), merged.expiry), (template().kind(), template().expiry));
        assert_eq!(RuleOverrides::from_storage(copy.to_storage().as_deref()), copy);
    }

    #[test]
    fn a_lease_rests_while_the_license_does_not_float() {
        let own = RuleOverrides { kind: Some(LicenseKind::NodeLocked), ..RuleOverrides::default() };
        let merged = own.merge(template());
        assert_eq!((merged.machines.lease, merged.lease_duration()), (None, Some(Seconds::new(900))));
        let own = RuleOverrides { lease: Some(0), ..RuleOverrides::default() };
        assert_eq!(own.merge(template()).lease_duration(), None);
        assert_eq!(own.merge(template()).kind(), LicenseKind::HostedFloating);
    }

    proptest! {
        #[test]
        fn overrides_round_trip(
            vm in proptest::option::of(any::<bool>()),
            deactivations in proptest::option::of(-1i64..100),
            grace in proptest::option::of(-1i64..1_000_000),
            interval in proptest::option::of(prop_oneof![Just(String::new()), Just("P1Y".to_owned()), Just("PT90S".to_owned())]),
        ) {
            let own = RuleOverrides { allow_vm: vm, deactivations, sync_grace: grace, interval, ..RuleOverrides::default() };
            prop_assert_eq!(RuleOverrides::from_storage(own.to_storage().as_deref()), own.clone());
            let merged = own.merge(template());
            prop_assert_eq!(merged.machines.allow_vm, vm.unwrap_or(false));
            if let Some(n) = deactivations {
                prop_assert_eq!(merged.machines.deactivations.to_signed(), n);
            }
        }
    }
}
