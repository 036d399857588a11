//! Replaces LIMIT parameters of a statement by literals.

use sea_orm::{Statement, Value, Values};

/// Replaces the LIMIT parameters of a statement by literals. A generic plan of PostgreSQL assumes that
/// a LIMIT parameter returns a tenth of all rows. PostgreSQL would then sort rows that an index
/// returns in order, or plan every execution anew, which takes as long as the query.
pub(crate) fn inline_limits(statement: Statement) -> Statement {
    let Statement { sql, values: Some(Values(values)), db_backend } = statement else { return statement };
    if sql.matches('$').count() != values.len() {
        // A `$` that is not a parameter: not a text of the query builder.
        return Statement { sql, values: Some(Values(values)), db_backend };
    }
    let (mut text, mut parameters) = (String::with_capacity(sql.len()), Vec::with_capacity(values.len()));
    let mut pieces = sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    // The builder numbers parameters in the order of the text.
    for (value, piece) in values.into_iter().zip(pieces) {
        match value {
            Value::BigUnsigned(Some(limit)) if text.ends_with(" LIMIT ") => text.push_str(&limit.to_string()),
            value => {
                parameters.push(value);
                text.push('$');
                text.push_str(&parameters.len().to_string());
            }
        }
        text.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    Statement { sql: text, values: Some(Values(parameters)), db_backend }
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseBackend::Postgres;
    use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};

    use super::*;

    #[test]
    fn limits_become_literals_and_other_parameters_are_renumbered() {
        let a = || Expr::col(Alias::new("a"));
        let inner = Query::select().column("a").from("t").and_where(a().eq("x")).limit(5).to_owned();
        let all = (6..=12).fold(a().gt(1), |all, n| all.and(a().ne(n)));
        let mut outer = Query::select().column("a").from_subquery(inner, "f").and_where(all).to_owned();
        let built = Postgres.build(outer.limit(51));
        let Statement { sql, values, .. } = inline_limits(built.clone());
        let expected = built.sql.replace("LIMIT $2", "LIMIT 5").replace("LIMIT $11", "LIMIT 51");
        // Parameters after the first limit are renumbered by one.
        let expected =
            (3..=10).fold(expected, |sql, n| sql.replacen(&format!("${n}"), &format!("${}", n - 1), 1));
        assert_eq!(sql, expected);
        let parameters: Vec<Value> = built.values.unwrap().0;
        let remaining = parameters.into_iter().filter(|value| !matches!(value, Value::BigUnsigned(_)));
        assert_eq!(values.unwrap().0, remaining.collect::<Vec<_>>());
    }
}
