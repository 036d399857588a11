//! Tables of parameters and properties.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::openapi::{Operation, list, resolve, text};

/// A row of a table of parameters or properties.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

/// Renders the parameters and the properties of the body, if there are any.
pub fn input_table(document: &Value, operation: Operation<'_>) -> Option<AnyView> {
    let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
    let mut fields: Vec<Field> = list(&operation.value["parameters"]).iter().map(parameter_field).collect();
    collect_fields(document, body, &mut fields);
    field_table("Input", &operation.summary(), fields)
}

/// Renders the properties of the body of a success, if it has one.
pub fn output_table(document: &Value, operation: Operation<'_>) -> Option<AnyView> {
    let (_, success) = operation.responses().find(|(status, _)| status.starts_with('2'))?;
    let mut fields = Vec::new();
    collect_fields(document, &success["content"]["application/json"]["schema"], &mut fields);
    field_table("Answer", &operation.summary(), fields)
}

fn field_table(title: &'static str, of: &str, fields: Vec<Field>) -> Option<AnyView> {
    if fields.is_empty() {
        return None;
    }
    let rows: Vec<_> = fields
        .into_iter()
        .map(|field| {
            let required = field.required.then_some("required");
            view! {
                <tr>
                    <td><code>{field.name}</code></td>
                    <td>{field.kind} " " <span class="muted">{required}</span></td>
                    <td>{with_code(&field.description)}</td>
                </tr>
            }
        })
        .collect();
    let table = view! {
        <div class="table-wrapper" tabindex="0" role="region" aria-label=format!("{title} of: {of}")>
            <table>
                <thead><tr><th scope="col">{title}</th><th scope="col">"Type"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Some(table.into_any())
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
