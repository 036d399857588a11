//! Names of people in two parts. What was entered as one text is split at its first space.

/// A name in two parts, each without surrounding space. Both may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// The first name. It may hold the whole name, as some clients send it.
    pub first: String,
    /// The last name.
    pub last: String,
}

impl PersonName {
    /// Splits a whole name: the first word is the first name.
    #[must_use]
    pub fn split(name: &str) -> Self {
        let name = name.trim();
        let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
        Self { first: first.to_owned(), last: last.trim_start().to_owned() }
    }

    /// Returns the parts of a stored name. The stored parts count only if they join to the name, because other
    /// writers change the name alone.
    #[must_use]
    pub fn from_storage(first: Option<&str>, last: Option<&str>, name: Option<&str>) -> Self {
        let name = name.unwrap_or_default();
        let stored =
            Self { first: first.unwrap_or_default().to_owned(), last: last.unwrap_or_default().to_owned() };
        if stored.joined() == name { stored } else { Self::split(name) }
    }

    /// Returns the whole name.
    #[must_use]
    pub fn joined(&self) -> String {
        match (self.first.as_str(), self.last.as_str()) {
            (first, "") => first.to_owned(),
            ("", last) => last.to_owned(),
            (first, last) => format!("{first} {last}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(first: &str, last: &str) -> PersonName {
        PersonName { first: first.into(), last: last.into() }
    }

    #[test]
    fn the_first_word_is_the_first_name() {
        assert_eq!(PersonName::split("Bea Buyer"), name("Bea", "Buyer"));
        assert_eq!(PersonName::split(" Grace  Brewster Hopper "), name("Grace", "Brewster Hopper"));
        assert_eq!(PersonName::split("Initech"), name("Initech", ""));
        assert_eq!(PersonName::split(""), name("", ""));
    }

    #[test]
    fn stored_parts_count_while_they_join_to_the_name() {
        let stored = |name| PersonName::from_storage(Some("Bea Betty"), Some("Buyer"), Some(name));
        assert_eq!(stored("Bea Betty Buyer"), name("Bea Betty", "Buyer"));
        assert_eq!(stored("Grace Hopper"), name("Grace", "Hopper"), "the name was changed alone");
        assert_eq!(
            PersonName::from_storage(Some("Bea Buyer"), None, Some("Bea Buyer")),
            name("Bea Buyer", "")
        );
        assert_eq!(PersonName::from_storage(None, None, None), PersonName::default());
    }

    proptest! {
        #[test]
        fn a_split_name_joins_to_the_same_words(words in prop::collection::vec("[a-zA-Zäß-]{1,8}", 0..5)) {
            let name = words.join(" ");
            prop_assert_eq!(PersonName::split(&name).joined(), name);
        }

        #[test]
        fn stored_parts_round_trip(first in "[a-z ]{0,8}", last in "[a-z ]{0,8}") {
            let parts = PersonName { first: first.trim().into(), last: last.trim().into() };
            let joined = parts.joined();
            let stored = PersonName::from_storage(Some(&parts.first), Some(&parts.last), Some(&joined));
            prop_assert_eq!(stored, parts);
        }
    }
}
