//! The form of a license template.

use domain::FieldError;
use domain::bounded_text::BoundedText;
use domain::field_error::FieldErrors;
use domain::license::Limit;
use serde::{Deserialize, Serialize};

/// The name and the limits of a template. A limit that the form does not send stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    name: String,
    machine_limit: Option<String>,
    domain_limit: Option<String>,
}

/// The parsed fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFields {
    /// The name.
    pub name: BoundedText<256>,
    /// The machine limit.
    pub machine_limit: Option<Limit>,
    /// The domain limit.
    pub domain_limit: Option<Limit>,
}

impl TemplateForm {
    /// Parses the fields. The word `unlimited` is no limit; an empty field leaves the limit.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<TemplateFields, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(BoundedText::parse("name", &self.name));
        let mut limit = |field: &'static str, text: Option<&str>| {
            let text = text.map(str::trim).filter(|text| !text.is_empty());
            faults.check(text.map(|text| Limit::parse(field, text)).transpose())
        };
        let machine_limit = limit("machine_limit", self.machine_limit.as_deref());
        let domain_limit = limit("domain_limit", self.domain_limit.as_deref());
        let fields = || {
            Some(TemplateFields { name: name?, machine_limit: machine_limit?, domain_limit: domain_limit? })
        };
        fields().ok_or_else(|| faults.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_limits_stay_and_words_are_unlimited() {
        let form = TemplateForm {
            name: "Yearly".into(),
            machine_limit: Some("unlimited".into()),
            domain_limit: Some(" ".into()),
        };
        let fields = form.parse().expect("fields");
        assert_eq!((fields.machine_limit, fields.domain_limit), (Some(Limit::UNLIMITED), None));
        let faults = TemplateForm { machine_limit: Some("x".into()), ..TemplateForm::default() };
        assert_eq!(faults.parse().expect_err("faults").len(), 2);
    }
}
