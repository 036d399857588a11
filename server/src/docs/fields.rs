//! Lists of parameters and properties.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::filters::is_filter;
use super::kind::{type_name, words};
use super::openapi::{Operation, list, resolve, schema_name, text};

/// The header of every operation that changes something. The page of conventions describes it.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A nested object with more fields is the body of another operation, such as each license of a bulk request.
const MAX_NESTED_FIELDS: usize = 30;

/// A parameter or a property.
struct Field {
    name: String,
    kind: String,
    required: bool,
    description: String,
    /// The values, if only some are allowed.
    values: Vec<String>,
}

/// Renders the parameters and the properties of the body, if there are any. Filters are not among them.
pub fn inputs(document: &Value, operation: Operation<'_>) -> Option<AnyView> {
    let body = operation.body()["schema"]["$ref"].as_str().map(schema_name);
    let title = body.map_or_else(|| "Input".to_owned(), |name| format!("Input: {name}"));
    field_list(title, input_fields(document, operation))
}

/// Renders the properties of the body of a success, if it has one.
pub fn outputs(document: &Value, success: &Value) -> Option<AnyView> {
    of_answer("Fields of the answer", document, &success["content"]["application/json"]["schema"])
}

/// Renders the properties of a schema of answers, or of its rows.
pub fn of_answer(title: &str, document: &Value, schema: &Value) -> Option<AnyView> {
    // Every property of an answer is present, unless its text says otherwise.
    let fields = answer_fields(document, schema);
    field_list(title.to_owned(), fields.into_iter().map(|field| Field { required: false, ..field }).collect())
}

/// Returns the number of properties of a schema, without those of nested objects.
pub fn count(document: &Value, schema: &Value) -> usize {
    answer_fields(document, schema).iter().filter(|field| !field.name.contains('.')).count()
}

/// Returns the names of all parameters and properties of an operation.
pub fn names(document: &Value, operation: Operation<'_>) -> Vec<String> {
    let filters = operation.parameters().iter().filter(|parameter| is_filter(parameter));
    let filters = filters.map(|parameter| text(&parameter["name"]));
    let response = operation.success().map(|response| &response["content"]["application/json"]["schema"]);
    let outputs = response.map(|schema| answer_fields(document, schema)).unwrap_or_default();
    let fields = input_fields(document, operation).into_iter().chain(outputs);
    filters.chain(fields.map(|field| field.name)).collect()
}

fn input_fields(document: &Value, operation: Operation<'_>) -> Vec<Field> {
    let parameters = operation.parameters().iter().filter(|parameter| !is_filter(parameter));
    let mut fields: Vec<Field> = parameters.map(|parameter| parameter_field(document, parameter)).collect();
    collect(document, &operation.body()["schema"], "", &mut fields);
    fields
}

fn answer_fields(document: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    collect(document, schema.get("items").unwrap_or(schema), "", &mut fields);
    fields
}

fn field_list(title: String, fields: Vec<Field>) -> Option<AnyView> {
    if fields.is_empty() {
        return None;
    }
    let items: Vec<_> = fields.into_iter().map(row).collect();
    Some(view! { <h3>{title}</h3><dl class="fields">{items}</dl> }.into_any())
}

fn row(field: Field) -> AnyView {
    let kind = format!(" {}{}", field.kind, if field.required { ", required" } else { "" });
    let description = if field.name == IDEMPOTENCY_KEY {
        view! { <a href="/docs/conventions#idempotency">"Makes a repeated request safe."</a> }.into_any()
    } else {
        with_code(&field.description).into_any()
    };
    let values = (!field.values.is_empty()).then(|| {
        let separator = if field.description.is_empty() { "" } else { " " };
        with_code(&format!("{separator}One of `{}`.", field.values.join("` `")))
    });
    view! { <dt><code>{field.name}</code>{kind}</dt><dd>{description}{values}</dd> }.into_any()
}

fn parameter_field(document: &Value, parameter: &Value) -> Field {
    let schema = &parameter["schema"];
    Field {
        name: text(&parameter["name"]),
        kind: format!("{} in the {}", type_name(document, schema), text(&parameter["in"])),
        required: parameter["required"] == true,
        description: text(&parameter["description"]),
        values: words(document, schema),
    }
}

/// Collects the properties of a schema and those of nested objects; follows references and compositions.
/// `prefix` is the name of the nested object.
fn collect(document: &Value, schema: &Value, prefix: &str, into: &mut Vec<Field>) {
    let schema = resolve(document, schema);
    for part in list(&schema["allOf"]).iter().chain(list(&schema["oneOf"])) {
        collect(document, part, prefix, into);
    }
    let required = list(&schema["required"]);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        into.push(Field {
            name: format!("{prefix}{name}"),
            kind: type_name(document, property),
            required: required.iter().any(|r| r == name),
            description: description(property),
            values: words(document, property),
        });
        // One level of nested objects is enough: the type's name says the rest.
        if prefix.is_empty() {
            let mut nested = Vec::new();
            match property.get("items") {
                Some(items) => collect(document, items, &format!("{name}[]."), &mut nested),
                None => collect(document, property, &format!("{name}."), &mut nested),
            }
            if nested.len() <= MAX_NESTED_FIELDS {
                into.append(&mut nested);
            }
        }
    }
}

/// Returns the description of a property. Beside the alternative null it is in the reference.
fn description(property: &Value) -> String {
    let alternatives = list(&property["oneOf"]).iter().map(|part| &part["description"]);
    let mut all = std::iter::once(&property["description"]).chain(alternatives);
    all.find_map(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_nested_objects_have_the_name_of_the_object_before_them() {
        let string = json!({ "type": "string" });
        let document = json!({ "components": { "schemas": {
            "v3.User": { "properties": { "email": string, "organization": { "$ref": "#/components/schemas/v3.Org" } } },
            "v3.Org": { "properties": { "name": string } },
            "v3.Pair": { "required": ["key"], "properties": { "key": string } },
        } } });
        let schema = json!({ "properties": {
            "metadata": { "type": "array", "items": { "$ref": "#/components/schemas/v3.Pair" } },
            "user": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/v3.User" }] },
        } });
        let fields = answer_fields(&document, &schema);
        let fields: Vec<_> =
            fields.iter().map(|field| (field.name.as_str(), field.kind.as_str(), field.required)).collect();
        assert_eq!(
            fields,
            [
                ("metadata", "list of Pair", false),
                ("metadata[].key", "string", true),
                ("user", "User", false),
                ("user.email", "string", false),
                ("user.organization", "Org", false),
            ]
        );
        assert_eq!(count(&document, &json!({ "type": "array", "items": schema })), 2);
    }
}
