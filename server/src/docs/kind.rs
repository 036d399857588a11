//! The kinds of fields, in words.

use serde_json::Value;

use super::openapi::{list, resolve, schema_name, str_of};

/// Returns the kind of a field with its limits: `integer from 1 to 100, default 100`.
pub fn type_name(document: &Value, schema: &Value) -> String {
    format!("{}{}", base_name(document, schema), limits(schema))
}

/// Returns the values of an enumeration, or nothing.
pub fn words(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolve(document, schema);
    if let Some(items) = schema.get("items") {
        return words(document, items);
    }
    let alternatives = list(&schema["oneOf"]).iter().find(|part| part["type"] != "null");
    match alternatives {
        Some(part) => words(document, part),
        None => list(&schema["enum"]).iter().filter(|word| !word.is_null()).map(plain).collect(),
    }
}

/// Returns a text as it is, and another value as JSON.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn base_name(document: &Value, schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = resolve(document, schema);
        let is_simple =
            target.get("enum").is_some() || target["type"].is_string() && target["type"] != "object";
        return if is_simple { base_name(document, target) } else { schema_name(reference).to_owned() };
    }
    match &schema["type"] {
        Value::String(name) => of_type(document, name, schema),
        Value::Array(names) => {
            let name = names.iter().map(str_of).find(|name| *name != "null").unwrap_or_default();
            of_type(document, name, schema)
        }
        _ => alternatives(document, schema),
    }
}

fn of_type(document: &Value, name: &str, schema: &Value) -> String {
    match (name, str_of(&schema["format"])) {
        ("array", _) => format!("list of {}", base_name(document, &schema["items"])),
        ("string", "uuid") => "UUID".to_owned(),
        ("string", "date-time") => "time".to_owned(),
        _ => name.to_owned(),
    }
}

fn alternatives(document: &Value, schema: &Value) -> String {
    let parts = list(&schema["oneOf"]).iter().chain(list(&schema["anyOf"])).chain(list(&schema["allOf"]));
    let mut names: Vec<String> =
        parts.filter(|part| part["type"] != "null").map(|part| base_name(document, part)).collect();
    names.dedup();
    names.join(" or ")
}

fn limits(schema: &Value) -> String {
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Number(min), Value::Number(max)) => format!(" from {min} to {max}"),
        _ => String::new(),
    };
    let default = schema.get("default").map(|value| format!(", default {}", plain(value)));
    format!("{range}{}", default.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_words() {
        let document = json!({ "components": { "schemas": {
            "v3.Kind": { "type": "string", "enum": ["a", "b"] },
            "v3.Tag": { "type": "object" },
        } } });
        let of = |schema: Value| type_name(&document, &schema);
        let tag = json!({ "$ref": "#/components/schemas/v3.Tag" });
        let kind = json!({ "$ref": "#/components/schemas/v3.Kind" });
        assert_eq!(of(json!({ "type": "string", "format": "uuid" })), "UUID");
        assert_eq!(of(json!({ "type": ["string", "null"], "format": "date-time" })), "time");
        assert_eq!(of(json!({ "type": "array", "items": tag })), "list of Tag");
        assert_eq!(of(json!({ "oneOf": [{ "type": "null" }, tag] })), "Tag");
        assert_eq!(of(kind.clone()), "string");
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 100 });
        assert_eq!(of(limit), "integer from 1 to 100, default 100");
        assert_eq!(words(&document, &json!({ "type": "array", "items": kind })), ["a", "b"]);
        assert!(words(&document, &tag).is_empty());
    }
}
