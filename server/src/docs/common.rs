//! The responses that operations of a group have in common. A page states each once.

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::examples;
use super::openapi::{Group, Operation};

/// The statuses that mean the same for every operation of an API.
const OF_EVERY_OPERATION: [&str; 3] = ["408", "413", "429"];
/// The statuses that mean the same for many operations with an access token.
const OF_TOKENS: [&str; 6] = ["400", "401", "403", "404", "409", "422"];

/// The common responses of a group, by status.
pub struct Common<'a> {
    id: String,
    responses: Vec<(&'static str, &'a Value)>,
}

impl<'a> Common<'a> {
    /// Finds those that at least two operations have; of several for a status, the one that most have.
    pub fn of(group: &Group<'a>) -> Self {
        let every = OF_EVERY_OPERATION.into_iter().filter_map(|status| most(&group.operations, status));
        let with_token: Vec<_> = group.operations.iter().copied().filter(Operation::has_bearer).collect();
        let of_tokens = OF_TOKENS.into_iter().filter_map(|status| most(&with_token, status));
        let mut responses: Vec<_> = every.chain(of_tokens).collect();
        responses.sort_by_key(|(status, _)| *status);
        Self { id: format!("{}-answers", group.anchor()), responses }
    }

    /// Returns whether the response is one of these.
    pub fn has(&self, status: &str, response: &Value) -> bool {
        self.responses.iter().any(|(of, common)| *of == status && is_same(status, common, response))
    }

    /// Renders the statuses of an operation that are stated here.
    pub fn link(&self, operation: Operation<'_>) -> Option<AnyView> {
        let mut statuses: Vec<&str> = operation
            .responses()
            .filter(|(status, response)| self.has(status, response))
            .map(|(status, _)| status)
            .collect();
        let last = statuses.pop()?;
        let statuses =
            if statuses.is_empty() { last.to_owned() } else { format!("{} and {last}", statuses.join(", ")) };
        let href = format!("#{}", self.id);
        Some(view! { <p class="small">"Also " <a href=href>{statuses}</a> "."</p> }.into_any())
    }

    /// Renders the responses, if there are any.
    pub fn article(&self) -> Option<AnyView> {
        if self.responses.is_empty() {
            return None;
        }
        let article = view! {
            <article class="operation" id=self.id.clone()>
                <h2>"Answers that operations have in common"</h2>
                <p>"Each operation names those that it can give."</p>
                {examples::responses(&self.responses)}
            </article>
        };
        Some(article.into_any())
    }
}

/// Returns the response that most operations have for a status, if at least two have it.
fn most<'a>(operations: &[Operation<'a>], status: &'static str) -> Option<(&'static str, &'a Value)> {
    let all: Vec<&'a Value> = operations
        .iter()
        .flat_map(Operation::responses)
        .filter(|(of, _)| *of == status)
        .map(|(_, response)| response)
        .collect();
    let count = |one: &Value| all.iter().filter(|other| is_same(status, one, other)).count();
    // Of equal counts the first, which `max_by_key` would not return.
    let (found, first) = all.iter().rev().map(|&one| (count(one), one)).max_by_key(|(count, _)| *count)?;
    (found >= 2).then_some((status, first))
}

/// Returns whether two responses tell the same. The message of 403 names the scope of the operation.
fn is_same(status: &str, one: &Value, other: &Value) -> bool {
    if status == "403" {
        return one["description"] == other["description"] && codes(one).eq(codes(other));
    }
    one == other
}

fn codes(response: &Value) -> impl Iterator<Item = &String> {
    response["content"]["application/json"]["examples"].as_object().into_iter().flat_map(Map::keys)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(code: &str, message: &str) -> Value {
        json!({ "description": "Refused.", "content": { "application/json": {
            "examples": { code: { "value": { "code": code, "message": message } } },
        } } })
    }

    #[test]
    fn responses_of_most_operations_are_common_whatever_scope_they_name() {
        let bearer = json!([{ "bearer": ["tag:read"] }]);
        let first = json!({ "security": bearer, "responses": {
            "200": {}, "403": response("FORBIDDEN", "tag:read"), "409": response("DUPLICATE_NAME", "a"),
        } });
        let second = json!({ "security": bearer, "responses": {
            "200": {}, "403": response("FORBIDDEN", "tag:write"), "409": response("RESOURCE_IN_USE", "b"),
            "429": response("RATE_LIMIT_EXCEEDED", "c"),
        } });
        let of = |value| Operation { method: "get", path: "/v3/tags", value };
        let group = Group { name: "Tags", description: "", operations: vec![of(&first), of(&second)] };
        let common = Common::of(&group);
        let statuses: Vec<&str> = common.responses.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, ["403"]);
        assert!(common.has("403", &second["responses"]["403"]));
        assert!(!common.has("409", &first["responses"]["409"]));
        assert!(common.link(of(&first)).expect("a link").to_html().contains("#tags-answers"));
    }

    #[test]
    fn operations_without_a_token_keep_their_own_errors() {
        let value = json!({ "responses": { "404": response("NOT_FOUND", "a"), "429": response("R", "b") } });
        let operation = Operation { method: "get", path: "/status", value: &value };
        let group = Group { name: "Apps", description: "", operations: vec![operation, operation] };
        let common = Common::of(&group);
        assert!(
            common.has("429", &value["responses"]["429"]) && !common.has("404", &value["responses"]["404"])
        );
    }
}
