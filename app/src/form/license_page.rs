//! Forms of a license's page.

use std::collections::BTreeSet;

use domain::bounded_text::{Name, Notes};
use domain::customer::NameChoice;
use domain::edit::Edit;
use domain::field_error::FieldErrors;
use domain::license::Metadata;
use domain::{AppSubject, DomainName, Email, FieldError, LicenseId};
use leptos_router::params::ParamsMap;
use service::license::MetadataReaders;

use super::edit::SHOWN_MARK;

/// Parses a domain or URL.
///
/// # Errors
/// Returns the field if the text is no domain.
pub fn parse_domain(field: &'static str, text: &str) -> Result<DomainName, Vec<FieldError>> {
    let invalid = "Enter a domain or a URL, such as shop.example.com.";
    DomainName::parse(text).map_err(|_| vec![FieldError::new(field, invalid)])
}

/// Parses the name and the address of a customer, and the choice between two names. Empty fields are
/// `None`.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_customer(
    name: &str,
    email: &str,
    choice: &str,
) -> Result<(Option<Name>, Option<Email>, NameChoice), Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let name = faults.check(Name::optional("customer_name", name));
    let email = if email.trim().is_empty() {
        Some(None)
    } else {
        faults.check(Email::parse(email).map_err(|e| e.in_field("customer_email"))).map(Some)
    };
    let choice = faults.check(NameChoice::parse(choice));
    match (name, email, choice) {
        (Some(name), Some(email), Some(choice)) => Ok((name, email, choice)),
        _ => Err(faults.into_inner()),
    }
}

/// Parses notes. Browsers send line breaks as CR LF.
///
/// # Errors
/// Returns the field `notes` if the text is too long.
pub fn parse_notes(text: &str) -> Result<Option<Notes>, Vec<FieldError>> {
    Notes::optional("notes", &text.replace("\r\n", "\n")).map_err(|e| vec![e])
}

/// Parses the new fields and those that the editor saw.
///
/// # Errors
/// Returns the field `metadata` with the invalid line.
pub fn parse_metadata(text: &str, former: &str) -> Result<(Metadata, Metadata), Vec<FieldError>> {
    let fields = Metadata::parse(text).map_err(|e| vec![e])?;
    // The page wrote them: lines that are no fields mean that the page is older.
    Ok((fields, Metadata::parse(former).unwrap_or_default()))
}

/// Parses the names of the fields that apps and the customer see, each list with what the page showed.
#[must_use]
pub fn parse_readers(
    [apps, customer]: [&str; 2],
    [apps_were, customer_were]: [Option<&str>; 2],
) -> MetadataReaders {
    let list = |text: &str, was: Option<&str>| Edit {
        new: names_of_lines(text),
        shown: was.and_then(|was| was.strip_prefix(SHOWN_MARK)).map(names_of_lines),
    };
    MetadataReaders { apps: list(apps, apps_were), customer: list(customer, customer_were) }
}

/// Returns the names in the lines of a text, sorted.
fn names_of_lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: BTreeSet<String> = lines.map(ToOwned::to_owned).collect();
    names.into_iter().collect()
}

/// Returns the URL of a license's page with the answer for a domain or machine.
#[must_use]
pub fn url_of_check(id: LicenseId, subject: &AppSubject) -> String {
    let mut params = ParamsMap::new();
    params.insert("check", subject.as_str().to_owned());
    format!("/licenses/{id}{}#check", params.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_fields_are_optional() {
        assert_eq!(parse_customer(" ", "", ""), Ok((None, None, NameChoice::Ask)));
        let faults = parse_customer(&"x".repeat(257), "nobody", "keep").expect_err("both are invalid");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["customer_name", "customer_email"]);
    }

    #[test]
    fn line_breaks_of_browsers_are_no_change() {
        assert_eq!(parse_notes("a\r\nb").expect("notes"), parse_notes("a\nb").expect("notes"));
    }
}
