//! The objects that several operations of a group answer. A page describes each once.

use leptos::prelude::*;
use serde_json::Value;

use super::openapi::{Operation, schema_name};
use super::{examples, fields};

/// An object with fewer fields is described with each operation.
const MIN_FIELDS: usize = 5;

/// The schema of a response's body, if it has a name.
struct Body<'a> {
    schema: &'a Value,
    reference: &'a str,
    is_list: bool,
}

impl<'a> Body<'a> {
    fn of(response: &'a Value) -> Option<Self> {
        let schema = &response["content"]["application/json"]["schema"];
        let (schema, is_list) =
            if schema["type"] == "array" { (&schema["items"], true) } else { (schema, false) };
        Some(Self { schema, reference: schema["$ref"].as_str()?, is_list })
    }
}

/// The objects of a group.
pub struct Objects<'a> {
    document: &'a Value,
    objects: Vec<Object<'a>>,
}

struct Object<'a> {
    schema: &'a Value,
    reference: &'a str,
    example: Option<&'a Value>,
}

impl<'a> Objects<'a> {
    /// Finds the objects with several fields that at least two operations answer.
    pub fn of(document: &'a Value, operations: &[Operation<'a>]) -> Self {
        let mut objects: Vec<Object<'a>> = Vec::new();
        let answers: Vec<(&'a Value, Body<'a>)> = operations
            .iter()
            .filter_map(Operation::success)
            .filter_map(|response| Some((response, Body::of(response)?)))
            .collect();
        for (_, body) in &answers {
            let of_same: Vec<_> =
                answers.iter().filter(|(_, other)| other.reference == body.reference).collect();
            let is_known = objects.iter().any(|object| object.reference == body.reference);
            if is_known || of_same.len() < 2 || fields::count(document, body.schema) < MIN_FIELDS {
                continue;
            }
            let example = of_same.iter().find_map(|(response, body)| example_of(response, body.is_list));
            objects.push(Object { schema: body.schema, reference: body.reference, example });
        }
        Self { document, objects }
    }

    /// Returns whether the body of the response is described here.
    pub fn has(&self, response: &Value) -> bool {
        Body::of(response).is_some_and(|body| self.find(body.reference).is_some())
    }

    /// Renders a link to the object that the response has as its body.
    pub fn link(&self, response: &Value) -> Option<AnyView> {
        let body = Body::of(response)?;
        let object = self.find(body.reference)?;
        let (name, before) = (schema_name(object.reference), if body.is_list { "A list of " } else { "" });
        let link = view! { {before} <a href=format!("#{}", anchor(name))><code>{name.to_owned()}</code></a> };
        Some(link.into_any())
    }

    /// Renders the objects.
    pub fn articles(&self) -> Vec<AnyView> {
        self.objects.iter().map(|object| self.article(object)).collect()
    }

    fn find(&self, reference: &str) -> Option<&Object<'a>> {
        self.objects.iter().find(|object| object.reference == reference)
    }

    fn article(&self, object: &Object<'_>) -> AnyView {
        let name = schema_name(object.reference);
        let example = object.example.map(|example| {
            view! { <h3>"Example"</h3> {examples::json(example)} }
        });
        view! {
            <article class="operation" id=anchor(name)>
                <h2>"Object " <code>{name.to_owned()}</code></h2>
                {fields::of_answer("Fields", self.document, object.schema)}
                {example}
            </article>
        }
        .into_any()
    }
}

/// Returns the anchor of an object. Operation ids have no hyphen.
fn anchor(name: &str) -> String {
    format!("object-{name}")
}

/// Returns the object of the first example: the body, or the first row of a list.
fn example_of(response: &Value, is_list: bool) -> Option<&Value> {
    let examples = response["content"]["application/json"]["examples"].as_object()?;
    let value = &examples.values().next()?["value"];
    let example = if is_list { value.get(0)? } else { value };
    example.is_object().then_some(example)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn object_of_two_operations_is_shared_and_its_fields_are_those_of_one_row() {
        let property = json!({ "type": "string" });
        let document = json!({ "components": { "schemas": { "v3.Tag": { "properties": {
            "id": property, "name": property, "description": property, "createdAt": property, "updatedAt": property,
        } } } } });
        let reference = json!({ "$ref": "#/components/schemas/v3.Tag" });
        let answer = |schema: Value, example: Value| {
            json!({ "responses": { "200": { "description": "", "content": { "application/json": {
                "schema": schema, "examples": { "success": { "value": example } },
            } } } } })
        };
        let one = answer(reference.clone(), json!({ "name": "vip" }));
        let rows = answer(json!({ "type": "array", "items": reference }), json!([{ "name": "beta" }]));
        let of = |value| Operation { method: "get", path: "/v3/tags", value };
        let objects = Objects::of(&document, &[of(&rows), of(&one)]);
        let link = objects.link(of(&rows).success().expect("200")).expect("a link").to_html();
        assert!(link.contains("A list of") && link.contains("#object-Tag"), "{link}");
        let article = objects.articles().pop().expect("an object").to_html();
        assert!(article.contains("createdAt") && article.contains("beta"), "{article}");
        assert!(Objects::of(&document, &[of(&one)]).articles().is_empty());
    }
}
