//! Conditions on the fields of a row.

use uuid::Uuid;

use super::{FieldKind, FilterField, Operator};
use crate::Timestamp;

/// A value that a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FilterValue {
    /// A text, folded as the field's kind says; or the word of an enumeration.
    Text(String),
    /// An id.
    Id(Uuid),
    /// A whole number.
    Integer(i64),
    /// A time.
    Time(Timestamp),
    /// A switch.
    Boolean(bool),
}

/// A condition on a field. `values` holds one value, or any number for [`Operator::In`] and
/// [`Operator::NotIn`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field.
    pub field: &'static FilterField,
    /// The comparison.
    pub operator: Operator,
    /// The values.
    pub values: Vec<FilterValue>,
}

/// The conditions on pairs of metadata: one pair must meet all of `key` and all of `value`.
#[derive(Debug, Clone, Copy)]
pub struct PairFilter<'a> {
    filters: &'a [Filter],
}

impl<'a> PairFilter<'a> {
    /// Returns the conditions on pairs among `filters`; `None` if there are none.
    #[must_use]
    pub fn among(filters: &'a [Filter]) -> Option<Self> {
        filters.iter().any(Filter::is_of_pair).then_some(Self { filters })
    }

    /// Returns the conditions on the key.
    pub fn keys(self) -> impl Iterator<Item = &'a Filter> {
        self.filters.iter().filter(|filter| matches!(filter.field.kind, FieldKind::PairKey(_)))
    }

    /// Returns the conditions on the value.
    pub fn values(self) -> impl Iterator<Item = &'a Filter> {
        self.filters.iter().filter(|filter| matches!(filter.field.kind, FieldKind::PairValue(_)))
    }
}

impl Filter {
    /// Returns whether the condition is on a part of a pair of metadata.
    #[must_use]
    pub fn is_of_pair(&self) -> bool {
        matches!(self.field.kind, FieldKind::PairKey(_) | FieldKind::PairValue(_))
    }

    /// Returns the only value of a comparison with one value.
    #[must_use]
    pub fn value(&self) -> Option<&FilterValue> {
        self.values.first()
    }
}
