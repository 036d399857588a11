//! The semantics of filters, in memory. Tests compare the evaluators of databases with it.

use uuid::Uuid;

use super::{FieldKind, Filter, FilterValue, Operator, PairFilter};
use crate::Timestamp;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A text as it is stored, which is folded here; or the word of an enumeration.
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

/// A row in memory.
pub trait FilterRow {
    /// Returns the values of a field: none if the row has no value, several for a list such as tags.
    fn cells(&self, field: &str) -> Vec<Cell>;

    /// Returns the pairs of metadata.
    fn pairs(&self) -> Vec<(String, String)>;
}

/// Returns whether a row meets all conditions.
#[must_use]
pub fn matches(filters: &[Filter], row: &impl FilterRow) -> bool {
    let mut plain = filters.iter().filter(|filter| !filter.is_of_pair());
    let meets_plain = plain.all(|filter| meets(filter, &row.cells(filter.field.name)));
    meets_plain && PairFilter::among(filters).is_none_or(|pairs| meets_pairs(pairs, row))
}

fn meets_pairs(pairs: PairFilter<'_>, row: &impl FilterRow) -> bool {
    let meets_part = |filter: &Filter, text: &str| meets(filter, &[Cell::Text(text.to_owned())]);
    row.pairs().iter().any(|(key, value)| {
        pairs.keys().all(|filter| meets_part(filter, key))
            && pairs.values().all(|filter| meets_part(filter, value))
    })
}

/// Returns whether the values of a row meet a condition. A negation holds if no value meets what it negates.
fn meets(filter: &Filter, cells: &[Cell]) -> bool {
    let any = |operator: Operator| {
        cells
            .iter()
            .any(|cell| filter.values.iter().any(|value| compare(filter.field.kind, operator, cell, value)))
    };
    match filter.operator {
        Operator::NotEqual | Operator::NotIn => !any(Operator::Equal),
        Operator::NotContains => !any(Operator::Contains),
        Operator::In => any(Operator::Equal),
        operator => any(operator),
    }
}

fn compare(kind: FieldKind, operator: Operator, cell: &Cell, value: &FilterValue) -> bool {
    match (cell, value) {
        (Cell::Text(cell), FilterValue::Text(value)) => compare_text(kind, operator, cell, value),
        (Cell::Id(cell), FilterValue::Id(value)) => cell == value,
        (Cell::Boolean(cell), FilterValue::Boolean(value)) => cell == value,
        (Cell::Integer(cell), FilterValue::Integer(value)) => compare_order(operator, cell, value),
        (Cell::Time(cell), FilterValue::Time(value)) => compare_order(operator, cell, value),
        _ => false,
    }
}

fn compare_text(kind: FieldKind, operator: Operator, cell: &str, value: &str) -> bool {
    let cell = match kind {
        // Keys are compared in upper case.
        FieldKind::Key => cell.to_uppercase(),
        kind => kind.folding().fold(cell),
    };
    match operator {
        Operator::StartsWith => cell.starts_with(value),
        Operator::EndsWith => cell.ends_with(value),
        Operator::Contains => cell.contains(value),
        _ => cell == value,
    }
}

fn compare_order<T: Ord>(operator: Operator, cell: &T, value: &T) -> bool {
    match operator {
        Operator::Greater => cell > value,
        Operator::AtLeast => cell >= value,
        Operator::Less => cell < value,
        Operator::AtMost => cell <= value,
        _ => cell == value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{FilterField, Folding, parse_filter};

    static NAME: FilterField = FilterField::text("name");
    static SEATS: FilterField = FilterField::integer("seats");
    static TAGS: FilterField = FilterField::text("tags");
    static KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii));
    static VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii));

    struct Row;

    impl FilterRow for Row {
        fn cells(&self, field: &str) -> Vec<Cell> {
            match field {
                "name" => vec![Cell::Text("Ada".into())],
                "tags" => vec![Cell::Text("early".into()), Cell::Text("Beta".into())],
                "key" => vec![Cell::Text("Lic-A1b2".into())],
                _ => Vec::new(),
            }
        }

        fn pairs(&self) -> Vec<(String, String)> {
            vec![("order".into(), "1".into()), ("plan".into(), "2".into())]
        }
    }

    fn holds(wanted: &[(&'static FilterField, Operator, &str)]) -> bool {
        let parse = |(field, operator, text): &(&'static FilterField, Operator, &str)| {
            parse_filter(field, *operator, [*text]).expect("a filter")
        };
        let filters: Vec<Filter> = wanted.iter().filter_map(parse).collect();
        matches(&filters, &Row)
    }

    #[test]
    fn keys_compare_without_case() {
        static LICENSE_KEY: FilterField = FilterField::new("key", FieldKind::Key);
        assert!(holds(&[(&LICENSE_KEY, Operator::Equal, "lic-a1B2")]));
        assert!(holds(&[(&LICENSE_KEY, Operator::EndsWith, "a1b2")]));
        assert!(!holds(&[(&LICENSE_KEY, Operator::In, "lic-a1b3")]));
    }

    #[test]
    fn texts_compare_without_case() {
        assert!(holds(&[(&NAME, Operator::Equal, "aDa")]) && holds(&[(&NAME, Operator::StartsWith, "AD")]));
        assert!(
            !holds(&[(&NAME, Operator::NotEqual, "ADA")]) && !holds(&[(&NAME, Operator::NotContains, "d")])
        );
        assert!(holds(&[(&TAGS, Operator::Equal, "beta")]) && !holds(&[(&TAGS, Operator::NotIn, "x,early")]));
    }

    #[test]
    fn a_row_without_a_value_meets_negations_alone() {
        assert!(holds(&[(&SEATS, Operator::NotEqual, "5")]));
        for operator in [Operator::Equal, Operator::Greater, Operator::AtMost] {
            assert!(!holds(&[(&SEATS, operator, "5")]), "{operator:?}");
        }
    }

    #[test]
    fn one_of_none_finds_nothing_and_none_of_none_everything() {
        assert!(!holds(&[(&NAME, Operator::In, "")]) && !holds(&[(&NAME, Operator::In, " , ")]));
        assert!(holds(&[(&NAME, Operator::NotIn, "")]) && holds(&[(&NAME, Operator::Equal, "")]));
    }

    #[test]
    fn key_and_value_hold_for_the_same_pair() {
        assert!(holds(&[(&KEY, Operator::Equal, "order"), (&VALUE, Operator::Equal, "1")]));
        assert!(!holds(&[(&KEY, Operator::Equal, "order"), (&VALUE, Operator::Equal, "2")]));
        assert!(holds(&[(&KEY, Operator::Equal, "order"), (&VALUE, Operator::NotEqual, "2")]));
    }
}
