//! Examples of requests and responses.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::curl;
use super::openapi::{Operation, text};

/// Renders the request. Its button to copy is made by the script.
pub fn request(origin: &str, operation: Operation<'_>) -> AnyView {
    command(&format!("Copy the command: {}", operation.summary()), curl::command(origin, operation))
}

/// Renders a request with a token. `rest` are the options after it.
pub fn with_token(origin: &str, title: &str, path: &str, rest: &[&str]) -> AnyView {
    let address = format!("curl '{origin}{path}'");
    let parts = [&[address.as_str(), curl::AUTHORIZATION][..], rest].concat();
    command(&format!("Copy the command: {title}"), parts.join(" \\\n  "))
}

/// Renders a command with the label of its button to copy.
fn command(label: &str, command: String) -> AnyView {
    view! { <pre data-copy=label.to_owned()>{command}</pre> }.into_any()
}

/// Renders JSON.
pub fn json(value: &Value) -> AnyView {
    view! { <pre>{curl::pretty(value)}</pre> }.into_any()
}

/// Renders responses with their examples.
pub fn responses(responses: &[(&str, &Value)]) -> AnyView {
    responses_with(responses, |_| None)
}

/// Renders responses. `body` is what stands for the body of a response, in place of its examples.
pub fn responses_with(responses: &[(&str, &Value)], body: impl Fn(&Value) -> Option<AnyView>) -> AnyView {
    let items: Vec<_> =
        responses.iter().map(|(status, response)| item(status, response, body(response))).collect();
    view! { <dl class="answers">{items}</dl> }.into_any()
}

fn item(status: &str, response: &Value, body: Option<AnyView>) -> AnyView {
    let body = match body {
        Some(body) => vec![view! { <dd>{body}</dd> }.into_any()],
        None => bodies(status, response),
    };
    let meaning = with_code(&text(&response["description"]));
    view! { <div><dt><code>{status.to_owned()}</code> " " {meaning}</dt>{body}</div> }.into_any()
}

fn bodies(status: &str, response: &Value) -> Vec<AnyView> {
    let content = response["content"].as_object().into_iter().flatten();
    let named = response["content"]["application/json"]["examples"].as_object().into_iter().flatten();
    // An error is one line, because its code is the point.
    let is_success = status.starts_with('2');
    let as_text = |value: &Value| if is_success { curl::pretty(value) } else { value.to_string() };
    let examples: Vec<_> = named
        .map(|(_, example)| view! { <dd><pre>{as_text(&example["value"])}</pre></dd> }.into_any())
        .collect();
    let types: Vec<String> = content.map(|(media_type, _)| media_type.clone()).collect();
    match (examples.is_empty(), types.is_empty()) {
        (false, _) => examples,
        (true, false) => {
            vec![
                view! { <dd class="muted">"A body of the type " <code>{types.join(", ")}</code> "."</dd> }
                    .into_any(),
            ]
        }
        (true, true) => vec![view! { <dd class="muted">"No body."</dd> }.into_any()],
    }
}
