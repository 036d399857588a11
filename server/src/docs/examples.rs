//! Examples of requests and responses.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::curl;
use super::openapi::{Operation, text};

/// Renders the request. Its button to copy is made by the script.
pub fn request(origin: &str, operation: Operation<'_>) -> impl IntoView + use<> {
    let label = format!("Copy the command: {}", operation.summary());
    view! { <pre data-copy=label>{curl::command(origin, operation)}</pre> }
}

/// Renders responses with their examples.
pub fn responses(responses: &[(&str, &Value)]) -> impl IntoView + use<> {
    let items: Vec<_> = responses.iter().map(|(status, response)| response_item(status, response)).collect();
    view! { <dl class="answers">{items}</dl> }
}

fn response_item(status: &str, response: &Value) -> impl IntoView + use<> {
    let named = response["content"]["application/json"]["examples"].as_object().into_iter().flatten();
    // An error is one line, because its code is the point.
    let is_success = status.starts_with('2');
    let as_text = |value: &Value| if is_success { curl::pretty(value) } else { value.to_string() };
    let examples: Vec<_> =
        named.map(|(_, example)| view! { <dd><pre>{as_text(&example["value"])}</pre></dd> }).collect();
    let empty = examples.is_empty().then(|| view! { <dd class="muted">"No body."</dd> });
    let meaning = with_code(&text(&response["description"]));
    view! { <div><dt><code>{status.to_owned()}</code> " " {meaning}</dt>{examples}{empty}</div> }
}
