//! What requests have in common: token, scopes, bodies and idempotency keys.

use leptos::prelude::*;

use crate::docs::examples::with_token;

/// The access token.
pub fn token(origin: &str) -> AnyView {
    view! {
        <p>
            "Make a token in the dashboard under API tokens. It begins with " <code>"cs_"</code>
            ", and is shown once. Send it in the header " <code>"Authorization"</code>
            ". A token in the query or in a cookie is not read. Keep it on your servers: an app must not contain one."
        </p>
        {with_token(origin, "Who has this token", "/v3/me", &[])}
    }
    .into_any()
}

/// What scopes and roles allow.
pub fn scopes() -> AnyView {
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

/// Bodies and the answers to them.
pub fn bodies(origin: &str) -> AnyView {
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
        {with_token(origin, "Change a license", "/v3/licenses/LICENSE-ID", &rest)}
        <p>"Answers are JSON. The status is 200, of a creation 201 with the header " <code>"Location"</code> ", of a deletion 204 without a body."</p>
    }
    .into_any()
}

/// Repeated requests.
pub fn idempotency(origin: &str) -> AnyView {
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
        {with_token(origin, "Create a license once", "/v3/licenses", &rest)}
        <ul>
            <li>"While the first request runs, another one with its key gets 409 " <code>"IDEMPOTENCY_KEY_IN_USE"</code> "."</li>
            <li>"The key with another path or body gets 422 " <code>"IDEMPOTENCY_KEY_REUSED"</code> "."</li>
            <li>"Answers with 429, or 500 and more, are not kept: repeat the request."</li>
            <li>"Without a key, a repeated creation makes a second object."</li>
        </ul>
    }
    .into_any()
}
