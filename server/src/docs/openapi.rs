//! Access to the OpenAPI document as JSON.

use std::sync::LazyLock;

use serde_json::Value;

use crate::api::openapi;

/// The methods in the order of the pages. Other members of a Path Item Object are no operations.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// The prefix of the management API's schemas, which readers do not see.
const SCHEMA_PREFIX: &str = "v3.";

/// A tag of the document with its operations. Each has a page.
pub struct Group<'a> {
    /// The name.
    pub name: &'a str,
    /// What its operations are for.
    pub description: &'a str,
    /// The operations, by path.
    pub operations: Vec<Operation<'a>>,
}

impl Group<'_> {
    /// Returns the last part of the page's path: `domain-api`.
    pub fn anchor(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }

    /// Returns the path of the page.
    pub fn path(&self) -> String {
        format!("/docs/{}", self.anchor())
    }
}

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

impl<'a> Operation<'a> {
    /// Returns the operation id, which is also the anchor of the operation in its page.
    pub fn id(&self) -> String {
        text(&self.value["operationId"])
    }

    /// Returns the title.
    pub fn summary(&self) -> String {
        text(&self.value["summary"])
    }

    /// Returns whether the operation requires an access token.
    pub fn has_bearer(&self) -> bool {
        list(&self.value["security"]).iter().any(|requirement| requirement.get("bearer").is_some())
    }

    /// Returns the scope that the token needs, if the document names one.
    pub fn scope(&self) -> Option<&'a str> {
        let value = self.value;
        list(&value["security"]).iter().find_map(|requirement| requirement["bearer"][0].as_str())
    }

    /// Returns the parameters.
    pub fn parameters(&self) -> &'a [Value] {
        let value = self.value;
        list(&value["parameters"])
    }

    /// Returns the body of the request as a Media Type Object, or null.
    pub fn body(&self) -> &'a Value {
        let value = self.value;
        &value["requestBody"]["content"]["application/json"]
    }

    /// Returns the responses, by status.
    pub fn responses(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let value = self.value;
        value["responses"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(status, response)| (status.as_str(), response))
    }

    /// Returns the first response of a success.
    pub fn success(&self) -> Option<&'a Value> {
        self.responses().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response)
    }
}

/// Returns the document of this build.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(openapi::document()).unwrap_or_default());
    &DOCUMENT
}

/// Returns the groups that have operations, in the document's order.
pub fn groups(document: &Value) -> Vec<Group<'_>> {
    list(&document["tags"])
        .iter()
        .map(|tag| {
            let (name, description) = (str_of(&tag["name"]), str_of(&tag["description"]));
            Group { name, description, operations: operations(document, name) }
        })
        .filter(|group| !group.operations.is_empty())
        .collect()
}

/// Returns the operations of a tag, by path and method.
fn operations<'a>(document: &'a Value, tag: &str) -> Vec<Operation<'a>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let of_method =
            move |method: &'static str| item.get(method).map(|value| Operation { method, path, value });
        METHODS.into_iter().filter_map(of_method)
    });
    all.filter(|operation| operation.value["tags"][0] == tag).collect()
}

/// Returns the named schema that a reference stands for, or the schema itself.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
    target.and_then(|path| document.pointer(path)).unwrap_or(schema)
}

/// Returns the name of the schema that a reference stands for, as readers know it.
pub fn schema_name(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap_or_default();
    name.strip_prefix(SCHEMA_PREFIX).unwrap_or(name)
}

/// Returns a text, or an empty one.
pub fn text(value: &Value) -> String {
    str_of(value).to_owned()
}

/// Returns a text, or an empty one.
pub fn str_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Returns the elements of a list.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_is_in_one_group_and_each_group_has_a_page_of_its_own() {
        let groups = groups(document());
        let ids: Vec<String> =
            groups.iter().flat_map(|group| group.operations.iter().map(Operation::id)).collect();
        let paths = document()["paths"].as_object().expect("paths");
        let sizes = paths.values().map(|item| item.as_object().map_or(0, serde_json::Map::len));
        assert_eq!(ids.len(), sizes.sum::<usize>());
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let anchors: BTreeSet<String> = groups.iter().map(Group::anchor).collect();
        assert_eq!(anchors.len(), groups.len());
        assert!(["tokens", "conventions", "search"].iter().all(|page| !anchors.contains(*page)));
    }

    #[test]
    fn prefix_of_schemas_is_hidden() {
        assert_eq!(schema_name("#/components/schemas/v3.Tag"), "Tag");
        assert_eq!(schema_name("#/components/schemas/License"), "License");
    }

    #[test]
    fn scope_is_read_from_the_security_requirement() {
        let of = |security: &Value| {
            let value = serde_json::json!({ "security": security });
            let operation = Operation { method: "get", path: "/", value: &value };
            (operation.has_bearer(), operation.scope().map(ToOwned::to_owned))
        };
        assert_eq!(of(&Value::Null), (false, None));
        assert_eq!(of(&serde_json::json!([{ "bearer": [] }])), (true, None));
        assert_eq!(of(&serde_json::json!([{ "bearer": ["tag:read"] }])), (true, Some("tag:read".to_owned())));
    }
}
