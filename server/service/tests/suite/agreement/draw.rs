//! Draws requests from the values of rows.

use domain::Timestamp;
use domain::filter::{
    Cell, FieldKind, Filter, FilterField, FilterRow as _, FilterValue, ListRequest, ListSort, Operator,
    matches, parse_filter,
};
use uuid::Uuid;

use super::choices::Choices;
use super::row::Row;
use super::{Drawn, Memory, whole};

/// Attempts to draw a condition that leaves some of the rows.
const ATTEMPTS: usize = 6;

/// The row that conditions are drawn for, with one of its pairs of metadata.
struct Target<'a> {
    memory: &'a Memory,
    row: &'a Row,
    pair: Option<(String, String)>,
}

/// Draws a request: conditions, an order, and the whole list, a page, or what follows a row.
pub(super) fn request(memory: &Memory, choices: &mut Choices) -> Drawn {
    let filters = filters(memory, choices);
    let field: &&'static str = choices.of(memory.sorts);
    let sort = ListSort { field, descending: choices.one_in(2) };
    let mut request = ListRequest { sort, count: choices.one_in(2), ..whole(filters) };
    match choices.below(4) {
        0 => {
            request.limit = choices.below(4) as u64 + 1;
            request.page = choices.below(3) as u64 + 1;
        }
        1 => {
            request.limit = choices.below(4) as u64 + 1;
            request.after = Some(choices.of(&memory.rows).id);
        }
        _ => {}
    }
    let query = query_string(&request);
    Drawn { request, query }
}

/// Draws one to three conditions, which a row mostly meets.
pub(super) fn filters(memory: &Memory, choices: &mut Choices) -> Vec<Filter> {
    let row = choices.of(&memory.rows);
    let target = Target { memory, row, pair: pair_of(row, choices) };
    let mut filters = Vec::new();
    for _ in 0..=choices.below(3) {
        filters = target.with_condition(&filters, choices);
    }
    filters
}

fn pair_of(row: &Row, choices: &mut Choices) -> Option<(String, String)> {
    let pairs = row.pairs();
    (!pairs.is_empty()).then(|| choices.of(&pairs).clone())
}

impl Target<'_> {
    /// Adds a condition. Some of the rows meet all, mostly.
    fn with_condition(&self, filters: &[Filter], choices: &mut Choices) -> Vec<Filter> {
        let mut drawn = filters.to_vec();
        for _ in 0..ATTEMPTS {
            let Some(filter) = self.condition(choices) else { continue };
            drawn = filters.to_vec();
            drawn.push(filter);
            let rows = &self.memory.rows;
            let met = rows.iter().filter(|row| matches(&drawn, *row)).count();
            if (met > 0 && met < rows.len()) || choices.one_in(8) {
                break;
            }
        }
        drawn
    }

    /// Draws a condition. `None` if its values mean none.
    fn condition(&self, choices: &mut Choices) -> Option<Filter> {
        let field = choices.of(self.memory.fields);
        let operator = *choices.of(field.kind.operators());
        let values = if operator.takes_list() { choices.below(6) } else { 1 };
        let texts: Vec<String> = (0..values).map(|_| self.value(field, operator, choices)).collect();
        let text = texts.join(",");
        let parse = |operator| parse_filter(field, operator, [text.as_str()]).ok().flatten();
        let filter = parse(operator)?;
        let is_met = matches(std::slice::from_ref(&filter), self.row);
        let negated = negated(operator).filter(|_| !is_met && !choices.one_in(4));
        Some(negated.and_then(parse).unwrap_or(filter))
    }

    /// Draws a value: one of the row, less often of another row, or one that may be of none.
    fn value(&self, field: &FilterField, operator: Operator, choices: &mut Choices) -> String {
        if choices.one_in(10) {
            return stranger(field.kind, choices);
        }
        let cells = if choices.one_in(4) {
            let other = choices.of(&self.memory.rows);
            cells_of(other, pair_of(other, choices).as_ref(), field)
        } else {
            cells_of(self.row, self.pair.as_ref(), field)
        };
        if cells.is_empty() {
            return stranger(field.kind, choices);
        }
        match choices.of(&cells) {
            Cell::Id(id) => id.to_string(),
            Cell::Boolean(true) => (*choices.of(&["true", "True", "1"])).to_owned(),
            Cell::Boolean(false) => (*choices.of(&["false", "FALSE", "0"])).to_owned(),
            Cell::Integer(number) => number.saturating_add(*choices.of(&[-1_i64, 0, 0, 1])).to_string(),
            Cell::Time(at) => time(*at, choices),
            Cell::Text(text) => in_other_case(part(text, field.kind, operator, choices), choices),
        }
    }
}

fn cells_of(row: &Row, pair: Option<&(String, String)>, field: &FilterField) -> Vec<Cell> {
    match field.kind {
        FieldKind::PairKey(_) => pair.map(|(key, _)| Cell::Text(key.clone())).into_iter().collect(),
        FieldKind::PairValue(_) => pair.map(|(_, value)| Cell::Text(value.clone())).into_iter().collect(),
        _ => row.cells(field.name),
    }
}

/// The opposite of an operator.
fn negated(operator: Operator) -> Option<Operator> {
    use Operator::{
        AtLeast, AtMost, Contains, EndsWith, Equal, Greater, In, Less, NotContains, NotEqual, NotIn,
        StartsWith,
    };
    Some(match operator {
        Equal => NotEqual,
        NotEqual => Equal,
        Greater => AtMost,
        AtMost => Greater,
        Less => AtLeast,
        AtLeast => Less,
        Contains => NotContains,
        NotContains => Contains,
        In => NotIn,
        NotIn => In,
        StartsWith | EndsWith => return None,
    })
}

/// A time, a millisecond before or after it, or its day.
fn time(at: Timestamp, choices: &mut Choices) -> String {
    match choices.below(5) {
        0 => at.plus_millis(-1).rfc3339_millis(),
        1 => at.plus_millis(1).rfc3339_millis(),
        2 => at.date(),
        _ => at.rfc3339_millis(),
    }
}

/// The part of a text that an operator compares.
fn part(text: &str, kind: FieldKind, operator: Operator, choices: &mut Choices) -> String {
    let chars: Vec<char> = text.chars().collect();
    let len = chars.len();
    let few = 1 + choices.below(len.min(4));
    match (kind, operator) {
        // The end alone: of four characters where it is asked for, else in place of the whole key.
        (FieldKind::Key, Operator::EndsWith) => chars[len.saturating_sub(4)..].iter().collect(),
        (FieldKind::Key, _) if choices.one_in(6) => chars[len.saturating_sub(4)..].iter().collect(),
        (_, Operator::StartsWith) => chars[..few.min(len)].iter().collect(),
        (_, Operator::EndsWith) => chars[len.saturating_sub(few)..].iter().collect(),
        (_, Operator::Contains | Operator::NotContains) => {
            chars.iter().skip(choices.below(len)).take(few).collect()
        }
        _ => text.to_owned(),
    }
}

/// Changes the case of ASCII letters, less often of all, now and then.
fn in_other_case(text: String, choices: &mut Choices) -> String {
    let swapped =
        |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    match choices.below(8) {
        0 | 1 => text.chars().map(swapped).collect(),
        2 => text.to_uppercase(),
        _ => text,
    }
}

/// A value that need not be of a row. The empty one is none.
fn stranger(kind: FieldKind, choices: &mut Choices) -> String {
    let texts: &[&str] = match kind {
        FieldKind::Id => return Uuid::from_u128(choices.below(3) as u128).to_string(),
        FieldKind::Boolean => &["true", "false"],
        FieldKind::Integer => &["", "-2", "0", "5.0", "9999999999"],
        FieldKind::Time => &["", "1970-01-01", "2024-02-29", "2099-12-31T23:59:59.999Z"],
        FieldKind::Enumeration(words) => words,
        FieldKind::Period => &["", "P12M", "p365d", "P1X", "P", "%"],
        FieldKind::Email => &["", "nobody@x.example", "a b@x.example", "@", "%", "_"],
        FieldKind::Key => &["", "ZZZZ", "LIC-ZZZZ-ZZZZ-ZZZZ-ZZZZ"],
        _ => &["", "none", "%", "_", "!", "\\", "'", "ä", "Ü", "a%", " "],
    };
    (*choices.of(texts)).to_owned()
}

/// Writes a request as a query string, unescaped.
pub(super) fn query_string(request: &ListRequest) -> String {
    let value = |value: &FilterValue| match value {
        FilterValue::Text(text) => text.clone(),
        FilterValue::Id(id) => id.to_string(),
        FilterValue::Integer(number) => number.to_string(),
        FilterValue::Time(at) => at.rfc3339_millis(),
        FilterValue::Boolean(is_on) => is_on.to_string(),
    };
    let condition = |filter: &Filter| {
        let values: Vec<String> = filter.values.iter().map(value).collect();
        format!("{}[{}]={}", filter.field.name, filter.operator.as_str(), values.join(","))
    };
    let mut parts: Vec<String> = request.filters.iter().map(condition).collect();
    let sign = if request.sort.descending { "-" } else { "" };
    parts.push(format!("sort={sign}{}", request.sort.field));
    parts.push(format!("limit={}", request.limit));
    parts.push(request.after.map_or_else(|| format!("page={}", request.page), |id| format!("after={id}")));
    parts.join("&")
}
