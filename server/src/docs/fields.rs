//! Lists of parameters and properties.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::openapi::{Operation, list, resolve, text};

/// A parameter or a property.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

/// Renders the parameters and the properties of the body, if there are any.
pub fn inputs(document: &Value, operation: Operation<'_>) -> Option<AnyView> {
    let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
    let mut fields: Vec<Field> = list(&operation.value["parameters"]).iter().map(parameter_field).collect();
    collect_fields(document, body, &mut fields);
    field_list("Input", fields)
}

/// Renders the properties of the body of a success, if it has one.
pub fn outputs(document: &Value, operation: Operation<'_>) -> Option<AnyView> {
    let (_, success) = operation.responses().find(|(status, _)| status.starts_with('2'))?;
    let mut fields = Vec::new();
    collect_fields(document, &success["content"]["application/json"]["schema"], &mut fields);
    // Every property of an answer is present, unless its text says otherwise.
    field_list(
        "Fields of the answer",
        fields.into_iter().map(|field| Field { required: false, ..field }).collect(),
    )
}

fn field_list(title: &'static str, fields: Vec<Field>) -> Option<AnyView> {
    if fields.is_empty() {
        return None;
    }
    let items: Vec<_> = fields
        .into_iter()
        .map(|field| {
            let kind = format!(" {}{}", field.kind, if field.required { ", required" } else { "" });
            view! { <dt><code>{field.name}</code>{kind}</dt><dd>{with_code(&field.description)}</dd> }
        })
        .collect();
    Some(view! { <h4>{title}</h4><dl class="fields">{items}</dl> }.into_any())
}

fn parameter_field(parameter: &Value) -> Field {
    Field {
        name: text(&parameter["name"]),
        kind: format!("{} in the {}", type_name(&parameter["schema"]), text(&parameter["in"])),
        required: parameter["required"] == true,
        description: text(&parameter["description"]),
    }
}

/// Collects the properties of a schema; follows references and compositions.
fn collect_fields(document: &Value, schema: &Value, into: &mut Vec<Field>) {
    let schema = resolve(document, schema);
    for part in list(&schema["allOf"]).iter().chain(list(&schema["oneOf"])) {
        collect_fields(document, part, into);
    }
    let required = list(&schema["required"]);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        into.push(Field {
            name: name.clone(),
            kind: type_name(property),
            required: required.iter().any(|r| r == name),
            description: text(&property["description"]),
        });
    }
}

fn type_name(schema: &Value) -> String {
    let of_reference = || {
        let named = list(&schema["oneOf"]).iter().find_map(|schema| schema["$ref"].as_str());
        let name = schema["$ref"].as_str().or(named)?;
        name.rsplit('/').next().map(ToOwned::to_owned)
    };
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", type_name(&schema["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let first = names.iter().map(text).find(|name| name != "null").unwrap_or_default();
            if first == "array" { format!("list of {}", type_name(&schema["items"])) } else { first }
        }
        _ => of_reference().unwrap_or_default(),
    }
}
