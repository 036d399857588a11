//! Output of commands: text for people, or one JSON document for scripts.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

/// The result of a command, or a sentence with the reason of its failure.
pub type CommandResult = Result<Value, String>;

/// The output format of a command.
#[derive(Clone, Copy)]
pub struct Output {
    /// Print JSON.
    pub json: bool,
}

impl Output {
    /// Prints the result and returns the exit status.
    pub fn print(self, result: CommandResult) -> ExitCode {
        match result {
            Ok(Value::Null) => ExitCode::SUCCESS,
            Ok(value) => {
                write_line(
                    &mut std::io::stdout(),
                    &if self.json { value.to_string() } else { to_text(&value) },
                );
                ExitCode::SUCCESS
            }
            Err(sentence) => {
                if self.json {
                    write_line(&mut std::io::stdout(), &json!({ "error": sentence }).to_string());
                }
                write_line(&mut std::io::stderr(), &sentence);
                ExitCode::FAILURE
            }
        }
    }

    /// Prints a report as text, or its document with `--json`.
    pub fn print_report(self, text: &str, document: &Value) {
        let line = if self.json { document.to_string() } else { text.to_owned() };
        write_line(&mut std::io::stdout(), &line);
    }
}

/// Ignores a closed pipe: the reader may stop early.
fn write_line(writer: &mut impl Write, line: &str) {
    let _ = writeln!(writer, "{line}");
}

/// Formats `name: value` per line, and lists item by item.
fn to_text(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let line = |(name, value): (&String, &Value)| match value {
                Value::Array(_) | Value::Object(_) => {
                    format!("{name}:\n  {}", to_text(value).replace('\n', "\n  "))
                }
                other => format!("{name}: {}", to_text(other)),
            };
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Value::Array(items) => items.iter().map(to_text).collect::<Vec<_>>().join("\n"),
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        other => other.to_string(),
    }
}
