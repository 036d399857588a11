//! Rules in bodies of requests.

use domain::Period;
use domain::license::Limit;
use domain::license_rules::{
    ExpiryStart, FingerprintMatching, IpRange, LeasingStrategy, LicenseKind, RuleOverrides, RulesInForce,
    interval_text, validity_seconds,
};

use crate::api::management_api::body::{Fields, Given};
use crate::api::management_api::error::{ManagementError, Result};

/// Largest number.
pub const MAX_INT: i64 = i32::MAX as i64;
/// Shortest interval of syncs, in seconds.
const MIN_SYNC_SECONDS: i64 = 180;
/// The clock offset when the check is switched on without one, in seconds: a day.
const DEFAULT_OFFSET: i32 = 86_400;

/// What an object shows now. A value that equals it is no change, whatever its range.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub machine_limit: Limit,
    pub rules: &'a RulesInForce,
}

/// Limits of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsInput {
    pub machines: Option<Limit>,
    pub domains: Option<Limit>,
}

/// Rules of a request.
pub struct RulesInput {
    pub limits: LimitsInput,
    pub rules: RuleOverrides,
}

impl RulesInput {
    /// Reads the rules. `shown` is what the object shows now; a new object shows nothing.
    pub fn read(fields: &Fields, shown: Option<Shown<'_>>) -> Result<Self> {
        refuse_unsupported(fields)?;
        let in_force = shown.map(|shown| shown.rules);
        let start = read_start(fields, in_force)?;
        let own_interval = read_interval(fields, in_force)?;
        let (ip_ranges, ip_addresses, denied_addresses) = read_addresses(fields)?;
        let rules = RuleOverrides {
            allow_vm: fields.boolean("allowVmActivation")?,
            allow_container: fields.boolean("allowContainerActivation")?,
            user_locked: fields.boolean("userLocked")?,
            deactivations: fields.integer("allowedDeactivations", -1..=MAX_INT)?,
            sync_interval: read_sync_interval(fields, in_force)?,
            sync_grace: fields.integer("serverSyncGracePeriod", -1..=MAX_INT)?,
            kind: read_kind(fields)?,
            lease: read_unsigned(fields, "leaseDuration", -1, MAX_INT)?,
            interval: own_interval,
            interval_seconds: None,
            start,
            fingerprint_matching: read_words(
                fields,
                "fingerprintMatchingStrategy",
                FingerprintMatching::ALL,
                FingerprintMatching::as_str,
            )?,
            leasing_strategy: read_words(
                fields,
                "leasingStrategy",
                LeasingStrategy::ALL,
                LeasingStrategy::as_str,
            )?,
            floating_clients: read_unsigned(fields, "allowedFloatingClients", 0, MAX_INT)?,
            clock_offset: read_clock_offset(fields, in_force)?,
            expiring_soon: read_unsigned(fields, "expiringSoonEventOffset", 0, MAX_INT)?,
            client_lease: fields.boolean("allowClientLeaseDuration")?,
            discards_addresses: fields.boolean("disableGeoLocation")?,
            ip_ranges,
            ip_addresses,
            denied_addresses,
            ..RuleOverrides::default()
        };
        let domains = fields.integer("allowedDomains", -1..=MAX_INT)?.map(Limit::from_signed);
        let limits = LimitsInput { machines: read_machine_limit(fields, shown)?, domains };
        Ok(Self { limits, rules })
    }
}

/// Refuses values that would promise a protection that the server does not give.
fn refuse_unsupported(fields: &Fields) -> Result<()> {
    for name in ["requireAuthentication", "cryptoBindingEnabled"] {
        if fields.boolean(name)? == Some(true) {
            return Err(ManagementError::NotSupported(format!("{name} is not supported. Leave it false.")));
        }
    }
    refuse_countries(fields)
}

/// Refuses countries, which the server does not know.
pub fn refuse_countries(fields: &Fields) -> Result<()> {
    for name in ["allowedCountries", "disallowedCountries"] {
        if matches!(fields.strings(name, 256, 1..=256)?, Given::Value(_)) {
            return Err(ManagementError::NotSupported(format!(
                "{name} is not supported, because this server knows no countries of addresses. Leave it empty."
            )));
        }
    }
    Ok(())
}

/// Reads one of the words of a list of values.
pub fn read_words<T: Copy>(
    fields: &Fields,
    name: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<Option<T>> {
    let words: Vec<(&str, T)> = all.iter().map(|value| (word(*value), *value)).collect();
    fields.word(name, &words)
}

fn read_kind(fields: &Fields) -> Result<Option<LicenseKind>> {
    read_words(fields, "type", LicenseKind::ALL, LicenseKind::as_str)
}

/// Reads a number of which a negative one is 0.
fn read_unsigned(fields: &Fields, name: &str, min: i64, max: i64) -> Result<Option<u32>> {
    let number = fields.integer(name, min..=max)?;
    Ok(number.map(|number| u32::try_from(number).unwrap_or(0)))
}

fn read_sync_interval(fields: &Fields, in_force: Option<&RulesInForce>) -> Result<Option<u32>> {
    let shown = in_force.map(|rules| rules.machines.sync.interval.map_or(0, |time| i64::from(time.get())));
    let number = fields.integer("serverSyncInterval", 0..=MAX_INT)?;
    match number {
        Some(number) if number < MIN_SYNC_SECONDS && shown != Some(number) => {
            let requirement = format!("must be a whole number from {MIN_SYNC_SECONDS} to {MAX_INT}");
            Err(fields.error("serverSyncInterval", &requirement))
        }
        number => Ok(number.map(|number| u32::try_from(number).unwrap_or(0))),
    }
}

fn read_clock_offset(fields: &Fields, in_force: Option<&RulesInForce>) -> Result<Option<i32>> {
    let shown = in_force.map(|rules| rules.rules.clock_offset);
    let offset = fields.integer("allowedClockOffset", -1..=MAX_INT)?;
    let offset = offset.map(|offset| i32::try_from(offset).unwrap_or(i32::MAX));
    let disabled = fields.boolean("disableClockValidation")?;
    let shows_disabled = shown.map(|shown| shown == -1);
    Ok(match (offset, disabled) {
        // Of an echoed object, the part that differs counts.
        (Some(offset), Some(disabled)) if shows_disabled == Some(disabled) || (offset == -1) == disabled => {
            Some(offset)
        }
        (_, Some(true)) => Some(-1),
        (Some(offset), Some(false)) if offset != -1 => Some(offset),
        (_, Some(false)) if shows_disabled == Some(false) => offset.filter(|offset| *offset != -1),
        (_, Some(false)) => Some(DEFAULT_OFFSET),
        (offset, None) => offset,
    })
}

/// Reads the machine limit from its two fields: 0 and -1 are unlimited, and no machine at all is a switch.
fn read_machine_limit(fields: &Fields, shown: Option<Shown<'_>>) -> Result<Option<Limit>> {
    let number = fields.integer("allowedActivations", -1..=MAX_INT)?;
    let allowed = fields.boolean("machinesAllowed")?;
    let none = Limit::new(0);
    if allowed == Some(false) {
        return Ok(Some(none));
    }
    let shows_none = shown.is_some_and(|shown| shown.machine_limit == none);
    let limit = number.map(|number| if number <= 0 { Limit::UNLIMITED } else { Limit::from_signed(number) });
    Ok(match (number, allowed) {
        (Some(0), None) if shows_none => None,
        (None, Some(true)) if shows_none => Some(Limit::UNLIMITED),
        _ => limit,
    })
}

/// Reads the interval from its two fields. If both come, the interval counts, unless it is what the object
/// shows and the validity is not.
fn read_interval(fields: &Fields, in_force: Option<&RulesInForce>) -> Result<Option<String>> {
    let seconds = fields.integer("validity", 0..=MAX_INT)?;
    let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(0));
    let no_interval = || fields.error("subscriptionInterval", "must be an ISO 8601 duration such as P1Y");
    let given = match fields.string("subscriptionInterval", 1..=256)? {
        Given::Absent => None,
        Given::Clear => Some(String::new()),
        Given::Value(text) if text.starts_with(['P', 'p']) => {
            Some(text.parse::<Period>().map_err(|_| no_interval())?.to_string())
        }
        Given::Value(_) => return Err(no_interval()),
    };
    let by_seconds = || seconds.map(|seconds| interval_text(Period::from_seconds(seconds)));
    let shown = in_force.map(|rules| rules.expiry.interval);
    let echoes = |given: &String| shown.is_some_and(|shown| interval_text(shown) == *given);
    let differs = seconds
        .is_some_and(|seconds| shown.is_some_and(|shown| validity_seconds(shown) != i64::from(seconds)));
    Ok(match given {
        Some(given) if echoes(&given) && differs => by_seconds(),
        Some(given) => Some(given),
        // What is shown keeps its calendar periods.
        None if shown.is_some() && !differs => None,
        None => by_seconds(),
    })
}

/// Reads what starts the interval, from the older and the newer field.
fn read_start(fields: &Fields, in_force: Option<&RulesInForce>) -> Result<Option<ExpiryStart>> {
    let older = read_words(fields, "expirationStrategy", &ExpiryStart::ALL, ExpiryStart::strategy)?;
    let triggers = [("creation", ExpiryStart::Creation), ("activation", ExpiryStart::Activation)];
    let newer = fields.word("subscriptionStartTrigger", &triggers)?;
    let shown = in_force.map(|rules| rules.expiry.start);
    let older_differs = older.filter(|older| shown != Some(*older));
    let newer_differs = newer.filter(|newer| shown.is_none_or(|shown| shown.trigger() != newer.trigger()));
    Ok(match (older_differs, newer_differs) {
        (Some(ExpiryStart::Rolling), _) => Some(ExpiryStart::Rolling),
        (_, Some(newer)) => Some(newer),
        (older, None) => older,
    })
}

/// Ranges and addresses that may activate, and those that may not.
type Addresses = (Option<Vec<IpRange>>, Option<Vec<IpRange>>, Option<Vec<IpRange>>);

/// Reads the addresses that may and may not activate.
pub fn read_addresses(fields: &Fields) -> Result<Addresses> {
    let mut ranges = read_ranges(fields, "allowedIpRanges", 20)?;
    if ranges.is_none()
        && let Some(range) = fields.string("allowedIpRange", 1..=100)?.change()
    {
        ranges = Some(match range {
            Some(range) => vec![parse_range(fields, "allowedIpRange", &range)?],
            None => Vec::new(),
        });
    }
    let allowed = read_ranges(fields, "allowedIpAddresses", 256)?;
    let denied = read_ranges(fields, "disallowedIpAddresses", 256)?;
    Ok((ranges, allowed, denied))
}

fn read_ranges(fields: &Fields, name: &str, max: usize) -> Result<Option<Vec<IpRange>>> {
    let Some(texts) = fields.strings(name, max, 1..=100)?.change_or_default() else { return Ok(None) };
    texts.iter().map(|text| parse_range(fields, name, text)).collect::<Result<_>>().map(Some)
}

fn parse_range(fields: &Fields, name: &str, text: &str) -> Result<IpRange> {
    let requirement =
        "must hold addresses, ranges such as 10.0.0.1-10.0.0.9, or networks such as 10.0.0.0/24";
    text.parse().map_err(|_| fields.error(name, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, shown: Option<Shown<'_>>) -> RulesInput {
        let fields = Fields::parse(body.as_bytes()).expect("an object");
        RulesInput::read(&fields, shown).unwrap_or_else(|error| panic!("{body}: {error:?}"))
    }

    #[test]
    fn limits_are_numbers_and_a_switch() {
        let rules = RulesInForce::default();
        let of = |machines: Limit| Shown { machine_limit: machines, rules: &rules };
        let none = Limit::new(0);
        for (body, shown, limit) in [
            (r#"{"allowedActivations":"3"}"#, None, Some(Limit::new(3))),
            (r#"{"allowedActivations":0}"#, None, Some(Limit::UNLIMITED)),
            (r#"{"allowedActivations":-1}"#, Some(of(none)), Some(Limit::UNLIMITED)),
            (r#"{"allowedActivations":0}"#, Some(of(none)), None),
            (r#"{"allowedActivations":0,"machinesAllowed":false}"#, Some(of(none)), Some(none)),
            (r#"{"machinesAllowed":true}"#, Some(of(none)), Some(Limit::UNLIMITED)),
            (r#"{"machinesAllowed":true}"#, Some(of(Limit::new(3))), None),
            (r#"{"allowedActivations":5,"machinesAllowed":false}"#, None, Some(none)),
            ("{}", None, None),
        ] {
            assert_eq!(read(body, shown).limits.machines, limit, "{body}");
        }
    }

    #[test]
    fn interval_wins_over_validity_unless_it_is_an_echo() {
        let rules = RulesInForce {
            expiry: domain::license_rules::ExpiryTerms {
                interval: Period::from_months(12),
                start: ExpiryStart::Creation,
            },
            ..RulesInForce::default()
        };
        let shown = Some(Shown { machine_limit: Limit::new(1), rules: &rules });
        for (body, shown, interval) in [
            (r#"{"validity":86400}"#, None, Some("P1D")),
            (r#"{"validity":3600}"#, None, Some("PT3600S")),
            (r#"{"validity":0}"#, None, Some("")),
            (r#"{"validity":86400,"subscriptionInterval":"P1M"}"#, None, Some("P1M")),
            (r#"{"subscriptionInterval":""}"#, shown, Some("")),
            (r#"{"validity":31536000}"#, shown, None),
            (r#"{"validity":86400,"subscriptionInterval":"P1Y"}"#, shown, Some("P1D")),
        ] {
            assert_eq!(read(body, shown).rules.interval.as_deref(), interval, "{body}");
        }
    }

    #[test]
    fn older_and_newer_words_of_the_start_agree() {
        for (body, start) in [
            (
                r#"{"expirationStrategy":"ROLLING","subscriptionStartTrigger":"activation"}"#,
                Some(ExpiryStart::Rolling),
            ),
            (
                r#"{"expirationStrategy":"immediate","subscriptionStartTrigger":"activation"}"#,
                Some(ExpiryStart::Activation),
            ),
            (r#"{"expirationStrategy":"delayed"}"#, Some(ExpiryStart::Activation)),
            ("{}", None),
        ] {
            assert_eq!(read(body, None).rules.start, start, "{body}");
        }
    }

    #[test]
    fn an_echo_of_the_object_changes_no_rule() {
        let rules = RulesInForce::default();
        let shown = Shown { machine_limit: Limit::new(0), rules: &rules };
        let object = super::super::RulesObject::new(shown.machine_limit, Limit::new(1), &rules);
        let echo = serde_json::to_string(&object).expect("JSON");
        let RulesInput { limits, rules: given } = read(&echo, Some(shown));
        assert_eq!((limits.machines, limits.domains), (Some(Limit::new(0)), Some(Limit::new(1))));
        let mut own = RuleOverrides::default();
        assert!(own.apply(&given, &rules).is_empty(), "{given:?}");
    }
}
