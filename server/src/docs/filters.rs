//! The filters of a list, in one short table: fields of the same kind and with the same operators share a row.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::kind::{type_name, words};
use super::openapi::{Operation, str_of, text};

/// The beginning of a filter's description.
const MARK: &str = "Filter.";

/// The fields of one kind, with the same operators.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    names: Vec<String>,
    kind: String,
    operators: String,
}

/// Returns whether a parameter is a filter of a list.
pub fn is_filter(parameter: &Value) -> bool {
    str_of(&parameter["description"]).starts_with(MARK)
}

/// Returns the filters of an operation.
pub fn rows(document: &Value, operation: Operation<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for parameter in operation.parameters().iter().filter(|parameter| is_filter(parameter)) {
        let (name, schema) = (text(&parameter["name"]), &parameter["schema"]);
        let words = words(document, schema);
        let kind =
            if words.is_empty() { type_name(document, schema) } else { format!("`{}`", words.join("` `")) };
        let operators = str_of(&parameter["description"]).trim_start_matches(MARK);
        let operators =
            operators.trim().trim_start_matches("Operators:").trim().trim_end_matches('.').to_owned();
        match rows.iter_mut().find(|row| row.kind == kind && row.operators == operators) {
            Some(row) => row.names.push(name),
            None => rows.push(Row { names: vec![name], kind, operators }),
        }
    }
    rows
}

/// Renders the filters, or a link to the operation of the page that has the same, by title and id.
pub fn render(rows: &[Row], same_as: Option<(String, String)>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let filters = if let Some((title, id)) = same_as {
        view! { <p>"The same as of " <a href=format!("#{id}")>{title}</a> "."</p> }.into_any()
    } else {
        let items: Vec<_> = rows.iter().map(item).collect();
        view! { <dl class="fields filter-fields">{items}</dl> }.into_any()
    };
    Some(view! { <h3><a href="/docs/conventions#filters">"Filters"</a></h3> {filters} }.into_any())
}

fn item(row: &Row) -> AnyView {
    let names = with_code(&format!("`{}`", row.names.join("` `")));
    let text = with_code(&format!("{}: {}", row.kind, row.operators));
    view! { <dt>{names}</dt><dd>{text}</dd> }.into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_with_the_same_operators_share_a_row() {
        let filter = |name: &str, schema: Value, operators: &str| json!({ "name": name, "in": "query", "schema": schema, "description": format!("Filter. Operators: {operators}.") });
        let uuid = json!({ "type": "string", "format": "uuid" });
        let kind = json!({ "type": "string", "enum": ["a", "b"] });
        let value = json!({ "parameters": [
            { "name": "page", "in": "query", "description": "The page." },
            filter("productId", uuid.clone(), "`eq` `ne`"), filter("type", kind, "`eq`"), filter("userId", uuid, "`eq` `ne`"),
        ] });
        let rows = rows(&Value::Null, Operation { method: "get", path: "/v3/licenses", value: &value });
        let rows: Vec<_> =
            rows.iter().map(|row| (row.names.join(" "), row.kind.as_str(), row.operators.as_str())).collect();
        assert_eq!(
            rows,
            [("productId userId".to_owned(), "UUID", "`eq` `ne`"), ("type".to_owned(), "`a` `b`", "`eq`"),]
        );
    }
}
