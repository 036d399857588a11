//! Changes of licenses and rules, by the names that the management API has for their properties.

use domain::Timestamp;
use domain::license::{Limit, State};
use domain::license_rules::{IpRange, IpRules, RulesInForce, interval_text, validity_seconds};
use domain::machine::Seconds;
use uuid::Uuid;

use super::changes::Changes;

impl Changes {
    /// Returns what differs between two states of a license.
    pub fn of_state(before: &State, after: &State) -> Self {
        let is_suspended = |state: &State| matches!(state, State::Suspended { .. });
        let is_revoked = |state: &State| matches!(state, State::Revoked { .. });
        let mut changes = Self::default();
        changes.add("suspended", &is_suspended(before), &is_suspended(after));
        changes.add("revoked", &is_revoked(before), &is_revoked(after));
        changes
    }

    /// Returns the changed expiry of a license.
    pub fn of_expiry(before: Option<Timestamp>, after: Option<Timestamp>) -> Self {
        let mut changes = Self::default();
        changes.add_time("expiresAt", before, after);
        changes
    }

    /// Returns the changed holder of a license.
    pub fn of_holder(before: Option<Uuid>, after: Option<Uuid>) -> Self {
        let mut changes = Self::default();
        changes.add("userId", &before, &after);
        changes
    }

    /// Adds a machine limit. No machine at all is a switch in the API.
    pub fn add_machine_limit(&mut self, before: Limit, after: Limit) {
        let allows_machines = |limit: Limit| limit.slots() != Some(0);
        self.add("allowedActivations", &before.to_signed(), &after.to_signed());
        self.add("machinesAllowed", &allows_machines(before), &allows_machines(after));
    }

    /// Adds a domain limit.
    pub fn add_domain_limit(&mut self, before: Limit, after: Limit) {
        self.add("allowedDomains", &before.to_signed(), &after.to_signed());
    }

    /// Adds what differs between two sets of rules.
    pub fn add_rules(&mut self, before: &RulesInForce, after: &RulesInForce) {
        let seconds = |time: Option<Seconds>| time.map_or(0, Seconds::get);
        let grace = |rules: &RulesInForce| rules.machines.sync.grace.map_or(-1, |time| i64::from(time.get()));
        let RulesInForce { machines, rules, expiry } = before;
        let (next, next_rules) = (&after.machines, &after.rules);
        self.add("validity", &validity_seconds(expiry.interval), &validity_seconds(after.expiry.interval));
        self.add("expirationStrategy", &expiry.start.strategy(), &after.expiry.start.strategy());
        self.add(
            "subscriptionInterval",
            &interval_text(expiry.interval),
            &interval_text(after.expiry.interval),
        );
        self.add("subscriptionStartTrigger", &expiry.start.trigger(), &after.expiry.start.trigger());
        let (matching, next_matching) = (rules.fingerprint_matching, next_rules.fingerprint_matching);
        self.add("fingerprintMatchingStrategy", &matching.as_str(), &next_matching.as_str());
        let (moves, next_moves) = (machines.deactivations, next.deactivations);
        self.add("allowedDeactivations", &moves.to_signed(), &next_moves.to_signed());
        self.add("type", &before.kind().as_str(), &after.kind().as_str());
        self.add("allowedFloatingClients", &rules.floating_clients, &next_rules.floating_clients);
        self.add("serverSyncGracePeriod", &grace(before), &grace(after));
        self.add("serverSyncInterval", &seconds(machines.sync.interval), &seconds(next.sync.interval));
        self.add("allowedClockOffset", &rules.clock_offset, &next_rules.clock_offset);
        let checks_no_clock = |rules: &RulesInForce| rules.rules.clock_offset == -1;
        self.add("disableClockValidation", &checks_no_clock(before), &checks_no_clock(after));
        self.add("expiringSoonEventOffset", &rules.expiring_soon, &next_rules.expiring_soon);
        self.add("leaseDuration", &seconds(before.lease_duration()), &seconds(after.lease_duration()));
        let (leasing, next_leasing) = (rules.leasing_strategy, next_rules.leasing_strategy);
        self.add("leasingStrategy", &leasing.as_str(), &next_leasing.as_str());
        self.add("allowVmActivation", &machines.allow_vm, &next.allow_vm);
        self.add("allowContainerActivation", &machines.allow_container, &next.allow_container);
        self.add("allowClientLeaseDuration", &rules.client_lease, &next_rules.client_lease);
        self.add("userLocked", &machines.user_locked, &next.user_locked);
        self.add("disableGeoLocation", &rules.discards_addresses, &next_rules.discards_addresses);
        self.add_addresses(&rules.addresses, &next_rules.addresses);
    }

    /// Adds what differs between the addresses that may and may not activate.
    pub fn add_addresses(&mut self, before: &IpRules, after: &IpRules) {
        let texts = |ranges: &[IpRange]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.add("allowedIpRanges", &texts(&before.ranges), &texts(&after.ranges));
        self.add("allowedIpAddresses", &texts(&before.addresses), &texts(&after.addresses));
        self.add("disallowedIpAddresses", &texts(&before.denied), &texts(&after.denied));
    }
}

#[cfg(test)]
mod tests {
    use domain::Period;
    use domain::license_rules::{ExpiryStart, ExpiryTerms};
    use domain::machine::MachineRules;

    use super::*;

    #[test]
    fn equal_rules_are_no_change() {
        let mut changes = Changes::default();
        changes.add_rules(&RulesInForce::default(), &RulesInForce::default());
        changes.add_machine_limit(Limit::new(1), Limit::new(1));
        assert!(changes.is_empty());
        assert!(Changes::of_state(&State::Active, &State::Active).is_empty());
    }

    #[test]
    fn each_rule_has_its_own_change() {
        let before = RulesInForce::default();
        let after = RulesInForce {
            machines: MachineRules { allow_vm: !before.machines.allow_vm, ..MachineRules::default() },
            expiry: ExpiryTerms { interval: Period::from_months(12), start: ExpiryStart::Rolling },
            ..RulesInForce::default()
        };
        let mut changes = Changes::default();
        changes.add_rules(&before, &after);
        changes.add_machine_limit(Limit::new(0), Limit::UNLIMITED);
        let expected = [
            "validity",
            "expirationStrategy",
            "subscriptionInterval",
            "subscriptionStartTrigger",
            "allowVmActivation",
            "allowedActivations",
            "machinesAllowed",
        ];
        assert_eq!(changes.properties(), expected);
    }
}
