//! The parameters of a change, as stored with its job.

use serde::{Deserialize, Serialize};

use super::{Change, Verb};
use crate::license::{Limit, Reason};
use crate::{CustomerId, FieldError, Period};

/// The parameters. A limit is a text, because no limit and an unchanged limit would both be `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// The reason of a suspension or revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The period of an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// The domain limit: a number or `unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_limit: Option<String>,
    /// The machine limit: a number or `unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_limit: Option<String>,
    /// The customer of a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
}

impl From<&Change> for Parameters {
    fn from(change: &Change) -> Self {
        let none = Self::default();
        match change {
            Change::Suspend { reason } | Change::Revoke { reason } => Self { reason: reason.clone(), ..none },
            Change::Reinstate => none,
            Change::Extend { period } => Self { period: Some(*period), ..none },
            Change::ChangeLimits { domains, machines } => Self {
                domain_limit: domains.map(|limit| limit.to_string()),
                machine_limit: machines.map(|limit| limit.to_string()),
                ..none
            },
            Change::Move { customer } => Self { customer: Some(*customer), ..none },
        }
    }
}

impl Parameters {
    /// Returns the change of a verb with these parameters.
    ///
    /// # Errors
    /// Returns [`FieldError`] if a parameter that the verb needs is missing or invalid.
    pub fn change(self, verb: Verb) -> Result<Change, FieldError> {
        let Self { reason, period, domain_limit, machine_limit, customer } = self;
        let missing = |field, message| FieldError::new(field, message);
        let limit = |field, text: Option<String>| text.map(|text| Limit::parse(field, &text)).transpose();
        Ok(match verb {
            Verb::Suspend => Change::Suspend { reason },
            Verb::Reinstate => Change::Reinstate,
            Verb::Revoke => Change::Revoke { reason },
            Verb::Extend => Change::Extend {
                period: period.ok_or_else(|| missing("period", "Choose the period to add."))?,
            },
            Verb::ChangeLimits => {
                let domains = limit("domain_limit", domain_limit)?;
                let machines = limit("machine_limit", machine_limit)?;
                if domains.is_none() && machines.is_none() {
                    return Err(missing("domain_limit", "Choose a limit to change."));
                }
                Change::ChangeLimits { domains, machines }
            }
            Verb::Move => Change::Move {
                customer: customer.ok_or_else(|| missing("customer_email", "Choose the customer."))?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_round_trip_through_json() {
        let reason = Some(Reason::parse("reason", "late").expect("a reason"));
        let customer = CustomerId(uuid::Uuid::from_u128(7));
        let unlimited = Change::ChangeLimits { domains: Some(Limit::UNLIMITED), machines: None };
        for (change, json) in [
            (Change::Suspend { reason }, r#"{"reason":"late"}"#),
            (Change::Reinstate, "{}"),
            (Change::Revoke { reason: None }, "{}"),
            (Change::Extend { period: "P1Y".parse().expect("a period") }, r#"{"period":"P1Y"}"#),
            (unlimited, r#"{"domain_limit":"unlimited"}"#),
            (Change::Move { customer }, r#"{"customer":"00000000-0000-0000-0000-000000000007"}"#),
        ] {
            assert_eq!(serde_json::to_string(&Parameters::from(&change)).expect("JSON"), json);
            let stored: Parameters = serde_json::from_str(json).expect("parameters");
            assert_eq!(stored.change(change.verb()), Ok(change));
        }
    }

    #[test]
    fn missing_parameters_are_named() {
        for (verb, field) in
            [(Verb::Extend, "period"), (Verb::ChangeLimits, "domain_limit"), (Verb::Move, "customer_email")]
        {
            let error = Parameters::default().change(verb).expect_err("nothing was chosen");
            assert_eq!(error.field, field);
        }
    }
}
