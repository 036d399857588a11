//! What answers have in common: errors, lists with their filters, times and headers.

use leptos::prelude::*;

use crate::docs::examples::with_token;

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

/// Returns the statuses and codes of errors, for the search.
pub fn error_terms() -> String {
    ERRORS.map(|(status, codes, _)| format!("{status} {codes}")).join(" ")
}

/// The body of errors, and the statuses.
pub fn errors() -> AnyView {
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

/// Pages, order, search and count of lists.
pub fn lists(origin: &str) -> AnyView {
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
        {with_token(origin, "Search users", path, &[])}
    }
    .into_any()
}

/// Filters and their operators.
pub fn filters(origin: &str) -> AnyView {
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
        {with_token(origin, "Filter licenses", path, &["--globoff"])}
    }
    .into_any()
}

/// The format of times.
pub fn times() -> AnyView {
    view! {
        <p>
            "Answers have times in UTC with milliseconds: " <code>"2026-05-05T08:49:17.936Z"</code>
            ". Requests may have any offset, or a date alone; without an offset a time is UTC. Years from 1970 to 9999."
        </p>
    }
    .into_any()
}

/// The rate limit, and headers of every answer.
pub fn limits() -> AnyView {
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

    #[test]
    fn every_operator_is_explained() {
        let operators = OPERATORS.map(|(operator, _)| operator);
        assert_eq!(operators.len(), Operator::ALL.len());
        for (_, word) in Operator::ALL {
            assert!(operators.contains(&word), "{word}");
        }
    }
}
