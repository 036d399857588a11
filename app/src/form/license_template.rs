//! The form of a license template.

use domain::bounded_text::BoundedText;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use domain::{FieldError, KeyPattern};
use serde::{Deserialize, Serialize};
use service::license_template::TemplateEdit;

use super::edit::{check, check_sent};
use super::license_rules::RulesForm;

/// Most names of required fields or meters.
const MAX_NAMES: usize = 50;

/// A template without its rules, which are a form of their own. A field that the form does not send stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    name: String,
    name_was: Option<String>,
    key: String,
    key_was: Option<String>,
    machine_limit: String,
    machine_limit_was: Option<String>,
    domain_limit: String,
    domain_limit_was: Option<String>,
    required_metadata: String,
    required_metadata_was: Option<String>,
    required_meters: String,
    required_meters_was: Option<String>,
}

impl TemplateForm {
    /// Parses the fields and the rules.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self, rules: &RulesForm) -> Result<TemplateEdit, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let limit = |field| move |text: &str| Limit::parse(field, text);
        let names = |field| move |text: &str| parse_names(field, text);
        let name =
            check(&mut faults, &self.name, self.name_was.as_deref(), |text| BoundedText::parse("name", text));
        let key = check_sent(&mut faults, &self.key, self.key_was.as_deref(), |text| {
            KeyPattern::parse_short("key", text)
        });
        let was = self.machine_limit_was.as_deref();
        let machine_limit = check_sent(&mut faults, &self.machine_limit, was, limit("machine_limit"));
        let was = self.domain_limit_was.as_deref();
        let domain_limit = check_sent(&mut faults, &self.domain_limit, was, limit("domain_limit"));
        let was = self.required_metadata_was.as_deref();
        let metadata = check_sent(&mut faults, &self.required_metadata, was, names("required_metadata"));
        let was = self.required_meters_was.as_deref();
        let meters = check_sent(&mut faults, &self.required_meters, was, names("required_meters"));
        let rules = rules.parse_of_template(&mut faults);
        let faults = faults.into_inner();
        match name {
            Some(name) if faults.is_empty() => Ok(TemplateEdit {
                name,
                key,
                machine_limit,
                domain_limit,
                rules,
                required_metadata: metadata,
                required_meters: meters,
            }),
            _ => Err(faults),
        }
    }
}

/// Parses names, one a line.
fn parse_names(field: &'static str, text: &str) -> Result<Vec<String>, FieldError> {
    let mut names: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let name = BoundedText::<256>::parse(field, line)?.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > MAX_NAMES {
        return Err(FieldError::new(field, format!("These are at most {MAX_NAMES} names.")));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_not_sent_stay() {
        let form = TemplateForm {
            name: "Yearly".into(),
            machine_limit: "unlimited".into(),
            domain_limit_was: Some("=3".into()),
            required_metadata: "order_id\r\n\r\norder_id\r\nplan".into(),
            ..TemplateForm::default()
        };
        let edit = form.parse(&RulesForm::default()).expect("an edit");
        assert_eq!(edit.machine_limit.map(|limit| limit.new), Some(Limit::UNLIMITED));
        let domains = edit.domain_limit.map(|limit| (limit.new, limit.shown));
        assert_eq!(domains, Some((Limit::UNLIMITED, Some(Limit::new(3)))), "it was emptied");
        assert_eq!((edit.key, edit.required_meters), (None, None));
        let names = edit.required_metadata.map(|names| names.new).unwrap_or_default();
        assert_eq!(names, ["order_id", "plan"]);
    }

    #[test]
    fn every_invalid_field_is_reported() {
        let form = TemplateForm { key: "[".into(), machine_limit: "x".into(), ..TemplateForm::default() };
        let faults = form.parse(&RulesForm::default()).expect_err("faults");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["name", "key", "machine_limit"]);
    }
}
