//! When licenses expire: an interval, what starts it, and renewals by it.

use serde::{Deserialize, Serialize};

use crate::{Period, Timestamp};

/// What starts the interval of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpiryStart {
    /// The creation of the license.
    #[default]
    Creation,
    /// The first activation, of a domain or a machine.
    Activation,
    /// Each activation of a machine has an interval of its own; the license never expires.
    Rolling,
}

impl ExpiryStart {
    /// All starts, in menu order.
    pub const ALL: [Self; 3] = [Self::Creation, Self::Activation, Self::Rolling];

    /// Returns the word used in storage and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Activation => "activation",
            Self::Rolling => "rolling",
        }
    }

    /// Returns the label for menus.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Creation => "When the license is issued",
            Self::Activation => "With the first activation",
            Self::Rolling => "With each machine’s activation, for that machine",
        }
    }

    /// Returns the word of `expirationStrategy` in the management API.
    #[must_use]
    pub fn strategy(self) -> &'static str {
        match self {
            Self::Creation => "immediate",
            Self::Activation => "delayed",
            Self::Rolling => "rolling",
        }
    }

    /// Returns the word of `subscriptionStartTrigger` in the management API, which has none for a rolling expiry.
    #[must_use]
    pub fn trigger(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Activation | Self::Rolling => "activation",
        }
    }

    /// Parses the word; an empty text is the default.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            return Some(Self::default());
        }
        Self::ALL.into_iter().find(|start| start.as_str() == word)
    }
}

/// Returns the seconds of an interval as `validity` in the management API: a year has 365 days, a month 30. 0 is none.
#[must_use]
pub fn validity_seconds(interval: Option<Period>) -> i64 {
    interval.map_or(0, |interval| interval.approximate_seconds().min(i64::from(i32::MAX)))
}

/// Returns an interval as `subscriptionInterval` in the management API: an ISO 8601 duration. An empty text is none.
#[must_use]
pub fn interval_text(interval: Option<Period>) -> String {
    interval.map(|interval| interval.to_string()).unwrap_or_default()
}

/// The interval of a license, and what starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiryTerms {
    /// The interval; `None` never ends.
    pub interval: Option<Period>,
    /// What starts it.
    pub start: ExpiryStart,
}

/// The expiry of a license, or the interval that its first activation starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StartOfExpiry {
    /// The expiry.
    pub expires_at: Option<Timestamp>,
    /// The interval that waits for the first activation.
    pub pending: Option<Period>,
}

/// From when a renewal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RenewFrom {
    /// From the expiry, also if it has passed.
    #[default]
    Expiry,
    /// From the expiry, or from now if that is later.
    Now,
}

/// A license that cannot be renewed by its interval: it never expires, or it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The license has no interval to renew it by.")]
pub struct NotRenewable;

/// The result of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The new expiry.
    Until(Timestamp),
    /// The interval has not started: a renewal changes nothing.
    NotStarted,
}

impl ExpiryTerms {
    /// Returns the expiry of a license that is created at `created`.
    #[must_use]
    pub fn at_creation(self, created: Timestamp) -> StartOfExpiry {
        match self.start {
            ExpiryStart::Creation => StartOfExpiry {
                expires_at: self.interval.map(|interval| created.plus_period(interval)),
                pending: None,
            },
            ExpiryStart::Activation => StartOfExpiry { expires_at: None, pending: self.interval },
            ExpiryStart::Rolling => StartOfExpiry::default(),
        }
    }

    /// Returns the expiry of a license whose terms change to these. A license whose interval runs, or which has
    /// an expiry of its own, keeps it: only a renewal applies the new interval.
    #[must_use]
    pub fn change(
        self,
        current: StartOfExpiry,
        created: Timestamp,
        activated: Option<Timestamp>,
    ) -> StartOfExpiry {
        if current.pending.is_some() {
            return self.at_creation(created);
        }
        let waits = self.start == ExpiryStart::Activation && activated.is_none();
        if waits && current.expires_at.is_none() {
            return StartOfExpiry { expires_at: None, pending: self.interval };
        }
        current
    }

    /// Renews a license by its interval.
    ///
    /// # Errors
    /// Returns [`NotRenewable`] if the license has no expiry that the interval could move.
    pub fn renew(
        self,
        current: StartOfExpiry,
        from: RenewFrom,
        now: Timestamp,
    ) -> Result<Renewed, NotRenewable> {
        if current.pending.is_some() {
            return Ok(Renewed::NotStarted);
        }
        let (Some(interval), Some(expiry)) = (self.interval, current.expires_at) else {
            return Err(NotRenewable);
        };
        if self.start == ExpiryStart::Rolling {
            return Err(NotRenewable);
        }
        let base = match from {
            RenewFrom::Expiry => expiry,
            RenewFrom::Now => expiry.max(now),
        };
        Ok(Renewed::Until(base.plus_period(interval)))
    }

    /// Returns the expiry of one activation of a rolling license.
    #[must_use]
    pub fn of_activation(self, activated: Timestamp) -> Option<Timestamp> {
        let interval = self.interval.filter(|_| self.start == ExpiryStart::Rolling)?;
        Some(activated.plus_period(interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(interval: &str, start: ExpiryStart) -> ExpiryTerms {
        ExpiryTerms { interval: Period::parse("interval", interval).expect("a period"), start }
    }

    fn at(date: &str) -> Timestamp {
        Timestamp::parse_expiry(date).expect("a date")
    }

    #[test]
    fn each_start_sets_its_expiry() {
        let created = at("2027-01-31");
        let start = |start| terms("P1M", start).at_creation(created);
        let month = Period::from_months(1);
        assert_eq!(
            start(ExpiryStart::Creation),
            StartOfExpiry { expires_at: Some(at("2027-02-28")), pending: None }
        );
        assert_eq!(start(ExpiryStart::Activation), StartOfExpiry { expires_at: None, pending: month });
        assert_eq!(start(ExpiryStart::Rolling), StartOfExpiry::default());
        assert_eq!(terms("", ExpiryStart::Creation).at_creation(created), StartOfExpiry::default());
    }

    #[test]
    fn renewal_counts_from_the_expiry_unless_asked_otherwise() {
        let year = terms("P1Y", ExpiryStart::Creation);
        let expired = StartOfExpiry { expires_at: Some(at("2025-03-15")), pending: None };
        let now = at("2027-06-01");
        assert_eq!(year.renew(expired, RenewFrom::Expiry, now), Ok(Renewed::Until(at("2026-03-15"))));
        assert_eq!(year.renew(expired, RenewFrom::Now, now), Ok(Renewed::Until(at("2028-06-01"))));
        let waiting = StartOfExpiry { expires_at: None, pending: year.interval };
        assert_eq!(year.renew(waiting, RenewFrom::Expiry, now), Ok(Renewed::NotStarted));
        for (terms, current) in [
            (year, StartOfExpiry::default()),
            (terms("", ExpiryStart::Creation), expired),
            (terms("P1Y", ExpiryStart::Rolling), expired),
        ] {
            assert_eq!(terms.renew(current, RenewFrom::Now, now), Err(NotRenewable));
        }
    }

    proptest! {
        #[test]
        fn renewals_of_a_running_license_do_not_depend_on_now(
            months in 1..60u32, expiry in 0i64..4_102_444_800_000, now in 0i64..4_102_444_800_000
        ) {
            let terms = ExpiryTerms { interval: Period::from_months(months), start: ExpiryStart::Creation };
            let (expiry, now) = (Timestamp::from_millis(expiry), Timestamp::from_millis(now));
            let current = StartOfExpiry { expires_at: Some(expiry), pending: None };
            let by_expiry = terms.renew(current, RenewFrom::Expiry, now);
            let by_now = terms.renew(current, RenewFrom::Now, now);
            prop_assert!(by_expiry == by_now || now > expiry);
            let Ok(Renewed::Until(until)) = by_now else { return Err(TestCaseError::fail("not renewed")) };
            prop_assert!(until > expiry && until > now);
        }

        #[test]
        fn changed_terms_keep_a_running_expiry(
            months in 1..60u32, created in 0i64..4_102_444_800_000, expiry in 0i64..4_102_444_800_000
        ) {
            let current = StartOfExpiry { expires_at: Some(Timestamp::from_millis(expiry)), pending: None };
            for start in ExpiryStart::ALL {
                let terms = ExpiryTerms { interval: Period::from_months(months), start };
                prop_assert_eq!(terms.change(current, Timestamp::from_millis(created), None), current);
                let waiting = StartOfExpiry { expires_at: None, pending: Period::from_days(3) };
                let changed = terms.change(waiting, Timestamp::from_millis(created), None);
                prop_assert_eq!(changed, terms.at_creation(Timestamp::from_millis(created)));
            }
        }
    }
}
