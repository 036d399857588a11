//! Forms that change a license.

use domain::field_error::FieldErrors;
use domain::license::{Limit, Reason};
use domain::{FieldError, Timestamp};

/// Parses the reason of a suspension or revocation.
///
/// # Errors
/// Returns the field `reason` if the text is too long.
pub fn parse_reason(text: &str) -> Result<Option<Reason>, Vec<FieldError>> {
    Reason::optional("reason", text).map_err(|e| vec![e])
}

/// A submitted limit and its value when the form was rendered.
pub struct TypedLimit<'a> {
    /// The submitted text.
    pub text: &'a str,
    /// The value when the form was rendered, if the form submits it.
    pub was: Option<&'a str>,
}

impl TypedLimit<'_> {
    /// Returns `None` if the limit is unchanged, so that another user's change in the meantime is not
    /// overwritten.
    fn parse(&self, field: &'static str) -> Result<Option<Limit>, FieldError> {
        let limit = Limit::parse(field, self.text)?;
        let was = self.was.and_then(|was| Limit::parse(field, was).ok());
        Ok((was != Some(limit)).then_some(limit))
    }
}

/// Parses the domain limit and the machine limit. An unchanged limit is `None`.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_limits(
    domains: &TypedLimit<'_>,
    machines: &TypedLimit<'_>,
) -> Result<(Option<Limit>, Option<Limit>), Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let domains = faults.check(domains.parse("domain_limit"));
    let machines = faults.check(machines.parse("machine_limit"));
    domains.zip(machines).ok_or_else(|| faults.into_inner())
}

/// Parses an expiry date, the end of that day in UTC. Fails if it is not in the future.
pub(super) fn in_future(date: &str, now: Timestamp) -> Result<Timestamp, FieldError> {
    let at = Timestamp::parse_expiry(date)?;
    if at > now { Ok(at) } else { Err(FieldError::new("expires_at", "The date must be ahead.")) }
}

/// Parses a renewal: `never`, `date`, or a number of days (1 to 36,500). Days count from the current expiry,
/// or from now if it has passed. A license without an expiry cannot be extended by days.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_renewal(
    expiry: &str,
    date: &str,
    current: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Vec<FieldError>> {
    let invalid = |field, message: &str| Err(vec![FieldError::new(field, message)]);
    if expiry == "date" {
        return in_future(date, now).map(Some).map_err(|e| vec![e]);
    }
    if !date.trim().is_empty() {
        return invalid("expires_at", "Choose “Until the date below”, or leave the date empty.");
    }
    if expiry == "never" {
        return Ok(None);
    }
    let days = expiry.parse::<i64>().ok().filter(|days| (1..=36_500).contains(days));
    match (days, current) {
        (None, _) => invalid("expiry", "Please choose how to renew."),
        (_, None) => invalid("expiry", "It never expires. Choose a date to give it an end."),
        (Some(days), Some(ends)) => Ok(Some(ends.max(now).plus_days(days))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_limit_is_not_submitted() {
        let typed = |text, was| TypedLimit { text, was };
        let unlimited = Limit::parse("domain_limit", "").expect("no limit");
        let both = parse_limits(&typed("3", Some("3")), &typed("5", Some("3")));
        assert_eq!(both, Ok((None, Some(Limit::new(5)))));
        let both = parse_limits(&typed("", Some("3")), &typed(" ", Some("")));
        assert_eq!(both, Ok((Some(unlimited), None)));
        let both = parse_limits(&typed("", None), &typed("3", Some("many")));
        assert_eq!(both, Ok((Some(unlimited), Some(Limit::new(3)))), "a form without previous values");
        let faults = parse_limits(&typed("-1", Some("3")), &typed("many", Some("3")))
            .expect_err("both limits are invalid");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["domain_limit", "machine_limit"]);
    }

    #[test]
    fn renewal_extends_from_the_current_expiry() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (past, ahead) = (Some(now.plus_days(-5)), Some(now.plus_days(5)));
        assert_eq!(parse_renewal("30", "", ahead, now), Ok(Some(now.plus_days(35))));
        assert_eq!(parse_renewal("30", "", past, now), Ok(Some(now.plus_days(30))));
        assert_eq!(parse_renewal("never", "", ahead, now), Ok(None));
        assert_eq!(parse_renewal("date", "9999-12-31", ahead, now), Ok(Some(Timestamp::MAX)));
        for (expiry, date) in [("", ""), ("0", ""), ("-3", ""), ("date", ""), ("date", "tomorrow")] {
            assert!(parse_renewal(expiry, date, ahead, now).is_err());
        }
        let field = |expiry, date, current| {
            parse_renewal(expiry, date, current, now).expect_err("an invalid field")[0].field
        };
        assert_eq!(field("30", "", None), "expiry", "a license without an expiry would be shortened");
        assert_eq!(field("date", "2001-01-31", ahead), "expires_at", "the date has passed");
        for expiry in ["30", "never"] {
            assert_eq!(field(expiry, "9999-12-31", ahead), "expires_at", "a date is not ignored");
        }
    }
}
