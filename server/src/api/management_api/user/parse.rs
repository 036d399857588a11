//! Bodies of users.

use domain::bounded_text::BoundedText;
use domain::customer_role::is_team_role;
use domain::object_metadata::{FieldChange, MAX_OBJECT_FIELDS, ViewPermission};
use domain::tag::{MAX_TAGS, TagNames};
use domain::{CustomerRole, Email, OrganizationId, PersonName};
use service::Error;
use service::customer::{CustomerChange, MetadataChange, NewCustomer};

use crate::api::management_api::body::{Fields, Given};
use crate::api::management_api::error::{ManagementError, Result};

/// Length of names and companies in characters.
const MAX_TEXT: usize = 256;

/// Reads the body of a creation. `is_import` also takes the id and the times.
pub(super) fn new_customer(fields: &Fields, is_import: bool) -> Result<NewCustomer> {
    let email = fields.required_string("email", 1..=256)?;
    let first = visible(&fields.required_string("firstName", 1..=MAX_TEXT)?);
    if first.is_empty() {
        return Err(fields.error("firstName", "is required"));
    }
    let text = |name: &str| -> Result<String> {
        Ok(visible(&fields.string(name, 0..=MAX_TEXT)?.value().unwrap_or_default()))
    };
    let name = PersonName { first, last: text("lastName")? };
    let (id, created_at, updated_at) = if is_import {
        (fields.id("id")?.value(), fields.time("createdAt")?, fields.time("updatedAt")?)
    } else {
        (None, None, None)
    };
    Ok(NewCustomer {
        name,
        email: parse_email(fields, &email)?,
        company: text("company")?,
        password: fields.password("password", 8..=256)?,
        role: role(fields)?.unwrap_or_default(),
        organization: fields.id("organizationId")?.value().map(OrganizationId),
        portal_access: fields.boolean("allowCustomerPortalAccess")?.unwrap_or(true),
        metadata: metadata(fields)?,
        tags: tags(fields)?.unwrap_or_default(),
        id,
        created_at,
        updated_at,
    })
}

/// Reads a text of a change; an empty one removes it.
fn text(fields: &Fields, name: &str) -> Result<Option<String>> {
    Ok(match fields.string(name, 0..=MAX_TEXT)? {
        Given::Absent => None,
        Given::Clear => Some(String::new()),
        Given::Value(text) => Some(visible(&text)),
    })
}

/// Reads the first and the last name of a change.
pub fn names(fields: &Fields) -> Result<(Option<String>, Option<String>)> {
    Ok((text(fields, "firstName")?, text(fields, "lastName")?))
}

/// Reads the body of a change.
pub(super) fn change(fields: &Fields) -> Result<CustomerChange> {
    let (first_name, last_name) = names(fields)?;
    let email = match fields.string("email", 1..=256)? {
        Given::Absent => None,
        // A customer who was entered without an address is echoed with an empty one.
        Given::Clear => Some(None),
        Given::Value(email) => Some(Some(parse_email(fields, &email)?)),
    };
    Ok(CustomerChange {
        first_name,
        last_name,
        email,
        company: text(fields, "company")?,
        role: role(fields)?,
        organization: fields.id("organizationId")?.map(OrganizationId).change(),
        portal_access: fields.boolean("allowCustomerPortalAccess")?,
        metadata: MetadataChange::Merge(metadata(fields)?),
        tags: tags(fields)?,
        may_remove_name: false,
    })
}

/// Returns the text without characters that make a name look different from its letters.
fn visible(text: &str) -> String {
    let checked = BoundedText::<MAX_TEXT>::optional("text", text).ok().flatten();
    checked.map(|text| text.to_string()).unwrap_or_default()
}

fn parse_email(fields: &Fields, text: &str) -> Result<Email> {
    Email::parse(text).map_err(|_| fields.error("email", "must be an e-mail address such as ada@example.com"))
}

/// Reads `role`, or the first of `roles`. A role of the team is forbidden: members are made in the dashboard.
fn role(fields: &Fields) -> Result<Option<CustomerRole>> {
    let one = fields.string("role", 1..=MAX_TEXT)?.value();
    let several = fields.strings("roles", 10, 1..=MAX_TEXT)?.value().unwrap_or_default();
    if one.iter().chain(&several).any(|word| is_team_role(word)) {
        let message = "The API gives nobody a role of the team. Invite members in the dashboard.";
        return Err(ManagementError::Forbidden(message.to_owned()));
    }
    let Some(word) = one.or_else(|| several.into_iter().next()) else { return Ok(None) };
    let known = CustomerRole::ALL.map(CustomerRole::as_str).join(", ");
    let role = CustomerRole::parse(&word);
    role.map(Some).ok_or_else(|| fields.error("role", &format!("must be one of {known}")))
}

fn tags(fields: &Fields) -> Result<Option<TagNames>> {
    let Some(names) = fields.strings("tags", MAX_TAGS, 1..=256)?.change_or_default() else {
        return Ok(None);
    };
    let tags = TagNames::parse(names.iter().map(String::as_str)).map_err(Error::from)?;
    Ok(Some(tags))
}

/// Reads pairs of metadata. `viewPermissions` or `visible` say who sees a pair.
fn metadata(fields: &Fields) -> Result<Vec<FieldChange>> {
    let pairs = fields.objects("metadata", MAX_OBJECT_FIELDS)?.value().unwrap_or_default();
    pairs.iter().map(pair).collect()
}

fn pair(fields: &Fields) -> Result<FieldChange> {
    let key = fields.required_string("key", 1..=256)?;
    let value = fields.scalar_text("value", 0..=4096)?.change_or_default();
    let permissions = match fields.strings("viewPermissions", 10, 1..=64)? {
        Given::Absent => fields
            .boolean("visible")?
            .map(|visible| if visible { vec![ViewPermission::Activation] } else { Vec::new() }),
        Given::Clear => Some(Vec::new()),
        Given::Value(words) => Some(parse_permissions(fields, &words)?),
    };
    Ok(FieldChange::parse(&key, value.as_deref(), permissions).map_err(Error::from)?)
}

fn parse_permissions(fields: &Fields, words: &[String]) -> Result<Vec<ViewPermission>> {
    let known = ViewPermission::ALL.map(ViewPermission::as_str).join(", ");
    let unknown = || fields.error("viewPermissions", &format!("must be a list of {known}"));
    words.iter().map(|word| ViewPermission::parse(word).ok_or_else(unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).expect("an object")
    }

    #[test]
    fn bodies_of_published_clients_are_read() {
        let new = new_customer(
            &fields(
                r#"{"email":"Buyer+1@Example.com","firstName":"Bea Buyer","password":"0123456789","role":"user","organizationId":null}"#,
            ),
            false,
        );
        let new = new.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!((new.email.as_str(), new.name.first.as_str()), ("buyer+1@example.com", "Bea Buyer"));
        assert_eq!((new.role, new.organization, new.portal_access), (CustomerRole::User, None, true));
        let changed =
            change(&fields(r#"{"firstName":"Bea","roles":["user"],"metadata":[],"tags":[],"company":""}"#));
        let changed = changed.unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(changed.first_name.as_deref(), Some("Bea"));
        assert_eq!((changed.company.as_deref(), changed.tags), (Some(""), Some(TagNames::default())));
        assert!(changed.email.is_none() && changed.organization.is_none());
    }

    #[test]
    fn roles_of_the_team_are_forbidden() {
        for body in [r#"{"role":"Admin"}"#, r#"{"roles":["user","super-admin"]}"#] {
            assert!(matches!(role(&fields(body)), Err(ManagementError::Forbidden(_))), "{body}");
        }
        assert!(matches!(role(&fields(r#"{"role":"auditor"}"#)), Err(ManagementError::Validation(_))));
        let administrator = role(&fields(r#"{"role":"organization-ADMIN"}"#));
        assert!(matches!(administrator, Ok(Some(CustomerRole::OrganizationAdmin))));
    }

    #[test]
    fn pairs_tell_who_sees_them() {
        use ViewPermission::{Activation, User};
        let read = |text: &str| pair(&fields(text)).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        for (body, permissions) in [
            (r#"{"key":"k","value":5}"#, None),
            (r#"{"key":"k","value":"","visible":true}"#, Some(vec![Activation])),
            (r#"{"key":"k","value":true,"visible":false}"#, Some(vec![])),
            (r#"{"key":"k","value":"v","viewPermissions":[],"visible":true}"#, Some(vec![])),
            (
                r#"{"key":"k","value":"v","viewPermissions":["User","activation"]}"#,
                Some(vec![User, Activation]),
            ),
        ] {
            assert_eq!(read(body).permissions, permissions, "{body}");
        }
        for (body, value) in [
            (r#"{"key":"k"}"#, None),
            (r#"{"key":"k","value":null}"#, None),
            (r#"{"key":"k","value":""}"#, Some("")),
        ] {
            assert_eq!(read(body).value.as_deref(), value, "{body}");
        }
        assert!(pair(&fields(r#"{"key":"k","value":"v","viewPermissions":["nobody"]}"#)).is_err());
    }
}
