//! Form of a person who signs up as a seller.

use domain::bounded_text::{Name, check_new_password};
use domain::field_error::FieldErrors;
use domain::{Email, FieldError};
use service::sign_up::NewSeller;

/// Parses the form. `email` is `None` if the link proves the address, and the form has no such field.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_new_seller(
    account: &str,
    name: &str,
    email: Option<&str>,
    password: String,
    address: Option<String>,
) -> Result<NewSeller, Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let account = faults.check(Name::parse("account", account));
    let name = faults.check(Name::parse("name", name));
    let email = faults.check(email.map(Email::parse).transpose());
    let password = faults.check(check_new_password(&password).map(|()| password));
    let parsed =
        || Some(NewSeller { account: account?, name: name?, email: email?, password: password?, address });
    parsed().ok_or_else(|| faults.into_inner())
}

/// Parses the name of an account that a user makes.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_account_name(account: &str) -> Result<Name, Vec<FieldError>> {
    Name::parse("account", account).map_err(|fault| vec![fault])
}

/// Parses the optional address of an invitation of a seller.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_invited_seller(email: &str) -> Result<Option<Email>, Vec<FieldError>> {
    if email.trim().is_empty() {
        return Ok(None);
    }
    Email::parse(email).map(Some).map_err(|fault| vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let faults = parse_new_seller(" ", "", Some("nobody"), "short".into(), None).err().expect("faults");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["account", "name", "email", "password"]);
        let proved = parse_new_seller("Maple", "Ada", None, "long enough".into(), None);
        assert!(proved.is_ok_and(|new| new.email.is_none()));
    }

    #[test]
    fn an_invitation_needs_no_address() {
        assert_eq!(parse_invited_seller(" "), Ok(None));
        assert!(parse_invited_seller("ada@example.com").is_ok_and(|email| email.is_some()));
        let faults = parse_invited_seller("nobody").expect_err("no address");
        assert_eq!(faults[0].field, "email");
    }
}
