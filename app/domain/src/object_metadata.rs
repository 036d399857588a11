//! A seller's own fields of a customer, with who may see each.

use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::bounded_text::BoundedText;
use crate::text_key;

/// Maximum number of fields of an object.
pub const MAX_OBJECT_FIELDS: usize = 50;

/// The name of a field. Unique in any case within an object.
pub type FieldName = BoundedText<256>;

/// Who sees a field beside the seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewPermission {
    /// Apps, by the token of an activation.
    Activation,
    /// The customer.
    User,
    /// The administrators of the customer's organization.
    Organization,
    /// A reseller. There are none yet.
    Reseller,
}

impl ViewPermission {
    /// All permissions, in the order of their answers.
    pub const ALL: [Self; 4] = [Self::Activation, Self::User, Self::Organization, Self::Reseller];

    /// Returns the word in storage and in the management API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::User => "user",
            Self::Organization => "organization",
            Self::Reseller => "reseller",
        }
    }

    /// Parses a word in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str().eq_ignore_ascii_case(word.trim()))
    }
}

/// Parses stored permissions. Words of later versions are skipped.
#[must_use]
pub fn permissions_from_storage(words: &str) -> Vec<ViewPermission> {
    words.split(' ').filter_map(ViewPermission::parse).collect()
}

/// Formats permissions for storage, in their fixed order, each once.
#[must_use]
pub fn permissions_to_storage(permissions: &[ViewPermission]) -> String {
    let kept = ViewPermission::ALL.into_iter().filter(|permission| permissions.contains(permission));
    kept.map(ViewPermission::as_str).collect::<Vec<_>>().join(" ")
}

/// A field to set. `permissions` is `None` if the request says nothing of them: a field that exists keeps its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The name.
    pub key: FieldName,
    /// The value, which may be empty; `None` keeps the stored value. A new field is empty then.
    pub value: Option<String>,
    /// Who sees the field beside the seller.
    pub permissions: Option<Vec<ViewPermission>>,
}

impl FieldChange {
    /// Checks the name and the value of a field.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `metadata`.
    pub fn parse(
        key: &str,
        value: Option<&str>,
        permissions: Option<Vec<ViewPermission>>,
    ) -> Result<Self, FieldError> {
        let key = FieldName::parse("metadata", key)
            .map_err(|_| FieldError::new("metadata", "The key of a field has 1 to 256 characters."))?;
        let value = value.map(|value| BoundedText::<4096>::optional("metadata", value)).transpose();
        let value = value
            .map_err(|_| FieldError::new("metadata", "The value of a field has at most 4,096 characters."))?
            .map(|value| value.map(|value| value.to_string()).unwrap_or_default());
        Ok(Self { key, value, permissions })
    }
}

/// Returns the changes with the last one of each name, in the order of the first ones.
///
/// # Errors
/// Returns [`FieldError`] of the field `metadata` if there are more than fifty names.
pub fn last_of_each_key(changes: Vec<FieldChange>) -> Result<Vec<FieldChange>, FieldError> {
    let mut unique: Vec<FieldChange> = Vec::new();
    for change in changes {
        let is_same = |known: &&mut FieldChange| {
            text_key::key(known.key.as_str()) == text_key::key(change.key.as_str())
        };
        match unique.iter_mut().find(is_same) {
            Some(known) => *known = change,
            None => unique.push(change),
        }
    }
    check_count(unique.len())?;
    Ok(unique)
}

/// Checks the number of an object's fields.
///
/// # Errors
/// Returns [`FieldError`] of the field `metadata` if there are more than fifty.
pub fn check_count(fields: usize) -> Result<(), FieldError> {
    if fields > MAX_OBJECT_FIELDS {
        return Err(FieldError::new("metadata", "At most 50 fields are allowed."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn change(key: &str, value: &str) -> FieldChange {
        FieldChange::parse(key, Some(value), None).expect("a field")
    }

    #[test]
    fn the_last_of_two_equal_names_counts() {
        let unique = last_of_each_key(vec![change("Order", "1"), change("b", "2"), change("order", "3")]);
        assert_eq!(unique, Ok(vec![change("order", "3"), change("b", "2")]));
        let many = (0..51).map(|n| change(&format!("f{n}"), "")).collect();
        assert!(last_of_each_key(many).is_err());
    }

    #[test]
    fn names_and_values_are_bounded() {
        assert!(FieldChange::parse(" ", Some("x"), None).is_err());
        assert!(FieldChange::parse(&"x".repeat(257), Some("x"), None).is_err());
        assert!(FieldChange::parse("x", Some(&"x".repeat(4097)), None).is_err());
        assert_eq!(change(" a ", " b ").value.as_deref(), Some("b"));
    }

    #[test]
    fn stored_permissions_round_trip_in_their_order() {
        use ViewPermission::{Activation, Organization, Reseller, User};
        assert_eq!(permissions_to_storage(&[User, Activation, User]), "activation user");
        assert_eq!(permissions_from_storage("activation user"), [Activation, User]);
        assert_eq!(permissions_from_storage(""), []);
        assert_eq!(permissions_to_storage(&ViewPermission::ALL), "activation user organization reseller");
        for permission in [Activation, User, Organization, Reseller] {
            assert_eq!(ViewPermission::parse(&permission.as_str().to_uppercase()), Some(permission));
        }
    }

    proptest! {
        #[test]
        fn any_field_is_checked_without_a_panic(key in any::<String>(), value in any::<String>()) {
            let _ = FieldChange::parse(&key, Some(&value), None);
        }
    }
}
