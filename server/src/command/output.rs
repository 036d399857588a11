//! What a command prints: for people, or one JSON document for scripts.

use std::process::ExitCode;

use serde_json::{Value, json};

/// A command's answer, or a sentence that says why there is none.
pub type Answer = Result<Value, String>;

/// Where answers go.
#[derive(Clone, Copy)]
pub struct Output {
    /// As JSON.
    pub json: bool,
}

impl Output {
    /// Prints the answer; the exit status says whether it is one.
    #[allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what commands are for")]
    pub fn print(self, answer: Answer) -> ExitCode {
        match answer {
            Ok(Value::Null) => ExitCode::SUCCESS,
            Ok(value) => {
                println!("{}", if self.json { value.to_string() } else { readable(&value) });
                ExitCode::SUCCESS
            }
            Err(sentence) => {
                if self.json {
                    println!("{}", json!({ "error": sentence }));
                }
                eprintln!("{sentence}");
                ExitCode::FAILURE
            }
        }
    }
}

/// `name: value` a line; lists item by item.
fn readable(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let line = |(name, value): (&String, &Value)| match value {
                Value::Array(_) | Value::Object(_) => {
                    format!("{name}:\n  {}", readable(value).replace('\n', "\n  "))
                }
                other => format!("{name}: {}", readable(other)),
            };
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join("\n"),
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        other => other.to_string(),
    }
}
