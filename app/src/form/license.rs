//! Changes of a license.

use domain::invalid::Faults;
use domain::license::{Limit, Reason};
use domain::{Invalid, Timestamp};

/// Why a license is suspended or revoked.
///
/// # Errors
/// When it is too long.
pub fn reason(text: &str) -> Result<Option<Reason>, Vec<Invalid>> {
    Reason::optional("reason", text).map_err(|e| vec![e])
}

/// A limit that was typed, and what it was when the form was shown.
pub struct TypedLimit<'a> {
    /// What was typed.
    pub text: &'a str,
    /// What was shown, where the form says so.
    pub was: Option<&'a str>,
}

impl TypedLimit<'_> {
    /// Nothing where it is as it was: somebody else may have changed it since.
    fn parse(&self, field: &'static str) -> Result<Option<Limit>, Invalid> {
        let limit = Limit::parse(field, self.text)?;
        let was = self.was.and_then(|was| Limit::parse(field, was).ok());
        Ok((was != Some(limit)).then_some(limit))
    }
}

/// The limits of domains and of machines, as far as they are to be changed.
///
/// # Errors
/// All that is wrong.
pub fn limits(
    domains: &TypedLimit<'_>,
    machines: &TypedLimit<'_>,
) -> Result<(Option<Limit>, Option<Limit>), Vec<Invalid>> {
    let mut faults = Faults::default();
    let domains = faults.check(domains.parse("domain_limit"));
    let machines = faults.check(machines.parse("machine_limit"));
    domains.zip(machines).ok_or_else(|| faults.into_inner())
}

/// The end of a day that is still to come.
pub(super) fn ahead(date: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let at = Timestamp::parse_expiry(date)?;
    if at > now { Ok(at) } else { Err(Invalid::new("expires_at", "The date must be ahead.")) }
}

/// `never`, `date`, or a number of days beyond the current expiry, or beyond now
/// where that has passed. What never ends can't be extended.
///
/// # Errors
/// When it is none of these.
pub fn renewal(
    expiry: &str,
    date: &str,
    current: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Vec<Invalid>> {
    let wrong = |field, says: &str| Err(vec![Invalid::new(field, says)]);
    if expiry == "date" {
        return ahead(date, now).map(Some).map_err(|e| vec![e]);
    }
    if !date.trim().is_empty() {
        return wrong("expires_at", "Choose “Until the date below”, or leave the date empty.");
    }
    if expiry == "never" {
        return Ok(None);
    }
    let days = expiry.parse::<i64>().ok().filter(|days| (1..=36_500).contains(days));
    match (days, current) {
        (None, _) => wrong("expiry", "Please choose how to renew."),
        (_, None) => wrong("expiry", "It never expires. Choose a date to give it an end."),
        (Some(days), Some(ends)) => Ok(Some(ends.max(now).plus_days(days))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_left_alone_is_not_changed() {
        let typed = |text, was| TypedLimit { text, was };
        let unlimited = Limit::parse("domain_limit", "").expect("no limit");
        let both = limits(&typed("3", Some("3")), &typed("5", Some("3")));
        assert_eq!(both, Ok((None, Some(Limit::of(5)))));
        let both = limits(&typed("", Some("3")), &typed(" ", Some("")));
        assert_eq!(both, Ok((Some(unlimited), None)));
        let both = limits(&typed("", None), &typed("3", Some("many")));
        assert_eq!(both, Ok((Some(unlimited), Some(Limit::of(3)))), "a form that does not say");
        let faults = limits(&typed("-1", Some("3")), &typed("many", Some("3"))).expect_err("both are wrong");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["domain_limit", "machine_limit"]);
    }

    #[test]
    fn a_renewal_begins_where_the_license_ends() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (past, ahead) = (Some(now.plus_days(-5)), Some(now.plus_days(5)));
        assert_eq!(renewal("30", "", ahead, now), Ok(Some(now.plus_days(35))));
        assert_eq!(renewal("30", "", past, now), Ok(Some(now.plus_days(30))));
        assert_eq!(renewal("never", "", ahead, now), Ok(None));
        assert_eq!(renewal("date", "9999-12-31", ahead, now), Ok(Some(Timestamp::MAX)));
        for (expiry, date) in [("", ""), ("0", ""), ("-3", ""), ("date", ""), ("date", "tomorrow")] {
            assert!(renewal(expiry, date, ahead, now).is_err());
        }
        let field =
            |expiry, date, current| renewal(expiry, date, current, now).expect_err("a fault")[0].field;
        assert_eq!(field("30", "", None), "expiry", "it would be shortened");
        assert_eq!(field("date", "2001-01-31", ahead), "expires_at", "it is past");
        for expiry in ["30", "never"] {
            assert_eq!(field(expiry, "9999-12-31", ahead), "expires_at", "a date is not passed over");
        }
    }
}
