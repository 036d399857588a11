//! Rules for customers: references to a customer, concurrent edits, other names, and erased texts.

use uuid::Uuid;

use crate::bounded_text::Name;
use crate::{CustomerId, Email, FieldError};

/// Replaces personal data in audit entries after an erasure.
pub const ERASED: &str = "(erased)";
/// Stands for a missing name or address in the description of an edit.
const NONE: &str = "—";

/// The name and the address of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name of the person or company.
    pub name: Option<Name>,
    /// The e-mail address. One address is one customer of an account.
    pub email: Option<Email>,
}

impl Identity {
    /// Combines an edit with the stored identity. `before` is the identity that the form showed: a
    /// field that the user left as it was keeps its stored value.
    ///
    /// # Errors
    /// Names `name_was` or `email_was` if another user changed the field to a third value meanwhile, or
    /// `email` if neither a name nor an address is left.
    pub fn edit(&self, before: Option<&Self>, new: Self) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let before = before.unwrap_or(self);
        let edited = Self {
            name: edit_field(self.name.as_ref(), before.name.as_ref(), new.name)
                .unwrap_or_else(|stored| fault(&mut faults, "name_was", "name", stored)),
            email: edit_field(self.email.as_ref(), before.email.as_ref(), new.email)
                .unwrap_or_else(|stored| fault(&mut faults, "email_was", "address", stored)),
        };
        if edited.name.is_none() && edited.email.is_none() && faults.is_empty() {
            let message = "A customer has a name or an address. To remove both, erase the customer.";
            faults.push(FieldError::new("email", message));
        }
        if faults.is_empty() { Ok(edited) } else { Err(faults) }
    }

    /// Returns the name and the address, as far as they are there.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = self.name.iter().map(ToString::to_string);
        name.chain(self.email.iter().map(ToString::to_string)).collect()
    }

    /// Combines two customers: the first one's name and address count, the second one's fill gaps.
    #[must_use]
    pub fn merged_with(self, other: Self) -> Self {
        Self { name: self.name.or(other.name), email: self.email.or(other.email) }
    }
}

/// Returns the edited value, or the stored value as an error if both differ from `before`.
fn edit_field<T: Clone + PartialEq>(
    stored: Option<&T>,
    before: Option<&T>,
    new: Option<T>,
) -> Result<Option<T>, Option<T>> {
    if new.as_ref() == before {
        Ok(stored.cloned())
    } else if stored == before || stored == new.as_ref() {
        Ok(new)
    } else {
        Err(stored.cloned())
    }
}

/// Records that another user changed a field, and returns the stored value.
fn fault<T: std::fmt::Display>(
    faults: &mut Vec<FieldError>,
    field: &'static str,
    label: &str,
    stored: Option<T>,
) -> Option<T> {
    let changed = match &stored {
        Some(stored) => format!("Another user has changed the {label} to “{stored}” meanwhile."),
        None => format!("Another user has removed the {label} meanwhile."),
    };
    faults.push(FieldError::new(field, format!("{changed} Save again to replace it.")));
    stored
}

/// What to do if a license goes to a known address with another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameChoice {
    /// Refuse, so that the seller decides.
    #[default]
    Ask,
    /// Keep the stored name.
    Keep,
    /// Change the stored name to the given one.
    Change,
}

impl NameChoice {
    /// Parses the form field `customer_name_conflict`: `keep`, `change`, or empty.
    ///
    /// # Errors
    /// Returns [`FieldError`] for any other word.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        match text.trim() {
            "" => Ok(Self::Ask),
            "keep" => Ok(Self::Keep),
            "change" => Ok(Self::Change),
            _ => Err(FieldError::new("customer_name_conflict", "Choose keep or change.")),
        }
    }
}

/// A customer as a user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerRef {
    /// The id.
    Id(CustomerId),
    /// The e-mail address.
    Email(Email),
}

impl CustomerRef {
    /// Parses an e-mail address, an id, or the URL of the customer's page.
    ///
    /// # Errors
    /// Returns [`FieldError`] of `field` if the text is none of them.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let path = text.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        if let Ok(id) = Uuid::parse_str(last) {
            return Ok(Self::Id(CustomerId(id)));
        }
        Email::parse(text).map(Self::Email).map_err(|_| {
            FieldError::new(
                field,
                "Enter the customer’s e-mail address, or the address of the customer’s page.",
            )
        })
    }
}

/// Describes an edit for the audit log: "name Ada → Ada Lovelace, address — → ada@example.com".
#[must_use]
pub fn describe_edit(before: &Identity, after: &Identity) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| NONE.to_owned());
    let values = |identity: &Identity| {
        [identity.name.as_ref().map(ToString::to_string), identity.email.as_ref().map(ToString::to_string)]
    };
    let fields = ["name", "address"].into_iter().zip(values(before)).zip(values(after));
    let changed = fields.filter(|((_, before), after)| before != after);
    let changed =
        changed.map(|((field, before), after)| format!("{field} {} → {}", text(before), text(after)));
    changed.collect::<Vec<_>>().join(", ")
}

/// Separates the description of an edit from the other changed fields. No checked name contains it.
const OTHER_FIELDS: &str = "\u{2063}; ";

/// Describes a change for the audit log: the edit of name and address with its values, and the names of the other
/// `fields` that differ.
#[must_use]
pub fn describe_changes(before: &Identity, after: &Identity, fields: &[&str]) -> String {
    let edit = describe_edit(before, after);
    if edit.is_empty() {
        return fields.join(", ");
    }
    let is_other = |field: &&&str| !["firstName", "lastName", "email"].contains(*field);
    let others: Vec<&str> = fields.iter().filter(is_other).copied().collect();
    if others.is_empty() { edit } else { format!("{edit}{OTHER_FIELDS}{}", others.join(", ")) }
}

/// Returns the names and addresses of an edit that [`describe_edit`] or [`describe_changes`] described.
#[must_use]
pub fn names_in_edit(detail: &str) -> Vec<String> {
    let detail = detail.split(OTHER_FIELDS).next().unwrap_or_default();
    let (name, address) = match detail.strip_prefix("name ") {
        Some(name) => name.rsplit_once(", address ").map_or((name, ""), |both| both),
        None => ("", detail.strip_prefix("address ").unwrap_or_default()),
    };
    let values = [name, address].into_iter().flat_map(|change| change.split(" → "));
    values.filter(|value| !value.is_empty() && *value != NONE).map(ToOwned::to_owned).collect()
}

/// Replaces every occurrence of the names in a text, in any case, by [`ERASED`]. Within a longer word of
/// ASCII letters a name is no name: "Al" stays in "always". Returns `None` if the text holds no name.
#[must_use]
pub fn erase_from(text: &str, names: &[String]) -> Option<String> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != ERASED).collect();
    // The longest first, because an address may contain a name.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let erased = names.into_iter().fold(text.to_owned(), |text, name| replace_in_any_case(&text, name));
    (erased != text).then_some(erased)
}

/// Replaces `needle` by [`ERASED`], comparing lower-case characters.
fn replace_in_any_case(text: &str, needle: &str) -> String {
    let fold = |c: char| c.to_lowercase().collect::<String>();
    let needle: Vec<String> = needle.chars().map(fold).collect();
    let chars: Vec<char> = text.chars().collect();
    let folded: Vec<String> = chars.iter().map(|c| fold(*c)).collect();
    let is_letter = |c: &String| c.chars().all(|c| c.is_ascii_alphanumeric());
    let splits_word = |left: Option<&String>, right: Option<&String>| {
        left.zip(right).is_some_and(|(left, right)| is_letter(left) && is_letter(right))
    };
    let matches = |at: usize| {
        !needle.is_empty()
            && folded[at..].starts_with(&needle)
            && !splits_word(folded[..at].last(), needle.first())
            && !splits_word(needle.last(), folded.get(at + needle.len()))
    };
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < chars.len() {
        if matches(at) {
            out.push_str(ERASED);
            at += needle.len();
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(name: &str, email: &str) -> Identity {
        Identity {
            name: Name::optional("name", name).expect("a name"),
            email: (!email.is_empty()).then(|| Email::parse(email).expect("an address")),
        }
    }

    #[test]
    fn an_unchanged_field_keeps_what_another_user_stored() {
        let before = identity("Ada", "ada@example.com");
        let stored = identity("Ada Lovelace", "ada@example.com");
        let edited = stored.edit(Some(&before), identity("Ada", "ada@engines.example"));
        assert_eq!(edited, Ok(identity("Ada Lovelace", "ada@engines.example")));
    }

    #[test]
    fn a_field_that_two_users_changed_is_reported_with_its_stored_value() {
        let before = identity("Ada", "ada@example.com");
        let stored = identity("Ada Lovelace", "");
        let faults =
            stored.edit(Some(&before), identity("Ada King", "ada@engines.example")).expect_err("two faults");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["name_was", "email_was"]);
        assert!(faults[0].message.contains("“Ada Lovelace”"), "{}", faults[0].message);
        assert!(faults[1].message.contains("removed the address"), "{}", faults[1].message);
        assert_eq!(
            stored.edit(Some(&before), stored.clone()),
            Ok(stored.clone()),
            "both users typed the same"
        );
    }

    #[test]
    fn a_customer_keeps_a_name_or_an_address() {
        let stored = identity("Ada", "");
        let faults = stored.edit(None, identity("", "")).expect_err("nothing is left");
        assert_eq!(faults[0].field, "email");
    }

    #[test]
    fn gaps_are_filled_by_the_merged_customer() {
        let merged = identity("Ada", "").merged_with(identity("A. Lovelace", "ada@example.com"));
        assert_eq!(merged, identity("Ada", "ada@example.com"));
    }

    #[test]
    fn customers_are_named_by_address_id_or_page() {
        let id = "01997d1e-5d5c-7000-8000-000000000001";
        let expected = Ok(CustomerRef::Id(CustomerId(id.parse().expect("an id"))));
        for text in [
            id.to_owned(),
            format!(" https://x.example/customers/{id}?page=2#licenses"),
            format!("/customers/{id}/"),
        ] {
            assert_eq!(CustomerRef::parse("other", &text), expected, "{text}");
        }
        let email = Email::parse("ada@example.com").expect("an address");
        assert_eq!(CustomerRef::parse("other", "Ada@example.com"), Ok(CustomerRef::Email(email)));
        assert_eq!(CustomerRef::parse("other", "Ada").expect_err("a name").field, "other");
    }

    #[test]
    fn names_are_found_beside_other_changed_fields() {
        let (before, after) = (identity("Ada", ""), identity("Ada King", "ada@example.com"));
        let detail =
            describe_changes(&before, &after, &["firstName", "lastName", "email", "company", "tags"]);
        assert_eq!(detail, "name Ada → Ada King, address — → ada@example.com\u{2063}; company, tags");
        assert_eq!(names_in_edit(&detail), ["Ada", "Ada King", "ada@example.com"]);
        assert_eq!(describe_changes(&before, &before, &["company"]), "company");
        assert!(names_in_edit("company, tags").is_empty());
    }

    #[test]
    fn words_of_the_name_choice() {
        for (word, choice) in
            [("", NameChoice::Ask), ("keep", NameChoice::Keep), ("change", NameChoice::Change)]
        {
            assert_eq!(NameChoice::parse(word), Ok(choice));
        }
        assert!(NameChoice::parse("both").is_err());
    }

    #[test]
    fn names_and_addresses_are_erased_in_any_case() {
        let ada = identity("Ada Özgür", "ada@example.com").names();
        let text = "ADA ÖZGÜR <Ada@Example.com> did not pay";
        assert_eq!(erase_from(text, &ada).as_deref(), Some("(erased) <(erased)> did not pay"));
        assert_eq!(erase_from("Grace paid", &ada), None);
        let al = ["Al".to_owned()];
        assert_eq!(erase_from("al always pays", &al).as_deref(), Some("(erased) always pays"));
        assert_eq!(erase_from("山田さん", &["山田".to_owned()]).as_deref(), Some("(erased)さん"));
        assert_eq!(erase_from("anything", &[]), None);
    }

    proptest! {
        #[test]
        fn an_erased_text_holds_no_name(before in "[.,! ]{0,12}", name in "[A-Za-zÄÖÜäöüß]{1,8}", after in "[.,! ]{0,12}") {
            let text = format!("{before}{name}{after}");
            let erased = erase_from(&text, std::slice::from_ref(&name)).expect("the name was found");
            prop_assert!(!erased.replace(ERASED, "\0").contains(&name));
        }

        #[test]
        fn names_of_an_edit_are_found_again(a in "[A-Za-z, →]{1,9}", b in "[A-Za-z, ]{1,9}") {
            let (before, after) = (identity(&a.replace('→', ""), ""), identity(&b, "y@example.com"));
            let found = names_in_edit(&describe_edit(&before, &after));
            for name in before.names().into_iter().chain(after.names()) {
                prop_assert!(before.name == after.name || found.contains(&name), "{found:?} {name}");
            }
        }

        #[test]
        fn an_edit_without_others_is_taken_as_typed(a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
            let (stored, new) = (identity(&a, "x@example.com"), identity(&b, "y@example.com"));
            prop_assert_eq!(stored.edit(Some(&stored), new.clone()), Ok(new));
        }
    }
}
