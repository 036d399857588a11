//! The page of a group: its operations, and what they have in common.

use leptos::prelude::*;
use serde_json::Value;

use super::code_spans::with_code;
use super::common::Common;
use super::filters::Row;
use super::objects::Objects;
use super::openapi::{Group, Operation, text};
use super::{examples, fields, filters, layout};

/// What the articles of a page share.
struct Page<'a> {
    document: &'a Value,
    origin: &'a str,
    common: Common<'a>,
    objects: Objects<'a>,
}

/// Renders the page. `origin` is the address of this instance.
pub fn page(document: &Value, origin: &str, group: &Group<'_>) -> String {
    let page = Page {
        document,
        origin,
        common: Common::of(group),
        objects: Objects::of(document, &group.operations),
    };
    // Lists and exports have the same filters.
    let mut lists: Vec<(Vec<Row>, String, String)> = Vec::new();
    let mut articles = Vec::new();
    for operation in &group.operations {
        let rows = filters::rows(document, *operation);
        let earlier = lists.iter().find(|(earlier, ..)| *earlier == rows);
        let same_as = earlier.map(|(_, title, id)| (title.clone(), id.clone()));
        if same_as.is_none() {
            lists.push((rows.clone(), operation.summary(), operation.id()));
        }
        articles.push(page.article(*operation, filters::render(&rows, same_as)));
    }
    let body = view! {
        <h1>{group.name.to_owned()}</h1>
        <p>{with_code(group.description)}</p>
        {articles}
        {page.objects.articles()}
        {page.common.article()}
    };
    layout::render(group.name, &group.path(), "", body.into_any())
}

impl Page<'_> {
    fn article(&self, operation: Operation<'_>, filters: Option<AnyView>) -> AnyView {
        let (id, summary) = (operation.id(), operation.summary());
        let own: Vec<_> =
            operation.responses().filter(|(status, response)| !self.common.has(status, response)).collect();
        let description = text(&operation.value["description"]);
        let description = (!description.is_empty()).then(|| view! { <p>{with_code(&description)}</p> });
        // An object that is described below is not described with each operation.
        let success = operation.success().filter(|response| !self.objects.has(response));
        let outputs = success.and_then(|response| fields::outputs(self.document, response));
        view! {
            <article class="operation" id=id.clone()>
                <h2><a href=format!("#{id}")>{summary}</a></h2>
                <p><code><strong>{operation.method.to_uppercase()}</strong> " " {operation.path.to_owned()}</code></p>
                {access(operation)}
                {description}
                {fields::inputs(self.document, operation)}
                {filters}
                <h3>"Request"</h3>
                {examples::request(self.origin, operation)}
                <h3>"Answers"</h3>
                {examples::responses_with(&own, |response| self.objects.link(response))}
                {self.common.link(operation)}
                {outputs}
            </article>
        }
        .into_any()
    }
}

/// Renders what the access token needs.
fn access(operation: Operation<'_>) -> Option<AnyView> {
    if !operation.has_bearer() {
        return None;
    }
    let scope = operation.scope().map(|scope| view! { " with the scope " <code>{scope.to_owned()}</code> });
    let text = view! {
        <p><a class="tag" href="/docs/conventions#token">"Access token"</a> {scope}</p>
    };
    Some(text.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::openapi::{document, groups};

    const ORIGIN: &str = "https://licenses.example.com";
    /// The page of a group. Those with many operations have a limit of their own.
    const MAX_BYTES: usize = 100_000;
    const MAX_BYTES_OF_SMALL: usize = 40_000;
    const MANY_OPERATIONS: usize = 12;

    fn pages() -> Vec<(Group<'static>, String)> {
        let groups = groups(document()).into_iter();
        groups
            .map(|group| {
                let page = page(document(), ORIGIN, &group);
                (group, page)
            })
            .collect()
    }

    #[test]
    fn page_has_no_back_ticks_and_no_prefix_of_schemas() {
        let schemas = document()["components"]["schemas"].as_object().expect("schemas");
        for (group, page) in pages() {
            assert!(!page.contains('`'), "{}", group.name);
            for name in schemas.keys().filter(|name| name.starts_with("v3.")) {
                assert!(!page.contains(name), "{}: {name}", group.name);
            }
        }
    }

    #[test]
    fn every_operation_is_listed_and_has_a_command_for_this_instance() {
        for (group, page) in pages() {
            for operation in &group.operations {
                let id = operation.id();
                assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
                // Two lists, and the heading. A list of filters may lead to it too.
                assert!(page.matches(&format!("href=\"#{id}\"")).count() >= 3, "{id}");
            }
            let commands = page.matches("curl &#x27;https://licenses.example.com/").count()
                + page.matches("curl 'https://licenses.example.com/").count();
            assert_eq!(commands, group.operations.len(), "{}", group.name);
        }
    }

    #[test]
    fn pages_are_small() {
        for (group, page) in pages() {
            let is_small = group.operations.len() < MANY_OPERATIONS;
            let limit = if is_small { MAX_BYTES_OF_SMALL } else { MAX_BYTES };
            assert!(page.len() <= limit, "{}: {}", group.name, page.len());
        }
    }

    #[test]
    fn answers_of_every_operation_are_stated_once() {
        let count = |name: &str, code: &str| {
            let pages = pages();
            let (_, page) = pages.iter().find(|(group, _)| group.name == name).expect("the group");
            page.matches(code).count()
        };
        assert_eq!(count("Machine API", "REQUEST_TIMEOUT"), 1);
        assert_eq!(count("Domain API", "request_timeout"), 1);
        // `/verify` has its own.
        assert_eq!(count("Domain API", "rate_limit_exceeded"), 2);
    }

    #[test]
    fn links_inside_of_a_page_have_a_target() {
        for (group, page) in pages() {
            for link in page.split("href=\"#").skip(1) {
                let id = link.split('"').next().unwrap_or_default();
                assert!(page.contains(&format!("id=\"{id}\"")), "{}: {id}", group.name);
            }
        }
    }

    #[test]
    fn scopes_are_shown() {
        for (group, page) in pages() {
            for scope in group.operations.iter().filter_map(Operation::scope) {
                assert!(page.contains(&format!("<code>{scope}</code>")), "{}: {scope}", group.name);
            }
        }
    }
}
