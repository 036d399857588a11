//! Rules in bodies of answers.

use domain::KeyPattern;
use domain::license::Limit;
use domain::license_rules::{IpRange, RulesInForce, interval_text, validity_seconds};
use domain::machine::Seconds;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema::{
    ExpirationStrategy, FingerprintMatchingStrategy, LeasingStrategy, LicenseType, SubscriptionStartTrigger,
};

/// The rules of a license or a template that are in force.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = v3::Rules)]
#[allow(clippy::struct_excessive_bools, reason = "the contract's form of rules")]
pub struct RulesObject {
    /// The interval in seconds; 0 is none. A year counts 365 days, a month 30.
    validity: i64,
    /// What starts the interval.
    #[schema(value_type = ExpirationStrategy)]
    expiration_strategy: &'static str,
    /// The interval as an ISO 8601 duration such as `P1Y`; an empty text is none.
    subscription_interval: String,
    /// What starts the interval.
    #[schema(value_type = SubscriptionStartTrigger)]
    subscription_start_trigger: &'static str,
    /// How apps compare fingerprints. The server compares them exactly.
    #[schema(value_type = FingerprintMatchingStrategy)]
    fingerprint_matching_strategy: &'static str,
    /// Machines at the same time; -1 is unlimited.
    allowed_activations: i64,
    /// Deactivations by clients; -1 is unlimited.
    allowed_deactivations: i64,
    /// Domains at the same time; -1 is unlimited.
    allowed_domains: i64,
    /// `false` allows no machine at all.
    machines_allowed: bool,
    /// How machines take slots.
    #[serde(rename = "type")]
    #[schema(value_type = LicenseType)]
    kind: &'static str,
    /// Clients of a floating server of the seller.
    allowed_floating_clients: u32,
    /// How long an app runs without a sync, in seconds; -1 is without end.
    server_sync_grace_period: i64,
    /// Time between syncs, in seconds.
    server_sync_interval: u32,
    /// How far the clock of a machine may be off, in seconds; -1 checks no clock.
    allowed_clock_offset: i32,
    /// Whether no clock is checked.
    disable_clock_validation: bool,
    /// Always `false`.
    crypto_binding_enabled: bool,
    /// How long before the expiry `license.expiring-soon` is sent, in seconds.
    expiring_soon_event_offset: u32,
    /// The lease of a floating license, in seconds; 0 is unlimited.
    lease_duration: u32,
    /// What holds a lease.
    #[schema(value_type = LeasingStrategy)]
    leasing_strategy: &'static str,
    /// Whether virtual machines are allowed.
    allow_vm_activation: bool,
    /// Whether containers are allowed.
    allow_container_activation: bool,
    /// Whether an app may ask for a lease of its own.
    allow_client_lease_duration: bool,
    /// Whether each user of a machine takes a slot.
    user_locked: bool,
    /// Always `false`.
    require_authentication: bool,
    /// Whether the addresses of activations are not kept.
    disable_geo_location: bool,
    /// The first allowed range, for older clients.
    allowed_ip_range: Option<String>,
    /// Allowed ranges and networks of addresses.
    allowed_ip_ranges: Vec<String>,
    /// Allowed addresses.
    allowed_ip_addresses: Vec<String>,
    /// Refused addresses.
    disallowed_ip_addresses: Vec<String>,
    /// Always empty: the server knows no countries of addresses.
    #[schema(value_type = Vec<String>)]
    allowed_countries: [(); 0],
    /// Always empty: the server knows no countries of addresses.
    #[schema(value_type = Vec<String>)]
    disallowed_countries: [(); 0],
}

impl RulesObject {
    /// Creates the object of limits and rules.
    pub fn new(machine_limit: Limit, domain_limit: Limit, in_force: &RulesInForce) -> Self {
        let RulesInForce { machines, rules, expiry } = in_force;
        let seconds = |time: Option<Seconds>| time.map_or(0, Seconds::get);
        let ranges = texts(&rules.addresses.ranges);
        Self {
            validity: validity_seconds(expiry.interval),
            expiration_strategy: expiry.start.strategy(),
            subscription_interval: interval_text(expiry.interval),
            subscription_start_trigger: expiry.start.trigger(),
            fingerprint_matching_strategy: rules.fingerprint_matching.as_str(),
            allowed_activations: machine_limit.to_signed(),
            allowed_deactivations: machines.deactivations.to_signed(),
            allowed_domains: domain_limit.to_signed(),
            machines_allowed: machine_limit.slots() != Some(0),
            kind: in_force.kind().as_str(),
            allowed_floating_clients: rules.floating_clients,
            server_sync_grace_period: machines.sync.grace.map_or(-1, |grace| i64::from(grace.get())),
            server_sync_interval: seconds(machines.sync.interval),
            allowed_clock_offset: rules.clock_offset,
            disable_clock_validation: rules.clock_offset == -1,
            crypto_binding_enabled: false,
            expiring_soon_event_offset: rules.expiring_soon,
            lease_duration: seconds(in_force.lease_duration()),
            leasing_strategy: rules.leasing_strategy.as_str(),
            allow_vm_activation: machines.allow_vm,
            allow_container_activation: machines.allow_container,
            allow_client_lease_duration: rules.client_lease,
            user_locked: machines.user_locked,
            require_authentication: false,
            disable_geo_location: rules.discards_addresses,
            allowed_ip_range: ranges.first().cloned(),
            allowed_ip_ranges: ranges,
            allowed_ip_addresses: texts(&rules.addresses.addresses),
            disallowed_ip_addresses: texts(&rules.addresses.denied),
            allowed_countries: [],
            disallowed_countries: [],
        }
    }
}

/// The texts of ranges.
pub(in crate::api::management_api) fn texts(ranges: &[IpRange]) -> Vec<String> {
    ranges.iter().map(ToString::to_string).collect()
}

/// The prefix of a key pattern; empty if it has none.
pub(in crate::api::management_api) fn key_prefix(key: &KeyPattern) -> &str {
    match key {
        KeyPattern::Prefixed(prefix) => prefix.as_str(),
        KeyPattern::Hex | KeyPattern::Custom(_) => "",
    }
}
