//! JSON with line breaks, for people.

use std::iter::repeat_n;

/// Returns a JSON text with line breaks and indentation. All else stays as it was sent: the order of properties,
/// repeated ones, numbers and escapes. A text that is no JSON, or nested deeper than 127 levels, stays as it is.
#[must_use]
pub fn indent(text: &str) -> String {
    if serde_json::from_str::<serde_json::Value>(text).is_err() {
        return text.to_owned();
    }
    let mut indented = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if in_string {
            indented.push(c);
            in_string = is_escaped || c != '"';
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        match c {
            '{' | '[' => {
                indented.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    indented.push(close);
                } else {
                    depth += 1;
                    break_line(&mut indented, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut indented, depth);
                indented.push(c);
            }
            ',' => {
                indented.push(c);
                break_line(&mut indented, depth);
            }
            ':' => indented.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => {
                in_string = c == '"';
                indented.push(c);
            }
        }
    }
    indented
}

fn break_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn order_numbers_and_escapes_stay_as_sent() {
        let sent = r#"{"z":1.0,"a":[ ],"z":{"\"{":"\u00e4,\\"}, "e":1e5}"#;
        let expected = "{\n  \"z\": 1.0,\n  \"a\": [],\n  \"z\": {\n    \"\\\"{\": \"\\u00e4,\\\\\"\n  },\n  \"e\": 1e5\n}";
        assert_eq!(indent(sent), expected);
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for text in ["", "{", "a=1&b=2", "{\"a\":1} x", &deep] {
            assert_eq!(indent(text), text);
        }
    }

    proptest! {
        #[test]
        fn sorted_json_is_indented_as_serde_json_does(value in json()) {
            let compact = value.to_string();
            let pretty = serde_json::to_string_pretty(&value).expect("JSON");
            prop_assert_eq!(indent(&compact), pretty.as_str());
            prop_assert_eq!(indent(&pretty), pretty.as_str(), "again");
        }

        #[test]
        fn indenting_never_panics(text in any::<String>()) {
            let _ = indent(&text);
        }
    }
}
