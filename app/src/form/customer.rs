//! Forms of customers, and the URLs of the list.

use domain::bounded_text::{BoundedText, Name};
use domain::customer::{CustomerRef, Identity};
use domain::field_error::FieldErrors;
use domain::license::Metadata;
use domain::tag::TagNames;
use domain::view::CustomerQuery;
use domain::{Email, FieldError, PersonName};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Maximum length of a search, in characters.
const MAX_SEARCH: usize = 200;

/// The form that changes a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerForm {
    first_name: String,
    last_name: String,
    /// The whole name, of forms without the two parts.
    name: String,
    email: String,
    company: String,
    organization: String,
    tags: String,
    metadata: String,
    /// The values when the form was rendered. The server receives empty values as missing, so that `shown` tells
    /// whether the form sends them.
    name_was: String,
    email_was: String,
    company_was: String,
    organization_was: String,
    tags_was: String,
    metadata_was: String,
    shown: Option<String>,
}

/// The new values of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedCustomer {
    /// The name in its parts.
    pub name: PersonName,
    /// The name and the address.
    pub identity: Identity,
    /// The name and the address that the form showed.
    pub shown: Option<Identity>,
    /// The company, if it was changed.
    pub company: Option<String>,
    /// The name of the organization, if it was changed; empty for none.
    pub organization: Option<String>,
    /// The tags, if they were changed.
    pub tags: Option<TagNames>,
    /// The seller's own fields, if they were changed.
    pub metadata: Option<Metadata>,
}

impl CustomerForm {
    /// Parses every field.
    ///
    /// # Errors
    /// Returns every invalid field.
    pub fn parse(&self) -> Result<ParsedCustomer, Vec<FieldError>> {
        let mut faults = FieldErrors::default();
        let name = self.name(&mut faults);
        let email = faults.check(optional_email(&self.email));
        let company = faults.check(PersonPart::optional("company", &self.company));
        let tags = faults.check(TagNames::parse_list(&self.tags));
        let metadata = faults.check(Metadata::parse(&self.metadata));
        let faults = faults.into_inner();
        let (Some(name), Some(email), true) = (name, email, faults.is_empty()) else { return Err(faults) };
        let whole = Some(name.joined()).filter(|name| !name.is_empty()).map(Name::from_storage);
        let shown = self.shown.is_some().then(|| Identity {
            name: Some(self.name_was.trim().to_owned())
                .filter(|name| !name.is_empty())
                .map(Name::from_storage),
            email: optional_email(&self.email_was).ok().flatten(),
        });
        let company = company.flatten().map(|company| company.to_string()).unwrap_or_default();
        let organization = self.organization.trim();
        Ok(ParsedCustomer {
            name,
            identity: Identity { name: whole, email },
            shown,
            company: Some(company).filter(|company| company != self.company_was.trim()),
            organization: (organization != self.organization_was.trim()).then(|| organization.to_owned()),
            tags: tags.filter(|tags| TagNames::parse_list(&self.tags_was).as_ref() != Ok(tags)),
            metadata: metadata
                .filter(|metadata| Metadata::parse(&self.metadata_was).as_ref() != Ok(metadata)),
        })
    }

    /// Returns the two parts of the name, or the whole name split.
    fn name(&self, faults: &mut FieldErrors) -> Option<PersonName> {
        if self.first_name.is_empty() && self.last_name.is_empty() {
            let name = faults.check(Name::optional("name", &self.name))?;
            return Some(name.map(|name| PersonName::split(name.as_str())).unwrap_or_default());
        }
        let first = faults.check(PersonPart::optional("first_name", &self.first_name));
        let last = faults.check(PersonPart::optional("last_name", &self.last_name));
        let text = |part: Option<PersonPart>| part.map(|part| part.to_string()).unwrap_or_default();
        first.zip(last).map(|(first, last)| PersonName { first: text(first), last: text(last) })
    }
}

/// A part of a name, or a company.
type PersonPart = BoundedText<256>;

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
        let form = CustomerForm { name: "x".repeat(257), email: "nobody".into(), ..CustomerForm::default() };
        let faults = form.parse().expect_err("both fields are invalid");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["name", "email"]);
    }

    #[test]
    fn a_form_without_shown_values_has_no_former_identity() {
        let form = CustomerForm { name: "Ada".into(), ..CustomerForm::default() };
        assert_eq!(form.parse().map(|parsed| parsed.shown), Ok(None));
        let form = CustomerForm { shown: Some("1".into()), ..form };
        assert_eq!(form.parse().map(|parsed| parsed.shown), Ok(Some(Identity::default())));
    }

    #[test]
    fn only_changed_fields_are_given() {
        let form = CustomerForm {
            first_name: "Bea".into(),
            last_name: "Buyer".into(),
            company: "Initech".into(),
            tags: "VIP, beta".into(),
            tags_was: "VIP, beta".into(),
            metadata: "order = 1\r\n".into(),
            metadata_was: "order = 1".into(),
            ..CustomerForm::default()
        };
        let parsed = form.parse().expect("a customer");
        assert_eq!(parsed.name, PersonName { first: "Bea".into(), last: "Buyer".into() });
        assert_eq!(parsed.identity.name.map(|name| name.to_string()).as_deref(), Some("Bea Buyer"));
        assert_eq!(parsed.company.as_deref(), Some("Initech"));
        assert_eq!((parsed.organization, parsed.tags, parsed.metadata), (None, None, None));
        let tags = CustomerForm { tags: "a,b,c,d,e,f".into(), ..form };
        assert_eq!(tags.parse().expect_err("six tags")[0].field, "tags");
    }
}
