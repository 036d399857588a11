//! Meters: uses that a license's apps count on the server, such as exports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Meters of one product, at most.
const MAX_METERS: usize = 20;
/// The longest name, in characters.
const MAX_METER_NAME_LEN: usize = 60;
/// The most uses that can be allowed or counted at once.
pub const MAX_USES: i64 = 1_000_000_000_000;

/// A meter of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Its name.
    pub name: String,
    /// Uses that all activations of a license have together; `None` is unlimited.
    pub allowed: Option<i64>,
    /// Floating: the uses of an activation are taken back when it ends.
    pub floating: bool,
}

/// A product's meters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meters(Vec<Meter>);

impl Meters {
    /// Reads one meter a line: `exports` for unlimited uses, `exports = 100` for
    /// a limit, `seats = 5 floating` for uses that come back when the activation
    /// ends.
    ///
    /// # Errors
    /// When a line has another form, a name comes twice, or there are over 20.
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

    /// The meters as `parse` reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |meter: &Meter| {
            let allowed = meter.allowed.map(|n| format!(" = {n}")).unwrap_or_default();
            format!("{}{allowed}{}", meter.name, if meter.floating { " floating" } else { "" })
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Returns all meters.
    #[must_use]
    pub fn all(&self) -> &[Meter] {
        &self.0
    }

    /// The meter of this name, whatever its case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Meter> {
        self.0.iter().find(|meter| meter.name.eq_ignore_ascii_case(name))
    }
}

fn invalid_meters(message: &str) -> FieldError {
    FieldError::new("meters", message)
}

fn parse_line(text: &str) -> Result<Meter, FieldError> {
    let form = || invalid_meters("Write one meter a line: exports, or exports = 100, or seats = 5 floating.");
    let (text, floating) = match text.strip_suffix(" floating") {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    };
    let (name, allowed) = match text.split_once('=') {
        Some((name, allowed)) => {
            let allowed =
                allowed.trim().parse().ok().filter(|n| (0..=MAX_USES).contains(n)).ok_or_else(form)?;
            (name.trim(), Some(allowed))
        }
        None => (text, None),
    };
    let named = !name.is_empty()
        && name.chars().count() <= MAX_METER_NAME_LEN
        && !name.ends_with(" floating")
        && !name.chars().any(char::is_control);
    if named { Ok(Meter { name: name.to_owned(), allowed, floating }) } else { Err(form()) }
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
    /// What uses are kept under: the name whatever its case, so that they stay where
    /// a seller spells it anew.
    #[must_use]
    pub fn id(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// A license's uses, by meter.
pub type Totals = BTreeMap<String, Total>;
/// An activation's uses, by meter.
pub type Uses = BTreeMap<String, i64>;

/// The meter's limit would be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeterExhausted;

/// Counts `by` uses of an activation, or takes them back where `by` is negative;
/// an activation's uses never drop below none.
///
/// # Errors
/// When more would be used than is allowed; nothing is counted then.
pub fn count(meter: &Meter, total: &mut Total, uses: &mut i64, by: i64) -> Result<(), MeterExhausted> {
    let by = by.clamp(-*uses, MAX_USES);
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

    proptest! {
        #[test]
        fn uses_never_exceed_the_allowed_number(
            allowed in proptest::option::of(0i64..50),
            steps in proptest::collection::vec((0usize..3, -30i64..30), 0..60),
        ) {
            let meter = Meter { name: "m".into(), allowed, floating: false };
            let (mut total, mut uses) = (Total::default(), [0i64; 3]);
            for (who, by) in steps {
                let before = (total, uses);
                if count(&meter, &mut total, &mut uses[who], by).is_err() {
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
