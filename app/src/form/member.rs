//! Forms of invitations.

use domain::bounded_text::{Name, check_new_password};
use domain::field_error::FieldErrors;
use domain::permission::Role;
use domain::{Email, FieldError};
use service::member::{NewInvitation, NewMember, TokensOfRemoved};

/// Parses an invitation. Name and address are optional.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_invitation(role: &str, name: &str, email: &str) -> Result<NewInvitation, Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let role = faults.check(role.parse::<Role>());
    let name = faults.check(Name::optional("name", name));
    let email = if email.trim().is_empty() { Ok(None) } else { Email::parse(email).map(Some) };
    let email = faults.check(email);
    let parsed = || Some(NewInvitation { role: role?, name: name?, email: email? });
    parsed().ok_or_else(|| faults.into_inner())
}

/// Parses a person who becomes a user.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_new_member(
    name: &str,
    email: &str,
    password: String,
    address: Option<String>,
) -> Result<NewMember, Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let name = faults.check(Name::parse("name", name));
    let email = faults.check(Email::parse(email));
    let password = faults.check(check_new_password(&password).map(|()| password));
    let parsed = || Some(NewMember { name: name?, email: email?, password: password?, address });
    parsed().ok_or_else(|| faults.into_inner())
}

/// Parses what becomes of a removed member's API tokens: `withdrawn`, also if not given, or `handed_over`.
///
/// # Errors
/// Returns the invalid field.
pub fn parse_tokens_of_removed(word: Option<&str>) -> Result<TokensOfRemoved, Vec<FieldError>> {
    match word {
        None | Some("" | "withdrawn") => Ok(TokensOfRemoved::Withdrawn),
        Some("handed_over") => Ok(TokensOfRemoved::HandedOver),
        Some(_) => Err(vec![FieldError::new("tokens", "Choose `withdrawn` or `handed_over`.")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_is_reported() {
        let names = |faults: Vec<FieldError>| faults.iter().map(|f| f.field).collect::<Vec<_>>();
        let long = "x".repeat(1000);
        let invitation = parse_invitation("root", &long, "nobody").err().expect("every field is invalid");
        assert_eq!(names(invitation), ["role", "name", "email"]);
        assert!(parse_invitation("viewer", "", " ").is_ok());
        let tokens = parse_tokens_of_removed(Some("kept")).expect_err("an unknown word");
        assert_eq!(names(tokens), ["tokens"]);
        assert!(parse_tokens_of_removed(None).is_ok());
        let member =
            parse_new_member("", "nobody", "short".into(), None).err().expect("every field is invalid");
        assert_eq!(names(member), ["name", "email", "password"]);
        assert!(parse_new_member("Ada", "ada@example.com", "long enough".into(), None).is_ok());
    }
}
