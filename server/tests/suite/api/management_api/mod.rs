//! Requests and responses of the management API (`/v3` with a bearer token).

mod accounts;
mod conventions;
mod filters;
mod idempotency;
mod logs;
mod organizations;
mod rate_limits;
mod tags;
mod tokens;
mod users;

use axum::body::Body;
use domain::permission::Role;
use domain::{Scope, ScopeSet};
use http::Request;
use serde_json::Value;
use service::api_token::{self, NewApiToken, TokenName, TokenRights};

use crate::test_app::{TestApp, TestResponse};
use test_support::Seller;

/// Creates a token with all that a role may do.
pub async fn token_of_role(app: &TestApp, seller: &Seller, role: Role) -> String {
    token(app, seller, "shop", TokenRights::Role(role)).await
}

/// Creates a token with scopes.
pub async fn token_with(app: &TestApp, seller: &Seller, scopes: &[Scope]) -> String {
    token(app, seller, "shop", TokenRights::Scopes(scopes.iter().copied().collect())).await
}

/// Creates a token with a name.
pub async fn token(app: &TestApp, seller: &Seller, name: &str, rights: TokenRights) -> String {
    let new = NewApiToken { name: TokenName::parse("name", name).unwrap(), rights, expires_at: None };
    let own = ScopeSet::of_role(Role::Owner);
    api_token::create_new(&app.service, &seller.actor, own, new).await.unwrap().token
}

/// Sends a request with a bearer token; an empty one sends none.
pub async fn call(app: &TestApp, token: &str, method: &str, uri: &str, body: &str) -> TestResponse {
    let mut request = Request::builder().method(method).uri(uri);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Reads the body of a response as JSON.
pub fn json(response: &TestResponse) -> Value {
    serde_json::from_str(&response.text).unwrap_or_else(|error| panic!("{}: {error}", response.text))
}

/// Returns status and error code.
pub fn refusal(response: &TestResponse) -> (u16, String) {
    (response.status.as_u16(), json(response)["code"].as_str().unwrap_or_default().to_owned())
}
