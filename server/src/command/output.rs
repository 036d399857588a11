//! What a command prints: for people, or one JSON document for scripts.

use std::io::Write;
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
    pub fn print(self, answer: Answer) -> ExitCode {
        match answer {
            Ok(Value::Null) => ExitCode::SUCCESS,
            Ok(value) => {
                say(&mut std::io::stdout(), &if self.json { value.to_string() } else { readable(&value) });
                ExitCode::SUCCESS
            }
            Err(sentence) => {
                if self.json {
                    say(&mut std::io::stdout(), &json!({ "error": sentence }).to_string());
                }
                say(&mut std::io::stderr(), &sentence);
                ExitCode::FAILURE
            }
        }
    }
}

/// Whoever reads may have closed the pipe: that is theirs to do.
fn say(to: &mut impl Write, line: &str) {
    let _ = writeln!(to, "{line}");
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
