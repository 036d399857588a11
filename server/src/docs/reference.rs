//! The API reference: the OpenAPI document as HTML.

use leptos::prelude::*;
use serde_json::Value;

use super::layout;
use crate::api::openapi;

/// Renders the page.
pub fn page() -> String {
    let document: Value = serde_json::from_str(openapi::document()).unwrap_or_default();
    let tags = list(&document["tags"]).iter().map(|tag| section(&document, tag)).collect::<Vec<_>>();
    let body = view! {
        <h1>"API reference"</h1>
        <p>{with_code(&text(&document["info"]["description"]))}</p>
        <p><a href="/openapi.json">"openapi.json"</a> " (OpenAPI 3.1), for code generators and API clients."</p>
        {tags}
    };
    layout::render("API reference", body.into_any())
}

fn section(document: &Value, tag: &Value) -> impl IntoView + use<> {
    let name = text(&tag["name"]);
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if text(&operation["tags"][0]) == name {
                operations.push(operation_section(document, &method.to_uppercase(), path, operation));
            }
        }
    }
    view! { <section><h2>{name}</h2><p class="muted">{with_code(&text(&tag["description"]))}</p> {operations}</section> }
}

fn operation_section(document: &Value, method: &str, path: &str, operation: &Value) -> impl IntoView + use<> {
    let (id, summary) = (text(&operation["operationId"]), text(&operation["summary"]));
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut inputs: Vec<Field> = list(&operation["parameters"]).iter().map(parameter_field).collect();
    collect_fields(document, body, &mut inputs);
    let inputs = (!inputs.is_empty()).then(|| field_table("Input", &summary, inputs));
    let responses: Vec<_> = operation["responses"].as_object().into_iter().flatten().collect();
    let rows: Vec<_> = responses
        .iter()
        .map(|(status, response)| {
            let meaning = with_code(&text(&response["description"]));
            view! { <tr><td><code>{(*status).clone()}</code></td><td>{meaning}</td></tr> }
        })
        .collect();
    let mut outputs = Vec::new();
    if let Some((_, success)) = responses.iter().find(|(status, _)| status.starts_with('2')) {
        collect_fields(document, &success["content"]["application/json"]["schema"], &mut outputs);
    }
    let outputs = (!outputs.is_empty()).then(|| field_table("Answer", &summary, outputs));
    let bearer = operation.get("security").map(|_| {
        view! { <p><span class="tag">"API token"</span> " " <code>"Authorization: Bearer cs_…"</code></p> }
    });
    view! {
        <article class="operation" id=id.clone()>
            <h3><a href=format!("#{id}")>{summary.clone()}</a></h3>
            <p><code><strong>{method.to_owned()}</strong> " " {path.to_owned()}</code></p>
            {bearer}
            <p>{with_code(&text(&operation["description"]))}</p>
            {inputs}
            {outputs}
            <div class="table-wrapper" tabindex="0" role="region" aria-label=format!("Statuses of: {summary}")>
                <table>
                    <thead><tr><th scope="col">"Status"</th><th scope="col">"Meaning"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </article>
    }
}

/// A row of a table of parameters or properties.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
}

fn field_table(title: &'static str, of: &str, fields: Vec<Field>) -> impl IntoView + use<> {
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
    view! {
        <div class="table-wrapper" tabindex="0" role="region" aria-label=format!("{title} of: {of}")>
            <table>
                <thead><tr><th scope="col">{title}</th><th scope="col">"Type"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
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

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    target.and_then(|path| document.pointer(path)).unwrap_or(schema)
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

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A part of a description.
#[derive(Debug, PartialEq, Eq)]
enum Span<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// Splits a description at its back-ticks. An unpaired back-tick stays in the text.
fn code_spans(mut text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    while let Some((before, rest)) = text.split_once('`')
        && let Some((code, after)) = rest.split_once('`')
    {
        if !before.is_empty() {
            spans.push(Span::Text(before));
        }
        spans.push(Span::Code(code));
        text = after;
    }
    if !text.is_empty() {
        spans.push(Span::Text(text));
    }
    spans
}

/// Renders a description with its code spans as `<code>` elements.
fn with_code(description: &str) -> Vec<AnyView> {
    let render = |span: Span<'_>| match span {
        Span::Text(text) => text.to_owned().into_any(),
        Span::Code(code) => view! { <code>{code.to_owned()}</code> }.into_any(),
    };
    code_spans(description).into_iter().map(render).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_is_split_at_back_ticks() {
        use Span::{Code, Text};
        assert_eq!(code_spans(""), []);
        assert_eq!(code_spans("no code"), [Text("no code")]);
        assert_eq!(code_spans("`expired`"), [Code("expired")]);
        assert_eq!(
            code_spans("Always `false`. Only `/verify` sends it."),
            [Text("Always "), Code("false"), Text(". Only "), Code("/verify"), Text(" sends it.")]
        );
        assert_eq!(code_spans("`a``b`"), [Code("a"), Code("b")]);
        assert_eq!(code_spans("`a` and ` alone"), [Code("a"), Text(" and ` alone")]);
    }

    #[test]
    fn reference_page_has_no_back_ticks() {
        assert!(!page().contains('`'));
    }
}
