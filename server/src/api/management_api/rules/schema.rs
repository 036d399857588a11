//! Rules in the OpenAPI document: the words of enumerations, and rules in bodies of requests. The parser is more
//! lenient (contract, 1.2).

#![allow(dead_code, reason = "schemas of the document; the handlers parse the fields")]

use utoipa::ToSchema;

/// How machines take the slots of a license.
#[derive(ToSchema)]
#[schema(as = v3::LicenseType, rename_all = "kebab-case")]
pub enum LicenseType {
    /// A machine keeps its slot.
    NodeLocked,
    /// A machine holds its slot for a lease that it renews.
    HostedFloating,
    /// The seller's own floating server gives out the slots.
    OnPremiseFloating,
}

/// What starts the interval, in the older words.
#[derive(ToSchema)]
#[schema(as = v3::ExpirationStrategy, rename_all = "kebab-case")]
pub enum ExpirationStrategy {
    /// The creation of the license.
    Immediate,
    /// The first activation.
    Delayed,
    /// Each activation starts one of its own.
    Rolling,
}

/// What starts the interval.
#[derive(ToSchema)]
#[schema(as = v3::SubscriptionStartTrigger, rename_all = "kebab-case")]
pub enum SubscriptionStartTrigger {
    /// The creation of the license.
    Creation,
    /// The first activation.
    Activation,
}

/// How apps compare fingerprints.
#[derive(ToSchema)]
#[schema(as = v3::FingerprintMatchingStrategy, rename_all = "kebab-case")]
pub enum FingerprintMatchingStrategy {
    /// All parts must match.
    Exact,
    /// Most parts must match.
    Fuzzy,
    /// One part must match.
    Loose,
}

/// What holds a lease.
#[derive(ToSchema)]
#[schema(as = v3::LeasingStrategy, rename_all = "kebab-case")]
pub enum LeasingStrategy {
    /// A machine.
    PerMachine,
    /// A running app.
    PerInstance,
}

/// Rules to set. What is not given stays as it is; in a new license it follows the template.
#[derive(ToSchema)]
#[schema(as = v3::GivenRules, rename_all = "camelCase")]
pub struct GivenRules {
    /// The interval in seconds; 0 is none. `subscriptionInterval` wins over it. Fixed once a license is made.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    validity: Option<i32>,
    /// What starts the interval. Fixed once a license is made.
    expiration_strategy: Option<ExpirationStrategy>,
    /// The interval as an ISO 8601 duration such as `P1Y`; an empty text is none.
    #[schema(max_length = 256)]
    subscription_interval: Option<String>,
    /// What starts the interval.
    subscription_start_trigger: Option<SubscriptionStartTrigger>,
    /// How apps compare fingerprints. The server compares them exactly.
    fingerprint_matching_strategy: Option<FingerprintMatchingStrategy>,
    /// Machines at the same time; 0 and -1 are unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    allowed_activations: Option<i32>,
    /// Deactivations by clients; -1 is unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    allowed_deactivations: Option<i32>,
    /// Domains at the same time; 0 is none, -1 is unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    allowed_domains: Option<i32>,
    /// `false` allows no machine at all.
    machines_allowed: Option<bool>,
    /// How machines take slots. Fixed once a license is made.
    #[schema(rename = "type")]
    kind: Option<LicenseType>,
    /// Clients of a floating server of the seller.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    allowed_floating_clients: Option<i32>,
    /// How long an app runs without a sync, in seconds; -1 is without end.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    server_sync_grace_period: Option<i32>,
    /// Time between syncs, in seconds.
    #[schema(minimum = 180, maximum = 2_147_483_647)]
    server_sync_interval: Option<i32>,
    /// How far the clock of a machine may be off, in seconds; -1 checks no clock.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    allowed_clock_offset: Option<i32>,
    /// `true` checks no clock, as the offset -1 does.
    disable_clock_validation: Option<bool>,
    /// How long before the expiry `license.expiring-soon` is sent, in seconds.
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    expiring_soon_event_offset: Option<i32>,
    /// The lease of a floating license, in seconds; 0 and -1 are unlimited.
    #[schema(minimum = -1, maximum = 2_147_483_647)]
    lease_duration: Option<i32>,
    /// What holds a lease.
    leasing_strategy: Option<LeasingStrategy>,
    /// Whether virtual machines are allowed.
    allow_vm_activation: Option<bool>,
    /// Whether containers are allowed.
    allow_container_activation: Option<bool>,
    /// Whether an app may ask for a lease of its own.
    allow_client_lease_duration: Option<bool>,
    /// Whether each user of a machine takes a slot. Fixed once a license is made.
    user_locked: Option<bool>,
    /// Whether the addresses of activations are not kept.
    disable_geo_location: Option<bool>,
    /// The only allowed range, for older clients. An empty text removes all.
    #[schema(max_length = 100)]
    allowed_ip_range: Option<String>,
    /// Allowed ranges such as `10.0.0.1-10.0.0.9` or `10.0.0.0/24`.
    #[schema(max_items = 20, max_length = 100)]
    allowed_ip_ranges: Option<Vec<String>>,
    /// Allowed addresses.
    #[schema(max_items = 256, max_length = 100)]
    allowed_ip_addresses: Option<Vec<String>>,
    /// Refused addresses.
    #[schema(max_items = 256, max_length = 100)]
    disallowed_ip_addresses: Option<Vec<String>>,
}
