//! The spans of statements, by the semantic conventions of OpenTelemetry for databases.

use std::sync::Arc;

use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use service::store::{EndedStatement, StatementObserver};

/// Maximum length of the text of a statement, in characters. Longer ones are bulk writes.
const MAX_TEXT_CHARS: usize = 1000;

/// Returns a callback that records the statements of recorded requests. A statement is a child of the span that the
/// task is in. Its parameters are never recorded.
pub(super) fn observer(tracer: SdkTracer, system: &'static str) -> StatementObserver {
    Arc::new(move |statement: EndedStatement<'_>| {
        let parent = Context::current();
        if parent.span().span_context().is_sampled() {
            record(&tracer, system, &parent, statement);
        }
    })
}

fn record(tracer: &SdkTracer, system: &'static str, parent: &Context, statement: EndedStatement<'_>) {
    let ended_at = opentelemetry::time::now();
    let started_at = ended_at.checked_sub(statement.elapsed).unwrap_or(ended_at);
    let (operation, table) = summary(statement.sql);
    let name = table.map_or_else(|| operation.clone(), |table| format!("{operation} {table}"));
    let mut attributes = vec![
        KeyValue::new("db.system.name", system),
        KeyValue::new("db.operation.name", operation),
        KeyValue::new("db.query.text", statement.sql.chars().take(MAX_TEXT_CHARS).collect::<String>()),
    ];
    attributes.extend(table.map(|table| KeyValue::new("db.collection.name", table.to_owned())));
    let builder = tracer.span_builder(name).with_kind(SpanKind::Client).with_start_time(started_at);
    let mut span = builder.with_attributes(attributes).start_with_context(tracer, parent);
    if statement.has_failed {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(ended_at);
}

/// Returns the first word of a statement and the first table that it names.
fn summary(sql: &str) -> (String, Option<&str>) {
    let mut words = sql.split_whitespace();
    let operation = words.next().unwrap_or_default().to_ascii_uppercase();
    let mut is_next = operation == "UPDATE";
    let mut table = None;
    for word in words {
        let name =
            word.trim_matches(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        // A subquery and a function are no tables.
        if is_next && !word.contains('(') && !name.is_empty() {
            table = Some(name);
            break;
        }
        is_next = ["FROM", "INTO", "UPDATE"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
    }
    (operation, table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_and_table_of_a_statement_are_found() {
        for (sql, operation, table) in [
            (r#"SELECT "licenses"."id" FROM "licenses" WHERE "id" = $1"#, "SELECT", Some("licenses")),
            ("INSERT INTO outbox_events (id) VALUES ($1)", "INSERT", Some("outbox_events")),
            ("UPDATE webhook_deliveries SET state = 'pending'", "UPDATE", Some("webhook_deliveries")),
            ("DELETE FROM webhook_deliveries WHERE id = $1", "DELETE", Some("webhook_deliveries")),
            (
                "SELECT a.id FROM (SELECT * FROM activations WHERE id = $1) AS a",
                "SELECT",
                Some("activations"),
            ),
            ("select 1", "SELECT", None),
            ("", "", None),
        ] {
            assert_eq!(summary(sql), (operation.to_owned(), table), "{sql}");
        }
    }
}
