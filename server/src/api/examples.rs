//! Examples of requests and responses in the OpenAPI document. `examples.json` holds them by operation and
//! status; a test sends each request and compares the response.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::path::{Operation, ParameterBuilder};
use utoipa::openapi::{Content, OpenApi, RefOr, example::ExampleBuilder};

/// The media type of all bodies.
pub(super) const JSON: &str = "application/json";

/// Examples of responses: by status, then by name. An error is named by its code.
type Responses = BTreeMap<String, BTreeMap<String, Value>>;

/// The content of `examples.json`.
#[derive(Deserialize)]
struct Document {
    /// Responses of every operation with a tag, unless the operation has its own for the status.
    common: BTreeMap<String, Responses>,
    /// By operation id.
    operations: BTreeMap<String, OperationExamples>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OperationExamples {
    parameters: BTreeMap<String, Value>,
    body: Option<Value>,
    responses: Responses,
}

fn document() -> serde_json::Result<Document> {
    serde_json::from_str(include_str!("examples.json"))
}

/// Adds the examples to a document.
pub struct Examples;

impl utoipa::Modify for Examples {
    fn modify(&self, openapi: &mut OpenApi) {
        // A test parses the file.
        let Ok(Document { common, mut operations }) = document() else { return };
        for path in openapi.paths.paths.values_mut() {
            let methods = [&mut path.get, &mut path.post, &mut path.patch, &mut path.delete];
            for operation in methods.into_iter().flatten() {
                let id = operation.operation_id.clone().unwrap_or_default();
                let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
                let mut examples = operations.remove(&id).unwrap_or_default();
                for (status, responses) in common.get(&tag).into_iter().flatten() {
                    examples.responses.entry(status.clone()).or_insert_with(|| responses.clone());
                }
                add(operation, examples);
            }
        }
    }
}

fn add(operation: &mut Operation, examples: OperationExamples) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some(example) = examples.parameters.get(&parameter.name) {
            let builder = ParameterBuilder::from(parameter.clone());
            *parameter = builder.example(Some(example.clone())).build();
        }
    }
    if let Some(body) = &mut operation.request_body
        && let RefOr::T(body) = body
        && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
    {
        content.example = examples.body;
    }
    for (status, examples) in examples.responses {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(&status)
            && let Some(RefOr::T(content)) = response.content.get_mut(JSON)
        {
            add_named(content, examples);
        }
    }
}

fn add_named(content: &mut Content, examples: BTreeMap<String, Value>) {
    for (name, value) in examples {
        content.examples.insert(name, ExampleBuilder::new().value(Some(value)).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_parsed() {
        assert!(!document().expect("examples.json is valid").operations.is_empty());
    }
}
