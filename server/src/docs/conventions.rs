//! The page about what all operations of the management API have in common (management API contract, 1).

use leptos::prelude::*;

use super::{examples, layout};

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

/// The operators of filters.
const OPERATORS: [(&str, &str); 12] = [
    ("eq", "is this; the operator of field=value"),
    ("ne", "is not this"),
    ("in", "is one of these, separated by commas; an empty list finds nothing"),
    ("nin", "is none of these"),
    ("gt", "is greater, or later"),
    ("gte", "is at least, or not before"),
    ("lt", "is less, or earlier"),
    ("lte", "is at most, or not after"),
    ("sw", "begins with this text"),
    ("ew", "ends with this text"),
    ("cn", "contains this text"),
    ("nc", "does not contain this text"),
];

/// The statuses of errors, their codes, and the reason.
const ERRORS: [(&str, &str, &str); 9] = [
    (
        "400",
        "VALIDATION_ERROR, INVALID_PRODUCT_ID, …",
        "A field or parameter is missing or wrong. The message names it.",
    ),
    ("401", "UNAUTHORIZED", "The token is missing, unknown, expired or revoked."),
    (
        "403",
        "FORBIDDEN",
        "The token lacks a scope, which the message names, or its role does not allow this.",
    ),
    ("404", "NOT_FOUND", "There is no such object in your account."),
    (
        "409",
        "DUPLICATE_KEY, RESOURCE_IN_USE, …",
        "The request clashes with another object. A PATCH that clashes gets 400.",
    ),
    ("413", "PAYLOAD_TOO_LARGE", "The body is too large."),
    ("422", "IDEMPOTENCY_KEY_REUSED", "The idempotency key was used for another request."),
    ("429", "RATE_LIMIT_EXCEEDED", "Too many requests. Wait as many seconds as Retry-After says."),
    ("500, 503", "SERVER_ERROR", "Our fault. The message has the request id; give it to the operator."),
];

/// Renders the page. `origin` is the address of this instance.
pub fn page(origin: &str) -> String {
    let sections = [
        token(origin),
        scopes(),
        bodies(origin),
        errors(),
        lists(origin),
        filters(origin),
        idempotency(origin),
        times(),
        limits(),
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

/// A request with a token, as a command to copy. `rest` is the path with the query, and what follows.
fn command(origin: &str, title: &str, path: &str, rest: &[&str]) -> AnyView {
    let address = format!("curl '{origin}{path}'");
    let token = "--header \"Authorization: Bearer $COUNTERSIGN_TOKEN\"";
    let parts = [&[address.as_str(), token][..], rest].concat();
    examples::command(&format!("Copy the command: {title}"), parts.join(" \\\n  "))
}

fn token(origin: &str) -> AnyView {
    view! {
        <p>
            "Make a token in the dashboard under API tokens. It begins with " <code>"cs_"</code>
            ", and is shown once. Send it in the header " <code>"Authorization"</code>
            ". A token in the query or in a cookie is not read. Keep it on your servers: an app must not contain one."
        </p>
        {command(origin, "Who has this token", "/v3/me", &[])}
    }
    .into_any()
}

fn scopes() -> AnyView {
    view! {
        <p>
            "A token may do what its scopes say. A scope is a resource with " <code>":read"</code> " or "
            <code>":write"</code> ", such as " <code>"license:read"</code>
            ". Write does not include read. Each operation names the scope that it needs."
        </p>
        <ul>
            <li>"The role viewer has every scope to read, but sees only the last four characters of license keys."</li>
            <li>"The role support also writes licenses, users, organizations, tags and trials."</li>
            <li>"The roles admin and owner have all scopes."</li>
            <li>"A token with chosen scopes has those alone. Freeing machines needs " <code>"license:write"</code> "."</li>
        </ul>
    }
    .into_any()
}

fn bodies(origin: &str) -> AnyView {
    let data = "--data '{\"notes\": \"\", \"metadata\": [{\"key\": \"order\", \"value\": \"42\"}]}'";
    let rest = ["--request PATCH", "--header 'Content-Type: application/json'", data];
    view! {
        <p>
            "A body is a JSON object of at most 64 KiB; of operations whose path ends with " <code>"/bulk"</code>
            ", 1 MiB. Names match in any case. Unknown fields are ignored."
        </p>
        <ul>
            <li>"A field that is missing or " <code>"null"</code> " is not given: PATCH leaves it as it is."</li>
            <li>"An empty text clears a text or an id; an empty list clears a list."</li>
            <li><code>"metadata"</code> " and " <code>"meterAttributes"</code> " are merged by key or name. Other lists are replaced."</li>
            <li>"Numbers and booleans are also taken as texts."</li>
        </ul>
        {command(origin, "Change a license", "/v3/licenses/LICENSE-ID", &rest)}
        <p>"Answers are JSON. The status is 200, of a creation 201 with the header " <code>"Location"</code> ", of a deletion 204 without a body."</p>
    }
    .into_any()
}

fn errors() -> AnyView {
    let rows: Vec<_> = ERRORS
        .into_iter()
        .map(|(status, codes, reason)| {
            view! { <tr><td>{status}</td><td><code>{codes}</code></td><td>{reason}</td></tr> }
        })
        .collect();
    view! {
        <p>"Every error has this body. Decide by the code; the message is for people and may change."</p>
        <pre>"{\"message\":\"The name field is required.\",\"code\":\"VALIDATION_ERROR\"}"</pre>
        <div class="table-wrapper" tabindex="0" role="region" aria-label="Errors">
            <table>
                <thead><tr><th scope="col">"Status"</th><th scope="col">"Code"</th><th scope="col">"Reason"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn lists(origin: &str) -> AnyView {
    let path = "/v3/users?search=ada+ltd&sort=-createdAt&limit=20&count=true";
    view! {
        <p>"A list is a JSON array. A page behind the last is empty."</p>
        <ul>
            <li><code>"limit"</code> " is the number of rows, from 1 to 100; without it 100."</li>
            <li><code>"page"</code> " counts from 1. " <code>"after"</code> ", the id of the last row that you have, is faster for long lists."</li>
            <li>"The header " <code>"Link"</code> " has the address of the next page while there is one."</li>
            <li><code>"sort"</code> " is a field; with " <code>"-"</code> " before it, descending. Without it: " <code>"createdAt"</code> "."</li>
            <li><code>"search"</code> " finds rows that have a word for each of its words. The beginning of a word is enough. A whole license key or id finds its row."</li>
            <li><code>"count=true"</code> " adds the header " <code>"X-Total-Count"</code> ". It counts to 10,000; beyond, " <code>"X-Total-Count-Capped"</code> " is there too."</li>
        </ul>
        {command(origin, "Search users", path, &[])}
    }
    .into_any()
}

fn filters(origin: &str) -> AnyView {
    let rows: Vec<_> = OPERATORS
        .into_iter()
        .map(|(operator, meaning)| view! { <dt><code>{operator}</code></dt><dd>{meaning}</dd> })
        .collect();
    let path = "/v3/licenses?productId=PRODUCT-ID&expiresAt[lte]=2027-01-31&key[in]=KEY-1,KEY-2";
    view! {
        <p>
            "A list takes its fields as parameters: " <code>"field=value"</code> " or " <code>"field[operator]=value"</code>
            ". All conditions must hold. Each list names its fields and their operators."
        </p>
        <dl class="fields">{rows}</dl>
        <ul>
            <li>"Texts compare in any case. A date without a time means its end after " <code>"lte"</code> " and " <code>"gt"</code> ", else its beginning."</li>
            <li>"An empty value is no condition, but for " <code>"in"</code> "."</li>
            <li><code>"metadata.key"</code> " and " <code>"metadata.value"</code> " hold for the same pair."</li>
            <li>"An unknown parameter is ignored, and named in the header " <code>"Warning"</code> ". An operator that the field lacks gets 400."</li>
            <li>"At most 1,000 values, and 32 KiB for the whole query."</li>
        </ul>
        // Brackets have a meaning of their own for curl.
        {command(origin, "Filter licenses", path, &["--globoff"])}
    }
    .into_any()
}

fn idempotency(origin: &str) -> AnyView {
    let rest = [
        "--header 'Idempotency-Key: order-42'",
        "--header 'Content-Type: application/json'",
        "--data '{\"productId\": \"PRODUCT-ID\"}'",
    ];
    view! {
        <p>
            "A connection may break before the answer arrives. Send the header " <code>"Idempotency-Key"</code>
            " with POST and PATCH, a text of 1 to 255 visible characters, and repeat the request with the same key. For 24 hours you get the first answer, with the header "
            <code>"Idempotent-Replayed"</code> ". Keys count per token."
        </p>
        {command(origin, "Create a license once", "/v3/licenses", &rest)}
        <ul>
            <li>"While the first request runs, another one with its key gets 409 " <code>"IDEMPOTENCY_KEY_IN_USE"</code> "."</li>
            <li>"The key with another path or body gets 422 " <code>"IDEMPOTENCY_KEY_REUSED"</code> "."</li>
            <li>"Answers with 429, or 500 and more, are not kept: repeat the request."</li>
            <li>"Without a key, a repeated creation makes a second object."</li>
        </ul>
    }
    .into_any()
}

fn times() -> AnyView {
    view! {
        <p>
            "Answers have times in UTC with milliseconds: " <code>"2026-05-05T08:49:17.936Z"</code>
            ". Requests may have any offset, or a date alone; without an offset a time is UTC. Years from 1970 to 9999."
        </p>
    }
    .into_any()
}

fn limits() -> AnyView {
    view! {
        <p>
            "A token may send 50 requests in 5 seconds, unless the operator sets another limit. An export or a request to "
            <code>"/bulk"</code> " counts as 10. Then the answer is 429."
        </p>
        <dl class="fields">
            <dt><code>"X-Rate-Limit-Limit"</code></dt><dd>"The period, such as " <code>"5s"</code> "."</dd>
            <dt><code>"X-Rate-Limit-Remaining"</code></dt><dd>"How many requests are left in it."</dd>
            <dt><code>"X-Rate-Limit-Reset"</code></dt><dd>"The time at which all are available again."</dd>
            <dt><code>"Retry-After"</code></dt><dd>"With 429 and 503: the seconds to wait."</dd>
            <dt><code>"X-Request-Id"</code></dt><dd>"Names the request in the operator’s log."</dd>
        </dl>
        <p>"Browsers may call the API from every origin. Do so only with tokens that the person before the screen may have."</p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::filter::Operator;

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

    #[test]
    fn every_operator_is_explained() {
        let operators = OPERATORS.map(|(operator, _)| operator);
        assert_eq!(operators.len(), Operator::ALL.len());
        for (_, word) in Operator::ALL {
            assert!(operators.contains(&word), "{word}");
        }
    }
}
