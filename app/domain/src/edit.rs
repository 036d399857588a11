//! A submitted value beside the value that the form showed, so that two people who change the same form do not
//! overwrite each other.

use crate::FieldError;

/// A submitted value and the value that the form showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit<T> {
    /// The submitted value.
    pub new: T,
    /// The value when the form was rendered; `None` if the form does not send it.
    pub shown: Option<T>,
}

impl<T: PartialEq> Edit<T> {
    /// Returns the value to store, given the stored one. A value that the form did not change keeps the stored
    /// one.
    ///
    /// # Errors
    /// Returns [`FieldError`] of `field` if the stored value was changed since the form was rendered, to another
    /// value than the submitted one. `label` writes the stored value.
    pub fn merge(
        self,
        field: &'static str,
        stored: T,
        label: impl Fn(&T) -> String,
    ) -> Result<T, FieldError> {
        let Self { new, shown } = self;
        let is_unchanged = shown.as_ref() == Some(&new);
        if is_unchanged || new == stored {
            return Ok(stored);
        }
        if shown.is_some_and(|shown| shown != stored) {
            let label = label(&stored);
            let now = if label.is_empty() {
                "It was emptied".to_owned()
            } else {
                format!("It was changed to “{label}”")
            };
            return Err(FieldError::new(field, format!("{now} meanwhile. Save again to replace that.")));
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn merge(new: u8, shown: Option<u8>, stored: u8) -> Result<u8, FieldError> {
        Edit { new, shown }.merge("limit", stored, u8::to_string)
    }

    #[test]
    fn changed_value_is_stored() {
        assert_eq!(merge(5, Some(3), 3), Ok(5));
        assert_eq!(merge(5, None, 3), Ok(5), "the form does not send what it showed");
    }

    #[test]
    fn second_change_of_a_value_is_reported() {
        let error = merge(5, Some(3), 4).expect_err("changed meanwhile");
        assert_eq!(
            (error.field, error.message.as_str()),
            ("limit", "It was changed to “4” meanwhile. Save again to replace that.")
        );
        let error = Edit { new: "b", shown: Some("a") }.merge("hosts", "", |text| (*text).to_owned());
        assert_eq!(
            error.expect_err("emptied").message,
            "It was emptied meanwhile. Save again to replace that."
        );
    }

    proptest! {
        #[test]
        fn untouched_value_keeps_the_stored_one(shown in 0u8..4, stored in 0u8..4) {
            prop_assert_eq!(merge(shown, Some(shown), stored), Ok(stored));
        }

        #[test]
        fn same_change_of_two_people_is_no_conflict(new in 0u8..4, shown in 0u8..4) {
            prop_assert_eq!(merge(new, Some(shown), new), Ok(new));
        }
    }
}
