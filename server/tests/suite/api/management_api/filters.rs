//! Property: a list with filters has the rows that meet them in memory.

use domain::Timestamp;
use domain::filter::{Cell, FilterField, FilterRow, Operator, matches, parse_filter};
use domain::permission::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{call, json as body_of, token_of_role};
use crate::test_app::TestApp;
use test_support::{on_both_databases, seller};

static FIELDS: [FilterField; 5] = [
    FilterField::id("id"),
    FilterField::text("name"),
    FilterField::boolean("revoked"),
    FilterField::time("expiresAt"),
    FilterField::time("createdAt"),
];

struct Row<'a>(&'a Value);

impl FilterRow for Row<'_> {
    fn cells(&self, field: &str) -> Vec<Cell> {
        match (field, &self.0[field]) {
            (_, Value::Bool(on)) => vec![Cell::Boolean(*on)],
            ("id", Value::String(id)) => vec![Cell::Id(id.parse::<Uuid>().unwrap())],
            ("name", Value::String(name)) => vec![Cell::Text(name.clone())],
            (_, Value::String(at)) => vec![Cell::Time(Timestamp::parse_lenient(at).unwrap())],
            _ => Vec::new(),
        }
    }

    fn pairs(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

on_both_databases! {
    async fn lists_have_the_rows_that_meet_the_filters(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let path = "/v3/personal-access-tokens";
        for (name, expires_at) in [("Shop", "2099-01-01"), ("shop 2", ""), ("50%", "2099-06-01T12:00:00Z"), ("a_b", ""), ("MÜLLER", "")] {
            let body = json!({ "name": name, "scopes": ["license:read"], "expiresAt": expires_at });
            let made = call(&app, &token, "POST", path, &body.to_string()).await;
            assert_eq!(made.status, 201, "{}", made.text);
            if name == "a_b" {
                let uri = made.header("location").to_owned();
                call(&app, &token, "PATCH", &uri, r#"{"revoked":true}"#).await;
            }
        }
        let rows = body_of(&call(&app, &token, "GET", path, "").await);
        let rows = rows.as_array().unwrap();
        let first = rows[1]["id"].as_str().unwrap().to_owned();
        let values = ["", "shop", "SHOP", "%", "_", "o", "müller", "true", "0", "2099-01-01", "2098-12-31T23:59:59Z", &first];
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let strategy = (0..FIELDS.len(), 0..12usize, prop::collection::vec(prop::sample::select(values), 0..3));
        let mut runner = TestRunner::default();
        for _ in 0..80 {
            let (field, operator, values) = strategy.new_tree(&mut runner).unwrap().current();
            let field = &FIELDS[field];
            let operators = field.kind.operators();
            let operator: Operator = operators[operator % operators.len()];
            // A comparison with one value takes the first value of its parameter.
            let values = if operator.takes_list() { values } else { values.into_iter().take(1).collect() };
            let Ok(filter) = parse_filter(field, operator, values.iter().map(String::as_str)) else { continue };
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for value in &values {
                query.append_pair(&format!("{}[{}]", field.name, operator.as_str()), value);
            }
            let query = query.finish();
            let filters: Vec<_> = filter.into_iter().filter(|_| !values.is_empty()).collect();
            let expected: Vec<&Value> = rows.iter().filter(|row| matches(&filters, &Row(row))).map(|row| &row["id"]).collect();
            let found = call(&app, &token, "GET", &format!("{path}?{query}"), "").await;
            assert_eq!(found.status, 200, "{query}: {}", found.text);
            let found = body_of(&found);
            let found: Vec<&Value> = found.as_array().unwrap().iter().map(|row| &row["id"]).collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}
