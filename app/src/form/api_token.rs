//! The form of a new API token.

use std::collections::BTreeMap;

use domain::field_error::FieldErrors;
use domain::permission::Role;
use domain::{FieldError, Scope, ScopeSet, Timestamp};
use service::api_token::{NewApiToken, TokenName, TokenRights};
use service::{Actor, Principal};

/// The value of the field `role` for a token with the scopes that are checked.
pub const CHOSEN_SCOPES: &str = "chosen";

/// Parses the form. A checkbox of a scope is named `scopes[license:read]`.
///
/// # Errors
/// Returns the errors of all invalid fields.
pub fn parse_api_token(
    name: &str,
    role: &str,
    expires_at: &str,
    scopes: &BTreeMap<String, String>,
) -> Result<NewApiToken, Vec<FieldError>> {
    let mut errors = FieldErrors::default();
    let name = errors.check(TokenName::parse("name", name));
    let rights = errors.check(parse_rights(role, scopes));
    let expires_at = errors.check(parse_expiry(expires_at));
    match (name, rights, expires_at) {
        (Some(name), Some(rights), Some(expires_at)) => Ok(NewApiToken { name, rights, expires_at }),
        _ => Err(errors.into_inner()),
    }
}

fn parse_rights(role: &str, scopes: &BTreeMap<String, String>) -> Result<TokenRights, FieldError> {
    if role != CHOSEN_SCOPES {
        return role.parse::<Role>().map(TokenRights::Role);
    }
    let chosen: Vec<Option<Scope>> =
        scopes.keys().map(|scope| Scope::parse(scope)).collect::<Result<_, _>>()?;
    let chosen: ScopeSet = chosen.into_iter().flatten().collect();
    if chosen.is_empty() {
        return Err(FieldError::new("scopes", "Check at least one box."));
    }
    Ok(TokenRights::Scopes(chosen))
}

fn parse_expiry(text: &str) -> Result<Option<Timestamp>, FieldError> {
    if text.trim().is_empty() { Ok(None) } else { Timestamp::parse_expiry(text).map(Some) }
}

/// Returns the scopes that an actor may give: those of the role.
#[must_use]
pub fn scopes_of_member(actor: &Actor) -> ScopeSet {
    match &actor.principal {
        Principal::Member { role, .. } => ScopeSet::of_role(*role),
        _ => ScopeSet::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(names: &[&str]) -> BTreeMap<String, String> {
        names.iter().map(|name| ((*name).to_owned(), "on".to_owned())).collect()
    }

    #[test]
    fn a_role_or_the_checked_scopes_are_parsed() {
        let by_role = parse_api_token("shop", "viewer", "", &scopes(&["license:write"])).expect("a token");
        assert_eq!((by_role.rights, by_role.expires_at), (TokenRights::Role(Role::Viewer), None));
        let chosen =
            parse_api_token("shop", CHOSEN_SCOPES, "2027-01-31", &scopes(&["license:read", "user:read"]))
                .expect("a token");
        let expected = [Scope::LICENSE_READ, Scope::USER_READ].into_iter().collect();
        assert_eq!(chosen.rights, TokenRights::Scopes(expected));
        assert_eq!(chosen.expires_at.map(Timestamp::rfc3339).as_deref(), Some("2027-01-31T23:59:59Z"));
    }

    #[test]
    fn every_invalid_field_is_reported() {
        let errors = parse_api_token(" ", CHOSEN_SCOPES, "soon", &scopes(&[])).expect_err("errors");
        let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["name", "scopes", "expires_at"]);
        assert!(parse_api_token("shop", "root", "", &scopes(&[])).is_err());
        assert!(parse_api_token("shop", CHOSEN_SCOPES, "", &scopes(&["license:delete"])).is_err());
    }
}
