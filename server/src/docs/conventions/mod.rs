//! The page about what all operations of the management API have in common (management API contract, 1).

mod answers;
mod requests;

use leptos::prelude::*;

use super::layout;

/// The sections of the page: anchor and title. The search finds them.
pub const SECTIONS: [(&str, &str); 9] = [
    ("token", "Access token"),
    ("scopes", "Scopes"),
    ("bodies", "Bodies of requests"),
    ("errors", "Errors and codes"),
    ("lists", "Lists, pages, order and search"),
    ("filters", "Filters and operators"),
    ("idempotency", "Idempotency keys for repeated requests"),
    ("times", "Times"),
    ("limits", "Rate limit and other headers"),
];

/// Returns words of a section beside its title, for the search: codes and names of headers and parameters.
pub fn terms(id: &str) -> String {
    let terms = match id {
        "token" => "Authorization Bearer COUNTERSIGN_TOKEN",
        "scopes" => "read write roles viewer support admin owner permissions",
        "bodies" => "JSON null empty PATCH",
        "errors" => return answers::error_terms(),
        "lists" => "limit page after sort search count pagination Link X-Total-Count X-Total-Count-Capped",
        "filters" => "operators eq ne in nin gt gte lt lte sw ew cn nc Warning",
        "idempotency" => "Idempotency-Key Idempotent-Replayed IDEMPOTENCY_KEY_IN_USE IDEMPOTENCY_KEY_REUSED",
        "times" => "dates UTC",
        "limits" => {
            "X-Rate-Limit-Limit X-Rate-Limit-Remaining X-Rate-Limit-Reset Retry-After X-Request-Id 429 CORS"
        }
        _ => "",
    };
    format!("{terms} management API")
}

/// Renders the page. `origin` is the address of this instance.
pub fn page(origin: &str) -> String {
    let sections = [
        requests::token(origin),
        requests::scopes(),
        requests::bodies(origin),
        answers::errors(),
        answers::lists(origin),
        answers::filters(origin),
        requests::idempotency(origin),
        answers::times(),
        answers::limits(),
    ];
    let contents: Vec<_> = SECTIONS
        .into_iter()
        .map(|(id, title)| view! { <li><a href=format!("#{id}")>{title}</a></li> })
        .collect();
    let sections: Vec<_> = SECTIONS
        .into_iter()
        .zip(sections)
        .map(|((id, title), text)| view! { <section class="operation" id=id><h2>{title}</h2> {text}</section> })
        .collect();
    let body = view! {
        <h1>"Conventions of the management API"</h1>
        <p>
            "They hold for every operation under " <code>"/v3"</code>
            " that takes an access token. The operations of apps have answers of their own."
        </p>
        <ul class="docs-operations">{contents}</ul>
        {sections}
    };
    layout::render("Conventions", "/docs/conventions", "", body.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://licenses.example.com";

    #[test]
    fn page_has_each_section_and_is_small() {
        let page = page(ORIGIN);
        for (id, title) in SECTIONS {
            assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
            assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
        }
        assert!(page.len() <= 40_000, "{}", page.len());
    }
}
