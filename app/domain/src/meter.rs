//! Meters: counters of uses per license on the server, such as exports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Maximum number of meters per product.
const MAX_METERS: usize = 20;
/// Longest meter name, in characters.
const MAX_METER_NAME_LEN: usize = 60;
/// Maximum number of uses that can be allowed, or counted in one call.
pub const MAX_USES: i64 = 1_000_000_000_000;

/// A meter of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// The meter's name.
    pub name: String,
    /// Allowed uses of all activations of a license together; `None` is unlimited.
    pub allowed: Option<i64>,
    /// Floating meters return an activation's uses when the activation ends.
    pub floating: bool,
}

/// A product's meters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meters(Vec<Meter>);

impl Meters {
    /// Parses one meter per line: `exports` for unlimited uses, `exports = 100` for a limit,
    /// `exports = 5 floating` for uses that return when the activation ends.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a line has another form, a name is repeated or there are more
    /// than 20 meters.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let meters: Vec<Meter> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(parse_line)
            .collect::<Result<_, _>>()?;
        if meters.len() > MAX_METERS {
            return Err(invalid_meters("At most 20 meters can be listed."));
        }
        for (n, meter) in meters.iter().enumerate() {
            if meters[..n].iter().any(|other| other.name.eq_ignore_ascii_case(&meter.name)) {
                return Err(invalid_meters("A meter’s name can’t come twice, whatever its case."));
            }
        }
        Ok(Self(meters))
    }

    /// Returns the meters in the format of [`Self::parse`].
    #[must_use]
    pub fn text(&self) -> String {
        let line = |meter: &Meter| {
            let allowed = meter.allowed.map(|n| format!(" = {n}")).unwrap_or_default();
            format!("{}{allowed}{}", meter.name, if meter.floating { " floating" } else { "" })
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Wraps meters that were checked, such as those of a product with those of a license.
    #[must_use]
    pub fn from_list(meters: Vec<Meter>) -> Self {
        Self(meters)
    }

    /// Returns all meters.
    #[must_use]
    pub fn all(&self) -> &[Meter] {
        &self.0
    }

    /// Returns the meter of this name, ignoring ASCII case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Meter> {
        self.0.iter().find(|meter| meter.name.eq_ignore_ascii_case(name))
    }
}

fn invalid_meters(message: &str) -> FieldError {
    FieldError::new("meters", message)
}

fn parse_line(text: &str) -> Result<Meter, FieldError> {
    let invalid =
        || invalid_meters("Write one meter a line: exports, or exports = 100, or seats = 5 floating.");
    let (text, floating) = match text.strip_suffix(" floating") {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    };
    let (name, allowed) = match text.split_once('=') {
        Some((name, allowed)) => {
            let allowed =
                allowed.trim().parse().ok().filter(|n| (0..=MAX_USES).contains(n)).ok_or_else(invalid)?;
            (name.trim(), Some(allowed))
        }
        None => (text, None),
    };
    let valid = !name.is_empty()
        && name.chars().count() <= MAX_METER_NAME_LEN
        && !name.ends_with(" floating")
        && !name.chars().any(char::is_control);
    if valid { Ok(Meter { name: name.to_owned(), allowed, floating }) } else { Err(invalid()) }
}

/// The total uses of a meter by a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Total {
    /// Uses that count against the limit.
    pub total: i64,
    /// Uses ever counted.
    pub gross: i64,
}

impl Meter {
    /// Returns the key under which uses are stored: the name in lower case, so that uses are
    /// kept when a seller changes the name's case.
    #[must_use]
    pub fn id(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// A license's uses, by meter id.
pub type Totals = BTreeMap<String, Total>;
/// An activation's uses, by meter id.
pub type Uses = BTreeMap<String, i64>;

/// The error for uses that would exceed the meter's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeterExhausted;

/// Counts `by` uses of an activation. A negative `by` returns uses of a floating meter, at most those
/// of the activation; uses of other meters are never returned.
///
/// # Errors
/// Returns [`MeterExhausted`] and counts nothing if the uses would exceed the limit.
pub fn count(meter: &Meter, total: &mut Total, uses: &mut i64, by: i64) -> Result<(), MeterExhausted> {
    let least = if meter.floating { -*uses } else { 0 };
    let by = by.clamp(least, MAX_USES);
    let (next, after) = (total.total.saturating_add(by).max(0), uses.saturating_add(by));
    if by > 0 && (next > meter.allowed.unwrap_or(i64::MAX) || total.gross > i64::MAX - by) {
        return Err(MeterExhausted);
    }
    total.total = next;
    total.gross += by.max(0);
    *uses = after;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn meter_lines_are_parsed() {
        let meters = Meters::parse("exports = 100\n\n seats=5 floating \nrenders").expect("meters");
        assert_eq!(meters.text(), "exports = 100\nseats = 5 floating\nrenders");
        assert_eq!(Meters::parse(&meters.text()), Ok(meters.clone()));
        assert_eq!(meters.find("EXPORTS").and_then(|m| m.allowed), Some(100));
        for bad in ["= 5", "a = x", "a = -1", "a\nA", "a = 5 5"] {
            assert!(Meters::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_floating_meters_return_uses() {
        for (floating, left) in [(false, 5), (true, 0)] {
            let meter = Meter { name: "m".into(), allowed: Some(10), floating };
            let (mut total, mut uses) = (Total::default(), 0);
            assert_eq!(count(&meter, &mut total, &mut uses, 5), Ok(()));
            assert_eq!(count(&meter, &mut total, &mut uses, -9), Ok(()));
            assert_eq!((total.total, uses, total.gross), (left, left, 5));
        }
    }

    proptest! {
        #[test]
        fn uses_never_exceed_the_allowed_number(
            allowed in proptest::option::of(0i64..50),
            steps in proptest::collection::vec((0usize..3, -30i64..30), 0..60),
        ) {
            let meter = Meter { name: "m".into(), allowed, floating: true };
            let (mut total, mut uses) = (Total::default(), [0i64; 3]);
            for (activation, by) in steps {
                let before = (total, uses);
                if count(&meter, &mut total, &mut uses[activation], by).is_err() {
                    prop_assert_eq!((total, uses), before);
                }
                prop_assert!(uses.iter().all(|n| *n >= 0));
                prop_assert_eq!(total.total, uses.iter().sum::<i64>());
                prop_assert!(total.total <= allowed.unwrap_or(i64::MAX) && total.gross >= before.0.gross);
            }
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            if let Ok(meters) = Meters::parse(&text) {
                prop_assert_eq!(Meters::parse(&meters.text()), Ok(meters));
            }
        }
    }
}
