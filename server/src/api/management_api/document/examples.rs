//! Examples of bodies. `examples.json` holds an object for each schema and a value for each parameter; a test
//! sends the requests and compares the answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ArrayItems;
use utoipa::openapi::{Content, OpenApi, RefOr, Schema};

use crate::api::examples::JSON;

/// The content of `examples.json`.
#[derive(Deserialize)]
struct Document {
    /// By name of the schema.
    schemas: BTreeMap<String, Value>,
    /// Values of path parameters, by name of the path's part before them: `licenses` for `/v3/licenses/{id}`.
    paths: BTreeMap<String, Value>,
}

fn parse() -> serde_json::Result<Document> {
    serde_json::from_str(include_str!("examples.json"))
}

/// Adds the examples.
pub fn apply(document: &mut OpenApi) {
    // A test parses the file.
    let Ok(examples) = parse() else { return };
    for (path, item) in &mut document.paths.paths {
        let methods = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            add_parameters(operation, path, &examples);
            add_bodies(operation, &examples);
        }
    }
}

/// Sets the example of each path parameter: by the part of the path before it.
fn add_parameters(operation: &mut Operation, path: &str, examples: &Document) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if parameter.parameter_in != ParameterIn::Path {
            continue;
        }
        let before = path.split(&format!("/{{{}}}", parameter.name)).next().filter(|before| *before != path);
        let part = before.and_then(|before| before.rsplit('/').next());
        if let Some(example) = part.and_then(|part| examples.paths.get(part)) {
            let builder = ParameterBuilder::from(parameter.clone());
            *parameter = builder.example(Some(example.clone())).build();
        }
    }
}

fn add_bodies(operation: &mut Operation, examples: &Document) {
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
    {
        content.example = example_of(content, examples);
    }
    for (status, response) in &mut operation.responses.responses {
        if status.starts_with('2')
            && let RefOr::T(response) = response
            && let Some(RefOr::T(content)) = response.content.get_mut(JSON)
            && let Some(example) = example_of(content, examples)
        {
            content.examples.insert("success".to_owned(), ExampleBuilder::new().value(Some(example)).into());
        }
    }
}

/// Returns the example of a body: of its schema, or a list with the example of the rows' schema.
fn example_of(content: &Content, examples: &Document) -> Option<Value> {
    let of_name = |location: &str| examples.schemas.get(location.rsplit('/').next()?).cloned();
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => of_name(&reference.ref_location),
        RefOr::T(Schema::Array(rows)) => match &rows.items {
            ArrayItems::RefOrSchema(row) => match row.as_ref() {
                RefOr::Ref(reference) => of_name(&reference.ref_location).map(|row| Value::Array(vec![row])),
                RefOr::T(_) => None,
            },
            ArrayItems::False => None,
        },
        // A body that may be missing.
        RefOr::T(Schema::OneOf(either)) => either.items.iter().find_map(|item| match item {
            RefOr::Ref(reference) => of_name(&reference.ref_location),
            RefOr::T(_) => None,
        }),
        RefOr::T(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_parsed() {
        assert!(!parse().expect("examples.json is valid").schemas.is_empty());
    }

    #[test]
    fn every_example_belongs_to_a_schema() {
        let components = super::super::document().components.expect("schemas");
        for name in parse().expect("examples.json is valid").schemas.keys() {
            assert!(components.schemas.contains_key(name), "{name}");
        }
    }
}
