//! The form of a trial policy.

use domain::FieldError;
use domain::bounded_text::BoundedText;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::machine::{Seconds, TrialRules};
use serde::{Deserialize, Serialize};
use service::trial_policy::TrialPolicyEdit;

use super::edit::{check, check_sent, checkbox};

/// The fields of a trial policy, each beside what the form showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrialPolicyForm {
    name: String,
    name_was: Option<String>,
    trial_days: String,
    trial_days_was: Option<String>,
    trial_limit: String,
    trial_limit_was: Option<String>,
    allow_vm: Option<String>,
    allow_vm_was: Option<String>,
    allow_container: Option<String>,
    allow_container_was: Option<String>,
}

impl TrialPolicyForm {
    /// Parses the fields.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<TrialPolicyEdit, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name =
            check(&mut faults, &self.name, self.name_was.as_deref(), |text| BoundedText::parse("name", text));
        let length = check(&mut faults, &self.trial_days, self.trial_days_was.as_deref(), parse_length);
        let was = self.trial_limit_was.as_deref();
        let limit = check_sent(&mut faults, &self.trial_limit, was, |text| Limit::parse("trial_limit", text));
        let faults = faults.into_inner();
        match (name, length) {
            (Some(name), Some(length)) if faults.is_empty() => Ok(TrialPolicyEdit {
                name,
                length,
                limit,
                allow_vm: checkbox(self.allow_vm.as_deref(), self.allow_vm_was.as_deref()),
                allow_container: checkbox(
                    self.allow_container.as_deref(),
                    self.allow_container_was.as_deref(),
                ),
            }),
            _ => Err(faults),
        }
    }
}

/// Parses the length. Unlike a product, a policy always has one.
fn parse_length(text: &str) -> Result<Seconds, FieldError> {
    let invalid = || {
        let message = "Enter how long a trial lasts, such as 14 days, 2 weeks or 36 hours; at most 68 years.";
        FieldError::new("trial_days", message)
    };
    let trial = TrialRules::parse(text, "").map_err(|_| invalid())?;
    trial.map(|trial| trial.length).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let form = TrialPolicyForm {
            name: "14 days".into(),
            trial_days: "36 hours".into(),
            ..TrialPolicyForm::default()
        };
        let edit = form.parse().expect("an edit").into_new();
        assert_eq!((edit.length, edit.limit), (Some(Seconds::new(129_600)), None));
        assert_eq!((edit.allow_vm, edit.allow_container), (Some(false), Some(false)));
        let wrong = TrialPolicyForm { trial_limit: "x".into(), ..TrialPolicyForm::default() };
        let faults: Vec<_> =
            wrong.parse().expect_err("faults").into_iter().map(|fault| fault.field).collect();
        assert_eq!(faults, ["name", "trial_days", "trial_limit"]);
    }

    #[test]
    fn what_the_form_showed_is_kept_beside_each_field() {
        let form = TrialPolicyForm {
            name: "14 days".into(),
            name_was: Some("=14 days".into()),
            trial_days: "14 days".into(),
            trial_days_was: Some("=2 weeks".into()),
            // Of a program; forms take less.
            trial_limit: "2000000".into(),
            trial_limit_was: Some("=2000000".into()),
            allow_vm: Some("on".into()),
            allow_vm_was: Some("=on".into()),
            allow_container_was: Some("=on".into()),
            ..TrialPolicyForm::default()
        };
        let edit = form.parse().expect("an edit");
        assert_eq!(edit.name.shown.as_ref(), Some(&edit.name.new));
        assert_eq!(edit.length.shown, Some(edit.length.new));
        assert_eq!(edit.limit, None);
        assert_eq!((edit.allow_vm.shown, edit.allow_container.shown), (Some(true), Some(true)));
        assert!(edit.allow_vm.new && !edit.allow_container.new);
    }
}
