//! Forms of customers, and the URLs of the list.

use domain::bounded_text::Name;
use domain::customer::{CustomerRef, Identity};
use domain::field_error::FieldErrors;
use domain::view::CustomerQuery;
use domain::{Email, FieldError};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Maximum length of a search, in characters.
const MAX_SEARCH: usize = 200;

/// The form that changes a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerForm {
    name: String,
    email: String,
    /// The name and the address when the form was rendered. The server receives empty values as missing,
    /// so that `shown` tells whether the form sends them.
    name_was: String,
    email_was: String,
    shown: Option<String>,
}

impl CustomerForm {
    /// Parses every field. Returns the new identity, and the one that the form showed.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<(Identity, Option<Identity>), Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = faults.check(Name::optional("name", &self.name));
        let email = faults.check(optional_email(&self.email));
        let new = name.zip(email).map(|(name, email)| Identity { name, email });
        let shown = self.shown.is_some().then(|| Identity {
            name: Name::optional("name_was", &self.name_was).ok().flatten(),
            email: optional_email(&self.email_was).ok().flatten(),
        });
        new.map(|new| (new, shown)).ok_or_else(|| faults.into_inner())
    }
}

fn optional_email(text: &str) -> Result<Option<Email>, FieldError> {
    if text.trim().is_empty() { Ok(None) } else { Email::parse(text).map(Some) }
}

/// Parses the field `other`, the customer to merge.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_other_customer(text: &str) -> Result<CustomerRef, Vec<FieldError>> {
    CustomerRef::parse("other", text).map_err(|e| vec![e])
}

/// Parses the query of the list's URL. Invalid parameters are ignored.
#[must_use]
pub fn customer_query_from_url(params: &ParamsMap) -> CustomerQuery {
    CustomerQuery {
        search: params.get("q").unwrap_or_default().trim().chars().take(MAX_SEARCH).collect(),
        cursor: params.get("page").and_then(|page| page.parse().ok()),
    }
}

/// Returns the URL of a query of the list.
#[must_use]
pub fn url_of_customer_query(query: &CustomerQuery) -> String {
    let mut params = ParamsMap::new();
    if !query.search.is_empty() {
        params.insert("q", query.search.chars().take(MAX_SEARCH).collect::<String>());
    }
    if let Some(cursor) = query.cursor {
        params.insert("page", cursor.to_string());
    }
    format!("/customers{}", params.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let form = CustomerForm { name: "x".repeat(121), email: "nobody".into(), ..CustomerForm::default() };
        let faults = form.parse().expect_err("both fields are invalid");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["name", "email"]);
    }

    #[test]
    fn a_form_without_shown_values_has_no_former_identity() {
        let form = CustomerForm { name: "Ada".into(), ..CustomerForm::default() };
        assert_eq!(form.parse().map(|(_, shown)| shown), Ok(None));
        let form = CustomerForm { shown: Some("1".into()), ..form };
        assert_eq!(form.parse().map(|(_, shown)| shown), Ok(Some(Identity::default())));
    }
}
