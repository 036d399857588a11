//! The example of a request as a curl command.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::filters::is_filter;
use super::kind::plain;
use super::openapi::{Operation, text};

/// The option with the access token.
pub const AUTHORIZATION: &str = "--header \"Authorization: Bearer $COUNTERSIGN_TOKEN\"";

/// Returns the command for a shell. `origin` is the address of this instance.
pub fn command(origin: &str, operation: Operation<'_>) -> String {
    let (mut path, mut query) = (operation.path.to_owned(), Serializer::new(String::new()));
    let (mut has_query, mut headers) = (false, Vec::new());
    for parameter in operation.parameters() {
        let name = text(&parameter["name"]);
        let example = parameter.get("example").map(plain);
        if parameter["in"] == "path" {
            // Braces have a meaning of their own for curl.
            let value = example.unwrap_or_else(|| name.to_uppercase());
            path = path.replace(&format!("{{{name}}}"), &value);
        } else if let Some(example) = example.as_deref()
            && parameter["in"] == "header"
        {
            headers.push(format!("--header {}", quoted(&format!("{name}: {example}"))));
        } else if let Some(example) = example
            && parameter["in"] == "query"
            && !is_filter(parameter)
        {
            has_query = true;
            query.append_pair(&name, &example);
        }
    }
    let query = if has_query { format!("?{}", query.finish()) } else { String::new() };
    let mut parts = vec![format!("curl {}", quoted(&format!("{origin}{path}{query}")))];
    // curl sends GET without a body, and POST with one.
    let body = &operation.body()["example"];
    if !matches!((operation.method, body.is_null()), ("get", true) | ("post", false)) {
        parts.insert(1, format!("--request {}", operation.method.to_uppercase()));
    }
    if operation.has_bearer() {
        parts.push(AUTHORIZATION.to_owned());
    }
    parts.append(&mut headers);
    if !body.is_null() {
        parts.push("--header 'Content-Type: application/json'".to_owned());
        parts.push(format!("--data {}", quoted(&pretty(body))));
    }
    parts.join(" \\\n  ")
}

/// Returns JSON with one property a line.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Quotes a text for a shell (POSIX.1-2024, Shell Command Language, section 2.2.2).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(method: &str, path: &str, value: &Value) -> String {
        command("https://licenses.example.com", Operation { method, path, value })
    }

    #[test]
    fn parameters_are_in_path_and_query() {
        let parameters = json!({ "parameters": [
            { "name": "id", "in": "path", "example": "a-1" },
            { "name": "q", "in": "query", "example": "a b&c" },
            { "name": "unused", "in": "query" },
            { "name": "type", "in": "query", "description": "Filter. Operators: `eq`.", "example": "c" },
        ] });
        let expected = "curl 'https://licenses.example.com/v3/a-1?q=a+b%26c'";
        assert_eq!(of("get", "/v3/{id}", &parameters), expected);
        let expected = "curl 'https://licenses.example.com/v3/a' \\\n  --request DELETE";
        assert_eq!(of("delete", "/v3/a", &json!({})), expected);
        let without_example = json!({ "parameters": [{ "name": "id", "in": "path" }] });
        assert_eq!(of("get", "/v3/{id}", &without_example), "curl 'https://licenses.example.com/v3/ID'");
    }

    #[test]
    fn headers_with_an_example_are_sent() {
        let parameters = json!({ "parameters": [
            { "name": "X-Signature", "in": "header", "example": "5f" },
            { "name": "Idempotency-Key", "in": "header" },
        ] });
        let expected = "curl 'https://licenses.example.com/a' \\\n  --header 'X-Signature: 5f'";
        assert_eq!(of("get", "/a", &parameters), expected);
    }

    #[test]
    fn body_is_quoted_for_a_shell() {
        let body =
            json!({ "requestBody": { "content": { "application/json": { "example": { "a": "it's" } } } } });
        let expected = "curl 'https://licenses.example.com/a' \\\n  --header 'Content-Type: application/json' \\\n  \
                        --data '{\n  \"a\": \"it'\\''s\"\n}'";
        assert_eq!(of("post", "/a", &body), expected);
        assert!(of("patch", "/a", &body).contains("--request PATCH"));
    }

    #[test]
    fn token_is_read_from_a_variable() {
        let secured = json!({ "security": [{ "bearer": [] }] });
        assert!(of("get", "/a", &secured).contains("--header \"Authorization: Bearer $COUNTERSIGN_TOKEN\""));
    }
}
