//! The API reference: the OpenAPI document as HTML.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::openapi::{Operation, common_responses, list, operations, text};
use super::{examples, fields, layout};
use crate::api::openapi;

/// Renders the page. `origin` is the address of this instance.
pub fn page(origin: &str) -> String {
    let document: Value = serde_json::from_str(openapi::document()).unwrap_or_default();
    let tags = list(&document["tags"]).iter().map(|tag| section(&document, tag, origin)).collect::<Vec<_>>();
    let body = view! {
        <div class="docs">
            <nav class="docs-list" aria-label="Operations">{operation_list(&document)}</nav>
            <div class="docs-text">
                <h1>"API reference"</h1>
                <p>{with_code(&text(&document["info"]["description"]))}</p>
                <p>
                    "This server is at " <code>{origin.to_owned()}</code> ". "
                    <a href="/openapi.json">"openapi.json"</a>
                    " (OpenAPI 3.1) is for code generators and API clients. "
                    <a href="/docs/tokens">"Tokens and files"</a> " tells how an app verifies a token."
                </p>
                <nav class="docs-list-narrow" aria-label="Operations">
                    <details id="operations"><summary>"Operations"</summary> {operation_list(&document)}</details>
                </nav>
                {tags}
            </div>
        </div>
    };
    layout::render("API reference", body.into_any())
}

/// The links to all operations, by tag.
fn operation_list(document: &Value) -> impl IntoView + use<> {
    let group = |tag: &Value| {
        let name = text(&tag["name"]);
        let links: Vec<_> = operations(document, &name)
            .into_iter()
            .map(|operation| {
                let href = format!("#{}", operation.id());
                view! { <li><a href=href>{operation.summary()}</a></li> }
            })
            .collect();
        view! { <li><a href=format!("#{}", anchor(&name))>{name.clone()}</a> <ul>{links}</ul></li> }
    };
    view! { <ul>{list(&document["tags"]).iter().map(group).collect::<Vec<_>>()}</ul> }
}

/// Returns the anchor of a tag: `domain-api`.
fn anchor(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}

fn section(document: &Value, tag: &Value, origin: &str) -> impl IntoView + use<> {
    let name = text(&tag["name"]);
    let operations = operations(document, &name);
    let common = common_responses(&operations);
    let articles: Vec<_> =
        operations.iter().map(|operation| article(document, *operation, &common, origin)).collect();
    let common = (!common.is_empty()).then(|| {
        let id = format!("{}-answers", anchor(&name));
        view! {
            <article class="operation" id=id>
                <h3>"Answers of every operation"</h3>
                <p>"Statuses 408 and 413 answer only a request with a body."</p>
                {examples::responses(&common)}
            </article>
        }
    });
    view! {
        <section>
            <h2 id=anchor(&name)>{name.clone()}</h2>
            <p class="muted">{with_code(&text(&tag["description"]))}</p>
            {articles}
            {common}
        </section>
    }
}

fn article(
    document: &Value,
    operation: Operation<'_>,
    common: &[(&str, &Value)],
    origin: &str,
) -> impl IntoView + use<> {
    let (id, summary) = (operation.id(), operation.summary());
    let bearer = operation.has_bearer().then(|| {
        view! {
            <p>
                <span class="tag">"API token"</span>
                " Make one under Settings, and set it as " <code>"COUNTERSIGN_TOKEN"</code> "."
            </p>
        }
    });
    let own: Vec<_> = operation.responses().filter(|response| !common.contains(response)).collect();
    view! {
        <article class="operation" id=id.clone()>
            <h3><a href=format!("#{id}")>{summary}</a></h3>
            <p><code><strong>{operation.method.to_uppercase()}</strong> " " {operation.path.to_owned()}</code></p>
            {bearer}
            <p>{with_code(&text(&operation.value["description"]))}</p>
            {fields::inputs(document, operation)}
            <h4>"Request"</h4>
            {examples::request(origin, operation)}
            <h4>"Answers"</h4>
            {examples::responses(&own)}
            {fields::outputs(document, operation)}
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://licenses.example.com";

    #[test]
    fn page_has_no_back_ticks() {
        assert!(!page(ORIGIN).contains('`'));
    }

    #[test]
    fn every_operation_is_listed_and_has_a_command_for_this_instance() {
        let page = page(ORIGIN);
        let document: Value = serde_json::from_str(openapi::document()).expect("JSON");
        for tag in list(&document["tags"]) {
            for operation in operations(&document, &text(&tag["name"])) {
                let id = operation.id();
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
                // Two lists, and the heading.
                assert_eq!(page.matches(&format!("href=\"#{id}\"")).count(), 3, "{id}");
            }
        }
        assert_eq!(
            page.matches("curl &#x27;https://licenses.example.com/").count()
                + page.matches("curl 'https://licenses.example.com/").count(),
            17
        );
    }

    #[test]
    fn page_is_small() {
        assert!(page(ORIGIN).len() < 40_000, "{}", page(ORIGIN).len());
    }

    #[test]
    fn answers_of_every_operation_are_stated_once() {
        let page = page(ORIGIN);
        assert_eq!(page.matches("REQUEST_TIMEOUT").count(), 1);
        // `/verify` has its own.
        assert_eq!(page.matches("rate_limit_exceeded").count(), 2);
    }
}
