//! Filters in query strings: all forms on the wire (management API contract, 1.5).

use domain::filter::{FieldKind, Filter, FilterField, Operator, parse_filter};

use super::error::{ManagementError, Result};

/// Older names of conditions: parameter, field and operator. A table without the field does not have them.
const ALIASES: [(&str, &str, Operator); 8] = [
    ("metadataKey", "metadata.key", Operator::Equal),
    ("metadataValue", "metadata.value", Operator::Equal),
    ("createdAfter", "createdAt", Operator::AtLeast),
    ("createdBefore", "createdAt", Operator::AtMost),
    ("lastSeenAfter", "lastSeenAt", Operator::AtLeast),
    ("lastSeenBefore", "lastSeenAt", Operator::AtMost),
    ("licenseKey", "license.key", Operator::Equal),
    ("licensePolicyId", "licenseTemplateId", Operator::Equal),
];

/// The conditions that a query string has so far. Values of one list are collected from several parameters.
#[derive(Default)]
pub(super) struct FilterParser<'a> {
    parts: Vec<Part<'a>>,
}

struct Part<'a> {
    /// As the client wrote it, for messages.
    parameter: &'a str,
    field: &'static FilterField,
    operator: Operator,
    texts: Vec<&'a str>,
}

impl<'a> FilterParser<'a> {
    /// Adds a parameter. Returns false if it names no field.
    ///
    /// # Errors
    /// Returns a validation error if the operator is unknown.
    pub fn add(&mut self, fields: &[&'static FilterField], name: &'a str, value: &'a str) -> Result<bool> {
        let (base, brackets) = split_brackets(name);
        let by_name = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).copied();
        let alias = ALIASES.iter().find(|(parameter, ..)| parameter.eq_ignore_ascii_case(base));
        let (field, of_alias) = match (by_name(base), alias) {
            (Some(field), _) => (field, None),
            // A name that means "equal" is the field's own: it has all of the field's operators.
            (None, Some((_, field, operator))) if brackets.is_empty() || *operator == Operator::Equal => {
                match by_name(field) {
                    Some(field) => (field, Some(*operator)),
                    None => return Ok(false),
                }
            }
            _ => return Ok(false),
        };
        let in_brackets = match brackets.first() {
            None => None,
            Some(word) => Some(Operator::parse(word.trim()).ok_or_else(|| unknown_operator(name, word))?),
        };
        // Indexes of lists: `f[in][]` and `f[in][0]`.
        if brackets.len() > 2 || (brackets.len() == 2 && !in_brackets.is_some_and(Operator::takes_list)) {
            return Err(unknown_operator(name, &brackets.join("][")));
        }
        // The value of a name that means "equal" may hold an operator, as that of the field itself.
        let of_alias = of_alias.filter(|operator| *operator != Operator::Equal);
        let (operator, text) = match in_brackets.or(of_alias) {
            Some(operator) => (operator, value),
            None => split_operator(field, value),
        };
        self.push(Part { parameter: name, field, operator, texts: vec![text] });
        Ok(true)
    }

    fn push(&mut self, part: Part<'a>) {
        let is_same = |known: &&mut Part<'a>| {
            part.operator.takes_list() && known.operator == part.operator && known.field == part.field
        };
        match self.parts.iter_mut().find(is_same) {
            Some(known) => known.texts.extend(part.texts),
            None => self.parts.push(part),
        }
    }

    /// Parses the values.
    ///
    /// # Errors
    /// Returns a validation error that names the parameter as the client wrote it.
    pub fn finish(self) -> Result<Vec<Filter>> {
        let has_pair_key = self.parts.iter().any(|part| matches!(part.field.kind, FieldKind::PairKey(_)));
        let mut filters = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let wrong = |requirement: String| {
                ManagementError::Validation(format!("The {} parameter {requirement}.", part.parameter))
            };
            // Without a key, each value of the account would have to be read.
            let is_bare_value = matches!(part.field.kind, FieldKind::PairValue(_)) && !has_pair_key;
            if is_bare_value && !matches!(part.operator, Operator::Equal | Operator::In) {
                return Err(wrong("needs the metadata.key parameter beside it".to_owned()));
            }
            filters.extend(parse_filter(part.field, part.operator, part.texts).map_err(wrong)?);
        }
        Ok(filters)
    }
}

fn unknown_operator(parameter: &str, word: &str) -> ManagementError {
    let known: Vec<&str> = Operator::ALL.iter().map(|(_, word)| *word).collect();
    ManagementError::Validation(format!(
        "The {parameter} parameter has the unknown operator “{word}”. Known are {}.",
        known.join(", ")
    ))
}

/// Splits `f[in][0]` into the field's name and the texts in the brackets.
fn split_brackets(name: &str) -> (&str, Vec<&str>) {
    let Some((base, rest)) = name.split_once('[') else { return (name, Vec::new()) };
    let Some(inner) = rest.strip_suffix(']') else { return (name, Vec::new()) };
    (base, inner.split("][").collect())
}

/// Splits `gt 2024-01-01` into operator and value, for the kinds whose values can't look so.
fn split_operator<'a>(field: &FilterField, value: &'a str) -> (Operator, &'a str) {
    let split = value.trim_start().split_once(' ').filter(|_| field.kind.takes_operator_in_value());
    match split.and_then(|(word, rest)| Some((Operator::parse(word)?, rest))) {
        Some((operator, rest)) => (operator, rest),
        None => (Operator::Equal, value),
    }
}

#[cfg(test)]
mod tests {
    use domain::filter::{FilterValue, Folding};

    use super::super::query::QueryParameters;
    use super::*;

    static ID: FilterField = FilterField::id("id");
    static CREATED: FilterField = FilterField::time("createdAt");
    static NAME: FilterField = FilterField::text("name");
    static KEY: FilterField = FilterField::new("metadata.key", FieldKind::PairKey(Folding::Ascii));
    static VALUE: FilterField = FilterField::new("metadata.value", FieldKind::PairValue(Folding::Ascii));
    static TEMPLATE: FilterField = FilterField::id("licenseTemplateId");
    static FIELDS: [&FilterField; 6] = [&ID, &CREATED, &NAME, &KEY, &VALUE, &TEMPLATE];

    fn parse(query: &str) -> Result<Vec<(String, &'static str, Vec<String>)>> {
        let query = QueryParameters::parse(query)?;
        let mut parser = FilterParser::default();
        for (name, value) in query.iter() {
            parser.add(&FIELDS, name, value)?;
        }
        let text = |value: &FilterValue| match value {
            FilterValue::Text(text) => text.clone(),
            FilterValue::Id(id) => id.to_string(),
            FilterValue::Time(at) => at.rfc3339_millis(),
            other => format!("{other:?}"),
        };
        let filters = parser.finish()?;
        let parts = |filter: &Filter| {
            let values = filter.values.iter().map(text).collect();
            (filter.field.name.to_owned(), filter.operator.as_str(), values)
        };
        Ok(filters.iter().map(parts).collect())
    }

    fn one(query: &str) -> (String, &'static str, Vec<String>) {
        let filters = parse(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
        assert_eq!(filters.len(), 1, "{query}: {filters:?}");
        filters.into_iter().next().expect("a filter")
    }

    #[test]
    fn every_form_on_the_wire_is_read() {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        for (query, operator, values) in [
            ("name=Don", "eq", list(&["don"])),
            ("NAME[EQ]=Don", "eq", list(&["don"])),
            ("name%5Bsw%5D=Don", "sw", list(&["don"])),
            ("name[in]=a,%20b,,c", "in", list(&["a", "b", "c"])),
            ("name[in]=a&name[in]=b", "in", list(&["a", "b"])),
            ("name[in][]=a&name[in][]=b", "in", list(&["a", "b"])),
            ("name[in][0]=a&name[in][1]=b", "in", list(&["a", "b"])),
            ("name=in%20a", "eq", list(&["in a"])),
            ("name[in]=", "in", list(&[])),
            ("name[nin]=", "nin", list(&[])),
        ] {
            assert_eq!(one(query), ("name".to_owned(), operator, values), "{query}");
        }
        let id = "0199a1c2-0000-7a40-9c1b-000000000001";
        assert_eq!(one(&format!("id=in%20{id},{id}")), ("id".to_owned(), "in", vec![id.to_owned()]));
        let created = ("createdAt".to_owned(), "gt", vec!["2024-01-01T23:59:59.999Z".to_owned()]);
        assert_eq!(one("createdAt=gt%202024-01-01"), created);
        assert_eq!(one("createdBefore=2024-01-01T00:00:00Z").1, "lte");
        assert_eq!(
            one("metadataKey=order_id"),
            ("metadata.key".to_owned(), "eq", vec!["order_id".to_owned()])
        );
        assert_eq!(one("metadataKey[nin]=a,b"), ("metadata.key".to_owned(), "nin", list(&["a", "b"])));
        for (query, operator) in [
            (format!("licensePolicyId={id}"), "eq"),
            (format!("LICENSEPOLICYID[in]={id}"), "in"),
            (format!("licensePolicyId=ne%20{id}"), "ne"),
        ] {
            let template = ("licenseTemplateId".to_owned(), operator, vec![id.to_owned()]);
            assert_eq!(one(&query), template, "{query}");
        }
    }

    #[test]
    fn an_empty_value_is_no_condition() {
        assert!(parse("name=&createdAt[gte]=&id=").expect("filters").is_empty());
    }

    #[test]
    fn wrong_operators_and_values_are_refused() {
        for query in [
            "name[like]=a",
            "name[gt]=a",
            "createdAt[sw]=2024-01-01",
            "id=x",
            "createdAt=soon",
            "name[eq][0]=a",
            "name[in][0][1]=a",
            "metadata.value[cn]=a",
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
        assert!(parse("metadata.key=k&metadata.value[cn]=a").is_ok());
        let values = vec!["x"; 1001].join(",");
        assert!(parse(&format!("name[in]={values}")).is_err());
    }
}
