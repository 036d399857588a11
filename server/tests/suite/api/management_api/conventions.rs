//! Conventions of all routes: authentication, bodies, statuses and headers.

use axum::body::Body;
use domain::Scope;
use domain::permission::Role;
use http::Request;

use super::{call, json, refusal, token_of_role, token_with};
use crate::test_app::TestApp;
use test_support::{TestDatabase, on_both_databases, seller};

on_both_databases! {
    async fn a_missing_or_wrong_token_is_401_and_a_missing_scope_403(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        for wrong in ["", "x", "cs_", "cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "cs_access_AAAA"] {
            let refused = call(&app, wrong, "GET", "/v3/me", "").await;
            assert_eq!(refusal(&refused), (401, "UNAUTHORIZED".to_owned()), "{wrong}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
        }
        let token = token_with(&app, &ada, &[Scope::LICENSE_READ]).await;
        let refused = call(&app, &token, "GET", "/v3/roles", "").await;
        assert_eq!(refusal(&refused), (403, "FORBIDDEN".to_owned()));
        assert!(refused.text.contains("role:read"), "{}", refused.text);
        assert_eq!(call(&app, &token, "GET", "/v3/me", "").await.status, 200, "needs no scope");
        let lower = Request::get("/v3/me").header("authorization", format!("bearer {token}"));
        assert_eq!(app.send(lower.body(Body::empty()).unwrap()).await.status, 200);
        let in_query = app.get(&format!("/v3/me?access_token={token}")).await;
        assert_eq!(in_query.status, 401, "a token in the query is never read");
    }

    async fn tokens_of_roles_have_the_scopes_of_the_role(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        for (role, may_write) in [(Role::Owner, true), (Role::Admin, true), (Role::Support, false), (Role::Viewer, false)] {
            let token = token_of_role(&app, &ada, role).await;
            assert_eq!(call(&app, &token, "GET", "/v3/roles", "").await.status, 200, "{role}");
            let body = r#"{"name":"a","scopes":["license:read"]}"#;
            let made = call(&app, &token, "POST", "/v3/personal-access-tokens", body).await;
            assert_eq!(made.status == 201, may_write, "{role}: {}", made.text);
        }
    }
}

#[tokio::test]
async fn paths_and_methods_are_answered_in_the_error_shape() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    for (method, path, status, code) in [
        ("GET", "/v3/nothing", 404, "NOT_FOUND"),
        ("GET", "/v3", 404, "NOT_FOUND"),
        ("GET", "/v3/", 404, "NOT_FOUND"),
        ("GET", "/v3/analytics/stats", 404, "NOT_FOUND"),
        ("PUT", "/v3/me", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/v3/me", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/v3/personal-access-tokens", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v3/personal-access-tokens/x", 404, "NOT_FOUND"),
        ("GET", "/v3/personal-access-tokens/%ff", 404, "NOT_FOUND"),
        ("GET", "/v3/personal-access-tokens/00000000-0000-0000-0000-000000000001", 404, "NOT_FOUND"),
        ("POST", "/v3/roles", 404, "NOT_FOUND"),
        ("POST", "/v3/releases", 404, "NOT_FOUND"),
        ("GET", "/v3/releases/1", 404, "NOT_FOUND"),
        ("DELETE", "/v3/feature-flags", 404, "NOT_FOUND"),
        ("GET", "/v3/resellers/1", 404, "NOT_FOUND"),
    ] {
        let refused = call(&app, &token, method, path, "").await;
        assert_eq!(refusal(&refused), (status, code.to_owned()), "{method} {path}");
        assert!(!json(&refused)["message"].as_str().unwrap().is_empty(), "{path}");
    }
    for path in ["/v3/releases", "/v3/resellers", "/v3/feature-flags", "/v3/invoices", "/v3/user-groups"] {
        assert_eq!(call(&app, &token, "GET", path, "").await.status_and_body(), (200, "[]"), "{path}");
        assert_eq!(call(&app, "", "GET", path, "").await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_answered_before_the_token_is_judged() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let reader = token_with(&app, &ada, &[Scope::TAG_READ]).await;
    let owner = token_of_role(&app, &ada, Role::Owner).await;
    let user = r#"{"email":"bea@example.com","firstName":"Bea","password":"correct-horse-battery"}"#;
    assert_eq!(call(&app, &owner, "POST", "/v3/users", user).await.status, 201);
    let sign_in = r#"{"accountId":"ada","email":"bea@example.com","password":"correct-horse-battery"}"#;
    let customer = json(&call(&app, "", "POST", "/v3/accounts/login", sign_in).await);
    let customer = customer["accessToken"].as_str().unwrap();
    for token in ["", "cs_unknown", reader.as_str(), customer] {
        for (path, allowed) in [
            ("/v3/licenses", "GET,HEAD,POST"),
            ("/v3/webhooks/events", "GET,HEAD"),
            ("/v3/licenses/bulk", "POST,PATCH"),
            // Apps call these too, by other methods.
            ("/v3/activations", "GET,HEAD,DELETE,POST"),
            ("/v3/activations/1", "GET,HEAD,DELETE,PATCH"),
            ("/v3/trial-activations", "GET,HEAD,POST"),
        ] {
            let refused = call(&app, token, "PUT", path, "").await;
            assert_eq!(refusal(&refused), (405, "METHOD_NOT_ALLOWED".to_owned()), "{token} {path}");
            assert_eq!(refused.header("allow"), allowed, "{token} {path}");
            assert_eq!(refused.header("cache-control"), "no-store", "{token} {path}");
        }
        assert_eq!(call(&app, token, "PUT", "/v3/nothing", "").await.status, 404, "{token}");
        assert_eq!(call(&app, token, "POST", "/v3/roles", "").await.status, 404, "{token}");
    }
    assert_eq!(call(&app, customer, "GET", "/v3/licenses", "").await.status, 403);
    assert_eq!(call(&app, customer, "GET", "/v3/feature-flags", "").await.status, 403);
    assert_eq!(call(&app, &reader, "POST", "/v3/licenses", "{}").await.status, 403);
}

#[tokio::test]
async fn slashes_heads_and_bodies_of_reads_are_tolerated() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    let expected = call(&app, &token, "GET", "/v3/me", "").await.text;
    for path in ["/v3/me/", "//v3/me", "//v3/me/", "/v3/me?x=1"] {
        assert_eq!(
            call(&app, &token, "GET", path, "").await.status_and_body(),
            (200, expected.as_str()),
            "{path}"
        );
    }
    let with_body = call(&app, &token, "GET", "/v3/me", "{\"x\":").await;
    assert_eq!(with_body.status_and_body(), (200, expected.as_str()));
    let head = call(&app, &token, "HEAD", "/v3/me", "").await;
    assert_eq!(head.status_and_body(), (200, ""));
}

#[tokio::test]
async fn every_response_has_the_common_headers() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    for (token, path) in [(token.as_str(), "/v3/me"), ("", "/v3/me"), (token.as_str(), "/v3/accounts/other")]
    {
        let response = call(&app, token, "GET", path, "").await;
        assert_eq!(response.header("content-type"), "application/json; charset=utf-8", "{path}");
        assert_eq!(response.header("cache-control"), "no-store", "{path}");
        assert_eq!(response.header("x-request-id").len(), 36, "{path}");
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
    }
    let preflight = Request::options("/v3/licenses")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .body(Body::empty())
        .unwrap();
    let response = app.send(preflight).await;
    assert_eq!((response.status.as_u16(), response.header("access-control-max-age")), (200, "600"));
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        assert!(response.header("access-control-allow-methods").contains(method), "{method}");
    }
    assert!(response.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(response.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn bodies_are_read_leniently() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    let path = "/v3/personal-access-tokens";
    for (body, status) in [
        ("", 400),
        ("null", 400),
        ("[]", 400),
        ("{", 400),
        (r#"{"name":"a"}"#, 400),
        (r#"{"name":"a","scopes":[]}"#, 400),
        (r#"{"name":"a","scopes":["license:delete"]}"#, 400),
        (r#"{"name":" ","scopes":["license:read"]}"#, 400),
        (r#"{"name":"a","scopes":["license:read"],"expiresAt":"2001-01-01"}"#, 400),
        (r#"{"NAME":" a ","Scopes":["LICENSE:read"],"unknown":{"x":[1]},"expiresAt":null}"#, 201),
        ("\u{FEFF}{\"name\":\"a\",\"scopes\":[\"license:read\"],\"expiresAt\":\"\"}", 201),
        (r#"{"name":"a","scopes":["license:read"],"expiresAt":"2099-05-01 11:16:16","id":7}"#, 201),
    ] {
        let response = call(&app, &token, "POST", path, body).await;
        assert_eq!(response.status, status, "{body}: {}", response.text);
    }
    let named = call(&app, &token, "POST", path, r#"{"NAME":7,"scopes":["license:read"]}"#).await;
    assert_eq!(json(&named)["message"], "The NAME field must be a string.");
    let large = call(&app, &token, "POST", path, &"x".repeat(65_537)).await;
    assert_eq!(refusal(&large), (413, "PAYLOAD_TOO_LARGE".to_owned()));
    let empty = Request::patch("/v3/me")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let response = app.send(empty.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status, 403, "an empty body is an object; the token is no user: {}", response.text);
}

#[tokio::test]
async fn failures_of_the_database_are_503_with_the_request_id() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    app.service.close().await;
    let failed = call(&app, &token, "GET", "/v3/me", "").await;
    assert_eq!(refusal(&failed), (503, "SERVER_ERROR".to_owned()));
    assert_eq!(failed.header("retry-after"), "1");
    assert!(failed.text.contains(failed.header("x-request-id")), "{}", failed.text);
}

#[tokio::test]
async fn apps_call_their_half_without_a_token_and_one_is_ignored() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_with(&app, &ada, &[Scope::LICENSE_READ]).await;
    for token in ["", "cs_wrong", &token] {
        assert_eq!(call(&app, token, "GET", "/v3/status", "").await.status, 200, "{token}");
        let refused = call(&app, token, "POST", "/v3/activations", "{}").await;
        assert_eq!(refusal(&refused), (400, "VALIDATION_ERROR".to_owned()), "{token}");
    }
    let offline = call(&app, &token, "POST", "/v3/activations/offline-activate", "{}").await;
    assert_eq!(offline.status, 403, "needs license:write: {}", offline.text);
}
