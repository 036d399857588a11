//! The licenses that a bulk job changes.

use serde::{Deserialize, Serialize};

use crate::view::LicenseQuery;
use crate::{FieldError, LicenseId};

/// Maximum number of licenses that a selection names. More are selected by a query.
pub const MAX_LICENSES: usize = 1_000;

/// A selection of licenses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Named licenses, in the order of their ids, without duplicates.
    Licenses(Vec<LicenseId>),
    /// All licenses of a list. Licenses that are issued later are not among them.
    Query(LicenseQuery),
}

impl Selection {
    /// Creates a selection of named licenses.
    ///
    /// # Errors
    /// Returns the field `license` if there are none, or more than 1,000.
    pub fn of_licenses(mut licenses: Vec<LicenseId>) -> Result<Self, FieldError> {
        licenses.sort_unstable();
        licenses.dedup();
        match licenses.len() {
            0 => Err(FieldError::new("license", "Select at least one license.")),
            1..=MAX_LICENSES => Ok(Self::Licenses(licenses)),
            _ => Err(FieldError::new("license", "Select at most 1,000 licenses, or all that match.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_licenses_are_sorted_unique_and_bounded() {
        let ids = |n: std::ops::Range<u128>| -> Vec<LicenseId> {
            n.rev().map(|n| LicenseId(uuid::Uuid::from_u128(n))).collect()
        };
        let mut twice = ids(0..2);
        twice.extend(ids(0..2));
        let sorted: Vec<_> = ids(0..2).into_iter().rev().collect();
        assert_eq!(Selection::of_licenses(twice), Ok(Selection::Licenses(sorted)));
        assert!(Selection::of_licenses(Vec::new()).is_err());
        assert!(Selection::of_licenses(ids(0..1_000)).is_ok());
        assert!(Selection::of_licenses(ids(0..1_001)).is_err());
    }
}
