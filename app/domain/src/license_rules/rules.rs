//! The rules of a template beside its limits and its machine rules. Stored as JSON, without the defaults.

use serde::{Deserialize, Serialize};

use super::expiry::ExpiryStart;
use super::ip_range::IpRules;
use super::kinds::{FingerprintMatching, LeasingStrategy, LicenseKind};
use crate::license_key::pattern::CustomPattern;
use crate::machine::Seconds;

/// Clock skew that clients tolerate, in seconds, unless a template says otherwise.
pub const DEFAULT_CLOCK_OFFSET_SECONDS: i32 = 3600;
/// How long before its expiry a license expires soon, in seconds: 30 days.
pub const DEFAULT_EXPIRING_SOON_SECONDS: u32 = 2_592_000;

/// Returns whether a value is the default of its type: a value that is not stored.
#[must_use]
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Rules of a template or a product. The default is what products had before there were templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct LicenseRules {
    /// The kind of licenses; `None` is hosted floating if there is a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<LicenseKind>,
    /// The lease of a template whose licenses are not floating, where it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_lease: Option<Seconds>,
    /// What starts the interval of new licenses.
    #[serde(skip_serializing_if = "is_default")]
    pub start: ExpiryStart,
    /// How clients compare fingerprints.
    #[serde(skip_serializing_if = "is_default")]
    pub fingerprint_matching: FingerprintMatching,
    /// What takes a floating slot.
    #[serde(skip_serializing_if = "is_default")]
    pub leasing_strategy: LeasingStrategy,
    /// Clients of a floating server at the customer's.
    #[serde(skip_serializing_if = "is_default")]
    pub floating_clients: u32,
    /// Clock skew that clients tolerate, in seconds; -1 is any.
    pub clock_offset: i32,
    /// How long before the expiry a license expires soon, in seconds.
    pub expiring_soon: u32,
    /// Clients may ask for a shorter lease.
    pub client_lease: bool,
    /// Addresses of activations are not kept.
    #[serde(skip_serializing_if = "is_default")]
    pub discards_addresses: bool,
    /// Addresses that may activate.
    #[serde(skip_serializing_if = "is_default")]
    pub addresses: IpRules,
    /// The pattern of new keys, if it is none of the built-in formats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_pattern: Option<CustomPattern>,
}

impl Default for LicenseRules {
    fn default() -> Self {
        Self {
            kind: None,
            idle_lease: None,
            start: ExpiryStart::default(),
            fingerprint_matching: FingerprintMatching::default(),
            leasing_strategy: LeasingStrategy::default(),
            floating_clients: 0,
            clock_offset: DEFAULT_CLOCK_OFFSET_SECONDS,
            expiring_soon: DEFAULT_EXPIRING_SOON_SECONDS,
            client_lease: true,
            discards_addresses: false,
            addresses: IpRules::default(),
            key_pattern: None,
        }
    }
}

impl LicenseRules {
    /// Parses the stored JSON; `None`, and JSON of another version, is the default.
    #[must_use]
    pub fn from_storage(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Returns the stored JSON; the default is `None`.
    #[must_use]
    pub fn to_storage(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        serde_json::to_string(self).ok()
    }

    /// Returns the kind of licenses with this lease in force.
    #[must_use]
    pub fn kind(&self, lease: Option<Seconds>) -> LicenseKind {
        let by_lease = if lease.is_some() { LicenseKind::HostedFloating } else { LicenseKind::NodeLocked };
        self.kind.unwrap_or(by_lease)
    }

    /// Sets kind and lease together, and returns the lease in force: only hosted floating licenses have one.
    pub fn set_kind(&mut self, kind: LicenseKind, lease: Option<Seconds>) -> Option<Seconds> {
        self.kind = Some(kind);
        let is_floating = kind == LicenseKind::HostedFloating;
        self.idle_lease = if is_floating { None } else { lease };
        lease.filter(|_| is_floating)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_round_trip_and_the_default_is_not_stored() {
        assert_eq!(LicenseRules::default().to_storage(), None);
        assert_eq!(LicenseRules::from_storage(None), LicenseRules::default());
        assert_eq!(LicenseRules::from_storage(Some("nonsense")), LicenseRules::default());
        let mut rules = LicenseRules { clock_offset: -1, client_lease: false, ..LicenseRules::default() };
        assert_eq!(rules.set_kind(LicenseKind::NodeLocked, Some(Seconds::new(60))), None);
        assert_eq!(LicenseRules::from_storage(rules.to_storage().as_deref()), rules);
        assert_eq!(
            rules.set_kind(LicenseKind::HostedFloating, Some(Seconds::new(60))),
            Some(Seconds::new(60))
        );
        assert_eq!((rules.idle_lease, rules.kind(None)), (None, LicenseKind::HostedFloating));
    }
}
