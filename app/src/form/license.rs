//! Forms that change a license.

use domain::field_error::FieldErrors;
use domain::license::{Limit, Reason, Renewal};
use domain::{FieldError, Period, Timestamp};

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

/// Parses a renewal: `never`, `date`, or a period such as `P1Y` or a number of days.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_renewal(expiry: &str, date: &str, now: Timestamp) -> Result<Renewal, Vec<FieldError>> {
    let invalid = |field, message: &str| Err(vec![FieldError::new(field, message)]);
    if expiry == "date" {
        return in_future(date, now).map(Renewal::Until).map_err(|e| vec![e]);
    }
    if !date.trim().is_empty() {
        return invalid("expires_at", "Choose “Until the date below”, or leave the date empty.");
    }
    if expiry == "never" {
        return Ok(Renewal::Never);
    }
    match Period::parse("expiry", expiry) {
        Ok(Some(period)) => Ok(Renewal::Extend(period)),
        _ => invalid("expiry", "Please choose how to renew."),
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
    fn renewals_are_parsed() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let period = |text: &str| Ok(Renewal::Extend(text.parse().expect("a period")));
        assert_eq!(parse_renewal("30", "", now), period("P30D"));
        assert_eq!(parse_renewal("P1Y", "", now), period("P1Y"));
        assert_eq!(parse_renewal("never", "", now), Ok(Renewal::Never));
        assert_eq!(parse_renewal("date", "9999-12-31", now), Ok(Renewal::Until(Timestamp::MAX)));
        for (expiry, date) in [("", ""), ("0", ""), ("-3", ""), ("date", ""), ("date", "tomorrow")] {
            assert!(parse_renewal(expiry, date, now).is_err());
        }
        let field = |expiry, date| parse_renewal(expiry, date, now).expect_err("an invalid field")[0].field;
        assert_eq!(field("date", "2001-01-31"), "expires_at", "the date has passed");
        for expiry in ["P30D", "never"] {
            assert_eq!(field(expiry, "9999-12-31"), "expires_at", "a date is not ignored");
        }
    }
}
