//! Tags: words by which a seller groups customers and licenses.

use crate::FieldError;
use crate::bounded_text::BoundedText;
use crate::text_key;

/// Maximum number of tags of an object.
pub const MAX_TAGS: usize = 5;

/// The name of a tag. Unique in any case within an account.
pub type TagName = BoundedText<256>;

/// The description of a tag.
pub type TagDescription = BoundedText<1024>;

/// The tags of an object, in the order in which they were given. The first of two names that differ in case alone
/// counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagNames(Vec<TagName>);

impl TagNames {
    /// Checks names. Empty ones are skipped, and repeated ones count once.
    ///
    /// # Errors
    /// Returns [`FieldError`] of the field `tags` if a name is too long, or if there are more than five.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, FieldError> {
        let mut tags: Vec<TagName> = Vec::new();
        for name in names {
            let Some(name) = TagName::optional("tags", name)? else { continue };
            if tags.iter().all(|known| text_key::key(known.as_str()) != text_key::key(name.as_str())) {
                tags.push(name);
            }
            if tags.len() > MAX_TAGS {
                return Err(FieldError::new("tags", "At most 5 tags are allowed."));
            }
        }
        Ok(Self(tags))
    }

    /// Parses a form field: names with commas between.
    ///
    /// # Errors
    /// Same as [`TagNames::parse`].
    pub fn parse_list(text: &str) -> Result<Self, FieldError> {
        Self::parse(text.split([',', '\n']))
    }

    /// Returns the names in order.
    pub fn iter(&self) -> impl Iterator<Item = &TagName> {
        self.0.iter()
    }

    /// Returns whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the names are the same in any case, in the same order.
    #[must_use]
    pub fn matches(&self, stored: &[String]) -> bool {
        self.0.len() == stored.len()
            && self.0.iter().zip(stored).all(|(a, b)| text_key::key(a.as_str()) == text_key::key(b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        TagNames::parse_list(text).expect("tags").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tags_are_unique_in_any_case_and_keep_their_order() {
        assert_eq!(names("vip, Beta,\n early-bird , VIP,,"), ["vip", "Beta", "early-bird"]);
        assert!(names(" , ").is_empty());
    }

    #[test]
    fn an_object_has_at_most_five_tags() {
        assert_eq!(names("a,b,c,d,e,E").len(), 5);
        assert_eq!(TagNames::parse_list("a,b,c,d,e,f").expect_err("six tags").field, "tags");
    }

    #[test]
    fn stored_names_match_in_any_case() {
        let tags = TagNames::parse_list("VIP,beta").expect("tags");
        assert!(tags.matches(&["vip".into(), "Beta".into()]));
        assert!(!tags.matches(&["beta".into(), "vip".into()]), "another order");
        assert!(!tags.matches(&["vip".into()]));
    }

    proptest! {
        #[test]
        fn any_list_is_parsed_or_refused(text in any::<String>()) {
            if let Ok(tags) = TagNames::parse_list(&text) {
                prop_assert!(tags.iter().count() <= MAX_TAGS);
                let joined: Vec<_> = tags.iter().map(ToString::to_string).collect();
                prop_assert_eq!(TagNames::parse_list(&joined.join(",")), Ok(tags));
            }
        }
    }
}
