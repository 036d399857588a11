//! Limits as numbers in a statement's text.

use sea_orm::{Statement, Value, Values};

/// Writes the limits of a statement into its text. One that is a parameter PostgreSQL
/// takes for a tenth of all rows, once it plans for whatever the parameters may be: it
/// would collect and sort what an index has in order, or plan each time anew, and that
/// takes as long as the page.
pub(crate) fn inline_limits(statement: Statement) -> Statement {
    let Statement { sql, values: Some(Values(values)), db_backend } = statement else { return statement };
    if sql.matches('$').count() != values.len() {
        // Not as the builder writes it.
        return Statement { sql, values: Some(Values(values)), db_backend };
    }
    let (mut text, mut kept) = (String::with_capacity(sql.len()), Vec::with_capacity(values.len()));
    let mut pieces = sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    // The builder numbers parameters in the order of the text.
    for (value, piece) in values.into_iter().zip(pieces) {
        match value {
            Value::BigUnsigned(Some(limit)) if text.ends_with(" LIMIT ") => text.push_str(&limit.to_string()),
            value => {
                kept.push(value);
                text.push('$');
                text.push_str(&kept.len().to_string());
            }
        }
        text.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    Statement { sql: text, values: Some(Values(kept)), db_backend }
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
        // What came after the first limit moved up by one.
        let expected =
            (3..=10).fold(expected, |sql, n| sql.replacen(&format!("${n}"), &format!("${}", n - 1), 1));
        assert_eq!(sql, expected);
        let kept: Vec<Value> = built.values.unwrap().0;
        let kept = kept.into_iter().filter(|value| !matches!(value, Value::BigUnsigned(_)));
        assert_eq!(values.unwrap().0, kept.collect::<Vec<_>>());
    }
}
