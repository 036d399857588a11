//! The entrance of the documentation: how to begin, and all operations by group.

use leptos::prelude::*;

use super::code_spans::with_code;
use super::openapi::{Group, document, groups, text};
use super::{examples, layout};

/// The operation that the first request of an app shows.
const FIRST_OPERATION: &str = "verify";

/// Renders the page. `origin` is the address of this instance.
pub fn page(origin: &str) -> String {
    let groups = groups(document());
    let sections: Vec<_> = groups.iter().map(section).collect();
    let body = view! {
        <h1>"API reference"</h1>
        <p>{with_code(&text(&document()["info"]["description"]))}</p>
        <p>
            "This server is at " <code>{origin.to_owned()}</code> ". "
            <a href="/openapi.json">"openapi.json"</a> " (OpenAPI 3.1) is for code generators and API clients."
        </p>
        {apps(origin, &groups)}
        {systems(origin)}
        <h2>"All operations"</h2>
        {sections}
    };
    layout::render("API reference", "/docs", "", body.into_any())
}

/// The half of the API that apps call.
fn apps(origin: &str, groups: &[Group<'_>]) -> AnyView {
    let all = groups.iter().flat_map(|group| &group.operations);
    let first = all.copied().find(|operation| operation.id() == FIRST_OPERATION);
    let command = first.map(|operation| examples::request(origin, operation));
    view! {
        <section class="operation">
            <h2>"Apps"</h2>
            <p>
                "An app on a customer’s server or machine sends the license key and needs no token. Web software uses the "
                <a href="/docs/domain-api">"Domain API"</a> ", desktop software the "
                <a href="/docs/machine-api">"Machine API"</a>
                ". The answers of the latter are signed; " <a href="/docs/tokens">"Tokens and files"</a>
                " tells how an app verifies them."
            </p>
            {command}
        </section>
    }
    .into_any()
}

/// The half of the API that a seller's systems call.
fn systems(origin: &str) -> AnyView {
    view! {
        <section class="operation">
            <h2>"Your systems"</h2>
            <p>
                "A shop or another system of the seller makes, finds and changes licenses under "
                <code>"/v3"</code> " with an access token. Make one in the dashboard under API tokens, and set it as "
                <code>"COUNTERSIGN_TOKEN"</code> ". Read the " <a href="/docs/conventions">"conventions"</a>
                " first: they hold for every operation."
            </p>
            {examples::with_token(origin, "List licenses", "/v3/licenses?limit=10", &[])}
        </section>
    }
    .into_any()
}

/// A group with its operations. Their ids are the anchors of links to the former page of all operations.
fn section(group: &Group<'_>) -> AnyView {
    let path = group.path();
    let operations: Vec<_> = group
        .operations
        .iter()
        .map(|operation| {
            let id = operation.id();
            let href = format!("{path}#{id}");
            view! { <li id=id><a href=href>{operation.summary()}</a></li> }
        })
        .collect();
    view! {
        <section class="docs-group">
            <h3 id=group.anchor()><a href=path>{group.name.to_owned()}</a></h3>
            <p>{with_code(group.description)}</p>
            <ul class="docs-operations">{operations}</ul>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::openapi::Operation;

    const ORIGIN: &str = "https://licenses.example.com";

    #[test]
    fn former_anchors_lead_to_the_page_of_the_group() {
        let page = page(ORIGIN);
        for group in groups(document()) {
            for id in group.operations.iter().map(Operation::id) {
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
                assert!(page.contains(&format!("href=\"{}#{id}\"", group.path())), "{id}");
            }
            assert!(page.contains(&format!(" id=\"{}\"", group.anchor())), "{}", group.name);
        }
    }

    #[test]
    fn page_is_small_and_shows_a_request_of_each_half() {
        let page = page(ORIGIN);
        assert!(page.len() <= 40_000, "{}", page.len());
        assert!(!page.contains('`'));
        for text in
            ["https://licenses.example.com/verify?", "https://licenses.example.com/v3/licenses?limit=10"]
        {
            assert!(page.contains(text), "{text}");
        }
    }
}
