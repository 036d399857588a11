//! Filters as conditions in SQL.

use domain::filter::{FieldKind, Filter, FilterValue, Folding, Operator, PairFilter};
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr, SelectStatement};
use sea_orm::{Condition, DatabaseBackend};

use crate::{Error, Result};

/// The escape character of patterns.
const ESCAPE: char = '!';

/// Returns the digests of a license key in upper case.
pub(crate) type DigestsOfKey = Box<dyn Fn(&str) -> Vec<Vec<u8>> + Send + Sync>;

/// What a field of a list is in the database.
#[allow(clippy::large_enum_variant, reason = "a list has few columns, each for one request")]
pub(crate) enum FilterColumn {
    /// A column or expression of the row, which may be null. That of a switch must not be null.
    Of(Expr),
    /// Several values, such as tags: `value` in the rows of the subquery `rows`, which selects those of the
    /// list's row.
    #[allow(dead_code, reason = "for resources with tags")]
    Many {
        /// The value in the subquery.
        value: Expr,
        /// `SELECT 1 FROM … WHERE … = ` the id of the list's row.
        rows: SelectStatement,
    },
    /// A license key, by its digest.
    Key {
        /// The stored digest.
        digest: Expr,
        /// The last four characters, in upper case.
        last_four: Expr,
        /// Returns the digests of a key in upper case: two during a rotation of the master key.
        digests_of: DigestsOfKey,
    },
}

/// The pairs of metadata of a list's row.
pub(crate) struct PairColumns {
    /// The key in the subquery.
    pub key: Expr,
    /// The value in the subquery.
    pub value: Expr,
    /// `SELECT 1 FROM … WHERE … = ` the id of the list's row.
    pub rows: SelectStatement,
}

/// Returns the condition that a row meets all filters. `column` gives the columns of fields by their names.
///
/// # Errors
/// Returns an internal error if a field has no column.
pub(crate) fn condition(
    backend: DatabaseBackend,
    filters: &[Filter],
    column: &(dyn Fn(&'static str) -> Option<FilterColumn> + Sync),
    pairs: Option<PairColumns>,
) -> Result<Condition> {
    let mut all = Condition::all();
    for filter in filters.iter().filter(|filter| !filter.is_of_pair()) {
        let name = filter.field.name;
        let column = column(name).ok_or_else(|| no_column(name))?;
        all = all.add(column_condition(backend, filter, column));
    }
    if let Some(wanted) = PairFilter::among(filters) {
        let PairColumns { key, value, mut rows } = pairs.ok_or_else(|| no_column("metadata"))?;
        for filter in wanted.keys() {
            rows.cond_where(value_condition(backend, filter, &key));
        }
        for filter in wanted.values() {
            rows.cond_where(value_condition(backend, filter, &value));
        }
        all = all.add(exists(rows));
    }
    Ok(all)
}

/// Returns whether there is a row. The limit keeps SQLite 3.51 from turning the condition into a join, which counts
/// a row once for each match while it skips the rows of `OFFSET`.
fn exists(mut rows: SelectStatement) -> Expr {
    rows.limit(1);
    Expr::exists(rows)
}

fn no_column(name: &str) -> Error {
    Error::Internal(format!("the filter {name} has no column"))
}

fn column_condition(backend: DatabaseBackend, filter: &Filter, column: FilterColumn) -> Condition {
    match column {
        FilterColumn::Of(expr) => value_condition(backend, filter, &expr),
        FilterColumn::Many { value, mut rows } => {
            let (positive, is_negated) = positive_of(filter);
            rows.cond_where(value_condition(backend, &positive, &value));
            let exists = exists(rows);
            Condition::all().add(if is_negated { exists.not() } else { exists })
        }
        FilterColumn::Key { digest, last_four, digests_of } => {
            key_condition(filter, &digest, &last_four, &*digests_of)
        }
    }
}

/// Returns the condition without its negation, and whether it had one.
fn positive_of(filter: &Filter) -> (Filter, bool) {
    let positive = match filter.operator {
        Operator::NotEqual => Operator::Equal,
        Operator::NotContains => Operator::Contains,
        Operator::NotIn => Operator::In,
        _ => return (filter.clone(), false),
    };
    (Filter { operator: positive, ..filter.clone() }, true)
}

/// Returns the condition on one value. A null meets negations alone.
fn value_condition(backend: DatabaseBackend, filter: &Filter, expr: &Expr) -> Condition {
    let (positive, is_negated) = positive_of(filter);
    if is_negated {
        if positive.values.is_empty() {
            return Condition::all();
        }
        let differs = positive_condition(backend, &positive, expr).not();
        return Condition::any().add(differs).add(expr.clone().is_null());
    }
    if positive.values.is_empty() {
        return Condition::all().add(nothing());
    }
    positive_condition(backend, &positive, expr)
}

/// A condition that no row meets.
fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

fn positive_condition(backend: DatabaseBackend, filter: &Filter, expr: &Expr) -> Condition {
    let compared = compared(backend, filter.field.kind, expr);
    let all = Condition::all();
    if filter.operator == Operator::In {
        return all.add(compared.is_in(filter.values.iter().map(to_value)));
    }
    let Some(value) = filter.value() else { return all.add(nothing()) };
    let pattern = |before: &str, after: &str| match value {
        FilterValue::Text(text) => LikeExpr::new(format!("{before}{}{after}", escaped(text))).escape(ESCAPE),
        _ => LikeExpr::new(String::new()).escape(ESCAPE),
    };
    all.add(match filter.operator {
        Operator::Greater => compared.gt(to_value(value)),
        Operator::AtLeast => compared.gte(to_value(value)),
        Operator::Less => compared.lt(to_value(value)),
        Operator::AtMost => compared.lte(to_value(value)),
        Operator::StartsWith => compared.like(pattern("", "%")),
        Operator::EndsWith => compared.like(pattern("%", "")),
        Operator::Contains => compared.like(pattern("%", "%")),
        _ => compared.eq(to_value(value)),
    })
}

/// Returns the expression that is compared with the folded value of a filter.
fn compared(backend: DatabaseBackend, kind: FieldKind, expr: &Expr) -> Expr {
    match kind {
        FieldKind::Text(_)
        | FieldKind::Email
        | FieldKind::Period
        | FieldKind::PairKey(_)
        | FieldKind::PairValue(_) => folded(backend, kind.folding(), expr.clone()),
        _ => expr.clone(),
    }
}

/// Returns a text expression folded as `folding` folds in memory.
pub(crate) fn folded(backend: DatabaseBackend, folding: Folding, expr: Expr) -> Expr {
    match (folding, backend) {
        (Folding::Lower | Folding::Full, _) => expr,
        (Folding::Ascii, DatabaseBackend::Sqlite) => Expr::cust_with_exprs("lower(?)", [expr]),
        (Folding::Ascii, _) => Expr::cust_with_exprs("lower(($1) COLLATE \"C\")", [expr]),
    }
}

fn key_condition(
    filter: &Filter,
    digest: &Expr,
    last_four: &Expr,
    digests_of: &dyn Fn(&str) -> Vec<Vec<u8>>,
) -> Condition {
    let texts = filter.values.iter().filter_map(|value| match value {
        FilterValue::Text(text) => Some(text.as_str()),
        _ => None,
    });
    if filter.operator == Operator::EndsWith {
        return Condition::all().add(last_four.clone().is_in(texts.map(ToOwned::to_owned)));
    }
    let digests: Vec<Vec<u8>> = texts.flat_map(digests_of).collect();
    let is_negated = matches!(filter.operator, Operator::NotEqual | Operator::NotIn);
    Condition::all().add(match (digests.is_empty(), is_negated) {
        (true, true) => return Condition::all(),
        (true, false) => nothing(),
        (false, true) => digest.clone().is_not_in(digests),
        (false, false) => digest.clone().is_in(digests),
    })
}

fn to_value(value: &FilterValue) -> sea_orm::Value {
    match value {
        FilterValue::Text(text) => text.as_str().into(),
        FilterValue::Id(id) => (*id).into(),
        FilterValue::Integer(number) => (*number).into(),
        FilterValue::Time(at) => at.millis().into(),
        FilterValue::Boolean(on) => (*on).into(),
    }
}

/// Escapes the wildcards of a pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            escaped.push(ESCAPE);
        }
        escaped.push(c);
    }
    escaped
}
