//! Settings as names and texts, for the operator's page.

use serde_json::Value;

/// Returns the settings of a document. The name of a group precedes the names of its settings.
pub fn named_values(document: &Value) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    add(&mut settings, "", document);
    settings
}

fn add(settings: &mut Vec<(String, String)>, name: &str, value: &Value) {
    let text = match value {
        Value::Object(values) => {
            for (inner, value) in values {
                let name = if name.is_empty() { inner.clone() } else { format!("{name}.{inner}") };
                add(settings, &name, value);
            }
            return;
        }
        Value::Array(values) => {
            let texts =
                values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join(", ")
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    settings.push((name.to_owned(), if text.is_empty() { "not set".to_owned() } else { text }));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_and_lists_are_texts() {
        let document = json!({
            "a": null, "b": [], "c": ["10.0.0.0/8", "::1/128"], "d": { "e": 5, "f": "on" }, "g": "x",
        });
        let values = named_values(&document);
        let expected = [
            ("a", "not set"),
            ("b", "not set"),
            ("c", "10.0.0.0/8, ::1/128"),
            ("d.e", "5"),
            ("d.f", "on"),
            ("g", "x"),
        ];
        assert!(values.iter().map(|(name, text)| (name.as_str(), text.as_str())).eq(expected), "{values:?}");
    }
}
