//! Access to the OpenAPI document as JSON.

use serde_json::Value;

/// The statuses that mean the same for every operation of an API.
const COMMON_STATUSES: [&str; 3] = ["408", "413", "429"];

/// An operation of the document.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    /// The method, in lower case.
    pub method: &'a str,
    /// The path with its parameters in braces.
    pub path: &'a str,
    /// The Operation Object.
    pub value: &'a Value,
}

impl Operation<'_> {
    /// Returns the operation id, which is also the anchor of the operation in the page.
    pub fn id(&self) -> String {
        text(&self.value["operationId"])
    }

    /// Returns the title.
    pub fn summary(&self) -> String {
        text(&self.value["summary"])
    }

    /// Returns whether the operation requires an API token.
    pub fn has_bearer(&self) -> bool {
        self.value.get("security").is_some()
    }

    /// Returns the responses, by status.
    pub fn responses(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.value["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, response)| (status.as_str(), response))
    }
}

/// Returns the operations of a tag, by path.
pub fn operations<'a>(document: &'a Value, tag: &str) -> Vec<Operation<'a>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, value)| Operation { method, path, value })
    });
    all.filter(|operation| operation.value["tags"][0] == tag).collect()
}

/// Returns the responses that the operations have in common. The page states them once.
pub fn common_responses<'a>(operations: &[Operation<'a>]) -> Vec<(&'static str, &'a Value)> {
    let first = |status: &'static str| {
        operations
            .iter()
            .find_map(|operation| operation.value["responses"].get(status))
            .map(|found| (status, found))
    };
    COMMON_STATUSES.into_iter().filter_map(first).collect()
}

/// Returns the named schema that a reference stands for, or the schema itself.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    target.and_then(|path| document.pointer(path)).unwrap_or(schema)
}

/// Returns a text, or an empty one.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns the elements of a list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
