//! The changes that a bulk job makes, and their rules for one license.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SkipReason;
use crate::license::{Limit, Reason, Renewal, State};
use crate::{CustomerId, FieldError, Period, Timestamp};

/// A change, without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Suspends licenses.
    Suspend,
    /// Reinstates suspended licenses.
    Reinstate,
    /// Revokes licenses for good.
    Revoke,
    /// Extends licenses by a period.
    Extend,
    /// Changes domain limits, machine limits or both.
    ChangeLimits,
    /// Moves licenses to a customer.
    Move,
}

impl Verb {
    /// All verbs, in the order of their buttons.
    pub const ALL: [Self; 6] =
        [Self::Suspend, Self::Reinstate, Self::Extend, Self::ChangeLimits, Self::Move, Self::Revoke];

    /// Returns the word used in storage and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Revoke => "revoke",
            Self::Extend => "extend",
            Self::ChangeLimits => "change_limits",
            Self::Move => "move",
        }
    }

    /// Returns the label of buttons and titles.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend",
            Self::Reinstate => "Reinstate",
            Self::Revoke => "Revoke",
            Self::Extend => "Extend",
            Self::ChangeLimits => "Change limits",
            Self::Move => "Move to a customer",
        }
    }

    /// Returns whether a job of this verb can be undone.
    #[must_use]
    pub fn is_reversible(self) -> bool {
        matches!(self, Self::Suspend | Self::Extend | Self::ChangeLimits | Self::Move)
    }
}

impl FromStr for Verb {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|verb| verb.as_str() == word)
            .ok_or_else(|| FieldError::new("verb", "Choose one of the offered changes."))
    }
}

/// A change of licenses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Suspends.
    Suspend {
        /// The seller's reason.
        reason: Option<Reason>,
    },
    /// Reinstates.
    Reinstate,
    /// Revokes for good.
    Revoke {
        /// The seller's reason.
        reason: Option<Reason>,
    },
    /// Extends the expiry.
    Extend {
        /// The added period.
        period: Period,
    },
    /// Changes limits; `None` leaves a limit unchanged.
    ChangeLimits {
        /// The domain limit.
        domains: Option<Limit>,
        /// The machine limit.
        machines: Option<Limit>,
    },
    /// Moves to a customer.
    Move {
        /// The new customer.
        customer: CustomerId,
    },
}

/// The parts of a license that bulk changes read and write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The stored state.
    pub state: State,
    /// The expiry; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// The domain limit.
    pub domain_limit: Limit,
    /// The machine limit.
    pub machine_limit: Limit,
    /// The customer.
    pub customer: Option<CustomerId>,
}

impl Change {
    /// Returns the verb.
    #[must_use]
    pub fn verb(&self) -> Verb {
        match self {
            Self::Suspend { .. } => Verb::Suspend,
            Self::Reinstate => Verb::Reinstate,
            Self::Revoke { .. } => Verb::Revoke,
            Self::Extend { .. } => Verb::Extend,
            Self::ChangeLimits { .. } => Verb::ChangeLimits,
            Self::Move { .. } => Verb::Move,
        }
    }

    /// Returns the terms of a license after the change.
    ///
    /// # Errors
    /// Returns the reason why the license is skipped.
    pub fn apply(&self, terms: &Terms, now: Timestamp) -> Result<Terms, SkipReason> {
        let mut after = terms.clone();
        match self {
            Self::Suspend { reason } => after.state = terms.state.suspend(now, reason.clone())?,
            Self::Reinstate => after.state = terms.state.reinstate()?,
            Self::Revoke { reason } => after.state = terms.state.revoke(now, reason.clone())?,
            Self::Extend { period } => {
                terms.state.ensure_editable()?;
                let renewal = Renewal::Extend(*period);
                after.expires_at =
                    renewal.apply(terms.expires_at, now).map_err(|_| SkipReason::NeverExpires)?;
            }
            Self::ChangeLimits { domains, machines } => {
                terms.state.ensure_editable()?;
                after.domain_limit = domains.unwrap_or(terms.domain_limit);
                after.machine_limit = machines.unwrap_or(terms.machine_limit);
            }
            Self::Move { customer } => after.customer = Some(*customer),
        }
        if after == *terms { Err(SkipReason::Unchanged) } else { Ok(after) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(date: &str) -> Timestamp {
        Timestamp::parse_expiry(date).expect("a date")
    }

    fn terms(state: State) -> Terms {
        Terms {
            state,
            expires_at: Some(at("2027-03-15")),
            domain_limit: Limit::new(3),
            machine_limit: Limit::UNLIMITED,
            customer: None,
        }
    }

    fn changes() -> [Change; 6] {
        [
            Change::Suspend { reason: None },
            Change::Reinstate,
            Change::Revoke { reason: None },
            Change::Extend { period: "P1Y".parse().expect("a period") },
            Change::ChangeLimits { domains: Some(Limit::new(5)), machines: None },
            Change::Move { customer: CustomerId(uuid::Uuid::from_u128(7)) },
        ]
    }

    /// A revoked license keeps its state, expiry and limits, but may get another customer.
    #[test]
    fn each_state_allows_the_changes_of_single_licenses() {
        use SkipReason::{AlreadySuspended, NotSuspended, Revoked};
        let now = at("2026-06-01");
        let suspended = State::Suspended { at: now, reason: None };
        let revoked = State::Revoked { at: now, reason: None };
        for (state, skipped) in [
            (State::Active, [None, Some(NotSuspended), None, None, None, None]),
            (suspended, [Some(AlreadySuspended), None, None, None, None, None]),
            (revoked, [Some(Revoked), Some(Revoked), Some(Revoked), Some(Revoked), Some(Revoked), None]),
        ] {
            let terms = terms(state);
            assert_eq!(changes().map(|change| change.apply(&terms, now).err()), skipped, "{terms:?}");
        }
    }

    #[test]
    fn a_change_to_the_present_terms_is_skipped() {
        let now = at("2026-06-01");
        let same = Change::ChangeLimits { domains: Some(Limit::new(3)), machines: Some(Limit::UNLIMITED) };
        assert_eq!(same.apply(&terms(State::Active), now), Err(SkipReason::Unchanged));
        let perpetual = Terms { expires_at: None, ..terms(State::Active) };
        let extended = changes()[3].apply(&perpetual, now);
        assert_eq!(extended, Err(SkipReason::NeverExpires));
        let customer = CustomerId(uuid::Uuid::from_u128(7));
        let theirs = Terms { customer: Some(customer), ..terms(State::Active) };
        assert_eq!(Change::Move { customer }.apply(&theirs, now), Err(SkipReason::Unchanged));
    }

    #[test]
    fn verbs_round_trip_through_their_words() {
        for verb in Verb::ALL {
            assert_eq!(verb.as_str().parse(), Ok(verb));
        }
        assert!("delete".parse::<Verb>().is_err());
    }
}
