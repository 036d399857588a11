//! The undo of a bulk job: former values return where no later change has replaced the job's.

use serde::{Deserialize, Serialize};

use super::{Change, SkipReason, Terms};
use crate::license::{Limit, State};
use crate::{CustomerId, Timestamp};

/// How long a finished job can be undone, in milliseconds: an hour.
pub const UNDO_MS: i64 = 60 * 60 * 1000;

/// The values of one license before the job, as stored with its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Former {
    /// The license was active until the suspension.
    Active {
        /// When the job suspended the license.
        suspended_at: Timestamp,
    },
    /// The expiry.
    Expiry {
        /// The expiry before the job.
        before: Timestamp,
        /// The expiry that the job set.
        after: Timestamp,
    },
    /// The limits.
    Limits {
        /// The domain limit.
        domains: Limit,
        /// The machine limit.
        machines: Limit,
    },
    /// The customer.
    Customer {
        /// The customer, if there was one.
        id: Option<CustomerId>,
    },
}

impl Former {
    /// Returns the customer that the undo restores.
    #[must_use]
    pub fn customer(&self) -> Option<CustomerId> {
        if let Self::Customer { id } = self { *id } else { None }
    }
}

impl Change {
    /// Returns the values that an undo needs. `None` if the change is final.
    #[must_use]
    pub fn former(&self, before: &Terms, after: &Terms) -> Option<Former> {
        match (self, &after.state) {
            (Self::Suspend { .. }, State::Suspended { at, .. }) => Some(Former::Active { suspended_at: *at }),
            (Self::Extend { .. }, _) => {
                let (before, after) = before.expires_at.zip(after.expires_at)?;
                Some(Former::Expiry { before, after })
            }
            (Self::ChangeLimits { .. }, _) => {
                Some(Former::Limits { domains: before.domain_limit, machines: before.machine_limit })
            }
            (Self::Move { .. }, _) => Some(Former::Customer { id: before.customer }),
            _ => None,
        }
    }

    /// Returns the terms of a license after the undo of this change.
    ///
    /// # Errors
    /// Returns the reason why the license is skipped.
    pub fn undo(&self, terms: &Terms, former: Former) -> Result<Terms, SkipReason> {
        let mut after = terms.clone();
        let is_same = match (self, former) {
            (Self::Suspend { .. }, Former::Active { suspended_at }) => {
                after.state = terms.state.reinstate().map_err(changed_since)?;
                matches!(terms.state, State::Suspended { at, .. } if at == suspended_at)
            }
            (Self::Extend { .. }, Former::Expiry { before, after: set }) => {
                terms.state.ensure_editable()?;
                after.expires_at = Some(before);
                terms.expires_at == Some(set)
            }
            (Self::ChangeLimits { domains, machines }, Former::Limits { domains: d, machines: m }) => {
                terms.state.ensure_editable()?;
                let restore = |set: Option<Limit>, former: Limit, limit: &mut Limit| match set {
                    Some(set) if set != former => {
                        let is_same = *limit == set;
                        *limit = former;
                        is_same
                    }
                    _ => true,
                };
                let domains = restore(*domains, d, &mut after.domain_limit);
                let machines = restore(*machines, m, &mut after.machine_limit);
                domains && machines
            }
            (Self::Move { customer }, Former::Customer { id }) => {
                after.customer = id;
                terms.customer == Some(*customer)
            }
            _ => false,
        };
        if is_same { Ok(after) } else { Err(SkipReason::ChangedSince) }
    }
}

/// A license that is active again was changed since; a revoked license stays revoked.
fn changed_since(error: crate::license::TransitionError) -> SkipReason {
    match SkipReason::from(error) {
        SkipReason::Revoked => SkipReason::Revoked,
        _ => SkipReason::ChangedSince,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limit() -> impl Strategy<Value = Limit> {
        prop_oneof![Just(Limit::UNLIMITED), (0u32..4).prop_map(Limit::new)]
    }

    fn time() -> impl Strategy<Value = Timestamp> {
        (0i64..4).prop_map(|days| Timestamp::from_day(20_000).plus_days(days))
    }

    fn customer() -> impl Strategy<Value = CustomerId> {
        (0u128..3).prop_map(|n| CustomerId(uuid::Uuid::from_u128(n)))
    }

    fn terms() -> impl Strategy<Value = Terms> {
        let state = prop_oneof![
            Just(State::Active),
            time().prop_map(|at| State::Suspended { at, reason: None }),
            time().prop_map(|at| State::Revoked { at, reason: None }),
        ];
        let rest = (proptest::option::of(time()), limit(), limit(), proptest::option::of(customer()));
        (state, rest).prop_map(|(state, (expires_at, domain_limit, machine_limit, customer))| Terms {
            state,
            expires_at,
            domain_limit,
            machine_limit,
            customer,
        })
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            Just(Change::Suspend { reason: None }),
            Just(Change::Reinstate),
            Just(Change::Revoke { reason: None }),
            Just(Change::Extend { period: "P1M".parse().expect("a period") }),
            (proptest::option::of(limit()), proptest::option::of(limit()))
                .prop_map(|(domains, machines)| Change::ChangeLimits { domains, machines }),
            customer().prop_map(|customer| Change::Move { customer }),
        ]
    }

    proptest! {
        #[test]
        fn an_undo_restores_what_the_change_replaced(before in terms(), change in change(), now in time()) {
            let Ok(after) = change.apply(&before, now) else { return Ok(()) };
            let former = change.former(&before, &after);
            prop_assert_eq!(former.is_some(), change.verb().is_reversible());
            let Some(former) = former else { return Ok(()) };
            let stored: Former = serde_json::from_str(&serde_json::to_string(&former)?)?;
            prop_assert_eq!(stored, former);
            prop_assert_eq!(change.undo(&after, former), Ok(before));
        }

        #[test]
        fn an_undo_never_replaces_a_later_change(before in terms(), change in change(), later in change(), now in time()) {
            let Ok(after) = change.apply(&before, now) else { return Ok(()) };
            let Some(former) = change.former(&before, &after) else { return Ok(()) };
            let Ok(changed) = later.apply(&after, now.plus_days(9)) else { return Ok(()) };
            if let Ok(undone) = change.undo(&changed, former) {
                // Only another part of the license was changed later.
                let state_is_kept = undone.state == changed.state || changed.state == after.state;
                let expiry_is_kept = undone.expires_at == changed.expires_at || changed.expires_at == after.expires_at;
                let customer_is_kept = undone.customer == changed.customer || changed.customer == after.customer;
                let domains_are_kept = undone.domain_limit == changed.domain_limit || changed.domain_limit == after.domain_limit;
                let machines_are_kept = undone.machine_limit == changed.machine_limit || changed.machine_limit == after.machine_limit;
                prop_assert!(state_is_kept && expiry_is_kept && customer_is_kept && domains_are_kept && machines_are_kept);
            }
        }
    }

    #[test]
    fn a_license_that_was_suspended_again_is_skipped() {
        let at = Timestamp::from_day(20_000);
        let suspended = |at| Terms {
            state: State::Suspended { at, reason: None },
            expires_at: None,
            domain_limit: Limit::new(1),
            machine_limit: Limit::new(1),
            customer: None,
        };
        let change = Change::Suspend { reason: None };
        let former = Former::Active { suspended_at: at };
        assert_eq!(change.undo(&suspended(at.plus_days(1)), former), Err(SkipReason::ChangedSince));
        assert!(change.undo(&suspended(at), former).is_ok());
    }
}
