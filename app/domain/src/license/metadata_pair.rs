//! Fields of a license with their visibility, and the merge of given ones with stored ones.

use super::metadata::{MAX_FIELDS, MAX_NAME_LEN, MAX_VALUE_LEN};
use super::visibility::Visibility;
use crate::FieldError;

/// A stored field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataPair {
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
    /// Who sees it.
    pub visibility: Visibility,
}

/// A given field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenPair {
    /// The name.
    pub key: String,
    /// The value; `None` keeps the stored value. A new field is empty then.
    pub value: Option<String>,
    /// Who sees it; `None` keeps the stored visibility. A new field is seen by the seller alone.
    pub visibility: Option<Visibility>,
}

/// Returns the fields that are new or changed. Names are compared in any case; a stored name keeps its
/// spelling. Of two given fields with one name the last one counts.
///
/// # Errors
/// Returns [`FieldError`] of the field `metadata` if a name or value is too long, or if there are more than 50
/// fields.
pub fn merge_pairs(stored: &[MetadataPair], given: &[GivenPair]) -> Result<Vec<MetadataPair>, FieldError> {
    let invalid = |message: &str| FieldError::new("metadata", message);
    let is_same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let mut changed: Vec<MetadataPair> = Vec::new();
    let mut added = 0;
    for (n, pair) in given.iter().enumerate() {
        if pair.key.is_empty() || pair.key.chars().count() > MAX_NAME_LEN {
            return Err(invalid("The key of a metadata field has 1 to 256 characters."));
        }
        if pair.value.as_ref().is_some_and(|value| value.chars().count() > MAX_VALUE_LEN) {
            return Err(invalid("The value of a metadata field has at most 4,096 characters."));
        }
        if given[n + 1..].iter().any(|later| is_same(&later.key, &pair.key)) {
            continue;
        }
        let known = stored.iter().find(|known| is_same(&known.key, &pair.key));
        let default = known.map_or_else(Visibility::default, |known| known.visibility);
        let next = MetadataPair {
            key: known.map_or(&pair.key, |known| &known.key).clone(),
            value: pair.value.as_ref().or(known.map(|known| &known.value)).cloned().unwrap_or_default(),
            visibility: pair.visibility.unwrap_or(default),
        };
        added += usize::from(known.is_none());
        if known != Some(&next) {
            changed.push(next);
        }
    }
    if stored.len() + added > MAX_FIELDS && added > 0 {
        return Err(invalid("A license has at most 50 metadata fields."));
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(key: &str, value: &str, visibility: Option<Visibility>) -> GivenPair {
        GivenPair { key: key.into(), value: Some(value.into()), visibility }
    }

    fn stored(key: &str, value: &str) -> MetadataPair {
        MetadataPair { key: key.into(), value: value.into(), visibility: Visibility::ACTIVATION }
    }

    #[test]
    fn named_fields_are_set_and_others_stay() {
        let known = [stored("Order", "1"), stored("plan", "team")];
        let changed = merge_pairs(
            &known,
            &[given("order", "2", None), given("new", "", None), given("PLAN", "team", None)],
        );
        let new = MetadataPair { key: "new".into(), value: String::new(), visibility: Visibility::default() };
        assert_eq!(changed, Ok(vec![stored("Order", "2"), new]));
        let shown = GivenPair { value: None, ..given("PLAN", "", Some(Visibility::default())) };
        let kept = MetadataPair { visibility: Visibility::default(), ..stored("plan", "team") };
        assert_eq!(merge_pairs(&known, &[shown]), Ok(vec![kept]));
        let hidden = merge_pairs(&known, &[given("plan", "team", Some(Visibility::default()))]);
        assert_eq!(hidden.map(|changed| changed.len()), Ok(1));
        assert_eq!(
            merge_pairs(&known, &[given("plan", "a", None), given("Plan", "team", None)]),
            Ok(Vec::new())
        );
    }

    #[test]
    fn bounds_are_checked() {
        let many: Vec<_> = (0..51).map(|n| given(&format!("f{n}"), "", None)).collect();
        assert!(merge_pairs(&[], &many[..50]).is_ok() && merge_pairs(&[], &many).is_err());
        assert!(merge_pairs(&[], &[given("", "1", None)]).is_err());
        assert!(merge_pairs(&[], &[given("a", &"x".repeat(4097), None)]).is_err());
    }

    proptest! {
        #[test]
        fn an_echo_changes_nothing(keys in proptest::collection::btree_set("[a-z]{1,4}", 0..20)) {
            let known: Vec<_> = keys.iter().map(|key| stored(key, key)).collect();
            let echo: Vec<_> = known.iter().map(|pair| given(&pair.key, &pair.value, Some(pair.visibility))).collect();
            prop_assert_eq!(merge_pairs(&known, &echo), Ok(Vec::new()));
        }
    }
}
