//! Forms that change a license.

use domain::field_error::FieldErrors;
use domain::license::{Reason, Renewal};
use domain::{FieldError, Period, Timestamp};
use serde::{Deserialize, Serialize};
use service::license::{LimitsChange, ShownExpiry};

use super::edit::check_limit;

/// Parses the reason of a suspension or revocation.
///
/// # Errors
/// Returns the field `reason` if the text is too long.
pub fn parse_reason(text: &str) -> Result<Option<Reason>, Vec<FieldError>> {
    Reason::optional("reason", text).map_err(|e| vec![e])
}

/// The limits of a license.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsForm {
    domain_limit: String,
    domain_limit_was: Option<String>,
    machine_limit: String,
    machine_limit_was: Option<String>,
}

impl LimitsForm {
    /// Parses a change.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<LimitsChange, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let was = self.domain_limit_was.as_deref();
        let domains = check_limit(&mut faults, "domain_limit", &self.domain_limit, was);
        let was = self.machine_limit_was.as_deref();
        let machines = check_limit(&mut faults, "machine_limit", &self.machine_limit, was);
        let change = || Some(LimitsChange { domains: domains?, machines: machines? });
        change().ok_or_else(|| faults.into_inner())
    }
}

/// The word of a form for a license that never expires.
const NEVER: &str = "never";

/// Returns an expiry as a form sends what it showed.
#[must_use]
pub fn shown_expiry(expires_at: Option<Timestamp>) -> String {
    expires_at.map_or_else(|| NEVER.to_owned(), |at| at.millis().to_string())
}

/// Parses the expiry that a form showed. `None` if the form does not send it.
#[must_use]
pub fn parse_shown_expiry(text: &str) -> Option<ShownExpiry> {
    if text == NEVER {
        return Some(ShownExpiry(None));
    }
    text.parse().ok().map(|millis| ShownExpiry(Some(Timestamp::from_millis(millis))))
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
    use domain::license::Limit;

    use super::*;

    #[test]
    fn limits_have_what_the_form_showed() {
        let form = |domains: &str, machines: &str| LimitsForm {
            domain_limit: domains.to_owned(),
            domain_limit_was: Some("=3".to_owned()),
            machine_limit: machines.to_owned(),
            machine_limit_was: Some("=".to_owned()),
        };
        let change = form("3", "5").parse().expect("two limits");
        assert_eq!((change.domains.new, change.domains.shown), (Limit::new(3), Some(Limit::new(3))));
        assert_eq!((change.machines.new, change.machines.shown), (Limit::new(5), Some(Limit::UNLIMITED)));
        let mut of_program = form("5", "2000000");
        of_program.machine_limit_was = Some("=2000000".to_owned());
        let change = of_program.parse().expect("a program may set more than forms take");
        assert_eq!((change.domains.new, change.machines.new), (Limit::new(5), Limit::new(2_000_000)));
        let faults = form("-1", "many").parse().expect_err("both limits are invalid");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["domain_limit", "machine_limit"]);
    }

    #[test]
    fn shown_expiry_round_trips() {
        for at in [None, Some(Timestamp::from_millis(1_800_000_000_123))] {
            assert_eq!(parse_shown_expiry(&shown_expiry(at)), Some(ShownExpiry(at)));
        }
        assert_eq!(parse_shown_expiry(""), None);
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
