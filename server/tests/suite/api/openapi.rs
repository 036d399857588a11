//! The OpenAPI document and its agreement with the served endpoints.

use std::collections::BTreeSet;

use axum::body::Body;
use domain::permission::Role;
use http::Request;
use serde_json::Value;
use server::api::openapi::document;

use super::management_api::token_of_role;
use crate::test_app::{TestApp, TestResponse};
use test_support::{TestDatabase, seller};

#[test]
fn checked_in_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api/openapi.json");
    if std::env::var_os("COUNTERSIGN_TEST_WRITE_OPENAPI").is_some() {
        std::fs::write(path, document()).unwrap();
    }
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == document(),
        "the API has changed: run this test once with COUNTERSIGN_TEST_WRITE_OPENAPI=1 and look at the difference"
    );
}

#[tokio::test]
async fn every_operation_is_served() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let served = app.get("/openapi.json").await;
    assert_eq!((served.status.as_u16(), served.text.as_str()), (200, document()));
    let document: Value = serde_json::from_str(document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            let uri = path.replace(['{', '}'], "");
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&uri);
            let response = app.send(request.body(Body::empty()).unwrap()).await;
            assert_ne!(response.status, 405, "{method} {path}");
            let status = response.status.as_str();
            assert!(
                operation["responses"].get(status).is_some(),
                "{method} {path}: {status} {}",
                response.text
            );
            for text in ["summary", "operationId"] {
                assert!(operation[text].is_string(), "{method} {path} has no {text}");
            }
        }
    }
    assert!(operations > 100, "{operations}");
}

/// Sends a request with a token and, if there is one, an idempotency key.
async fn send(app: &TestApp, token: &str, key: Option<&str>, method: &str, path: &str) -> TestResponse {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("authorization", format!("Bearer {token}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    app.send(request.body(Body::from("{}")).unwrap()).await
}

/// The methods that the answer to a wrong method names, in order.
fn allowed(response: &TestResponse) -> BTreeSet<String> {
    response.header("allow").split(',').map(|method| method.trim().to_lowercase()).collect()
}

#[tokio::test]
async fn methods_that_the_document_lacks_are_not_allowed_with_a_used_idempotency_key_either() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let token = token_of_role(&app, &seller(&app.service, "ada").await, Role::Owner).await;
    assert_eq!(send(&app, &token, Some("used"), "POST", "/v3/tags").await.status, 400);
    assert_eq!(send(&app, &token, Some("used"), "POST", "/v3/products").await.status, 422);
    let document: Value = serde_json::from_str(document()).unwrap();
    let mut refused = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v3/") {
            continue;
        }
        let mut served: BTreeSet<String> = methods.as_object().unwrap().keys().cloned().collect();
        if served.contains("get") {
            served.insert("head".to_owned());
        }
        // Other methods of roles are "not found", because roles can't be changed (management API contract, 2.12).
        let status = if path.starts_with("/v3/roles") { 404 } else { 405 };
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            if served.contains(&method.to_lowercase()) {
                continue;
            }
            for key in [None, Some("used")] {
                let response = send(&app, &token, key, method, &path.replace(['{', '}'], "")).await;
                assert_eq!(response.status, status, "{method} {path}: {}", response.text);
                assert_eq!(allowed(&response), served, "{method} {path}");
                refused += 1;
            }
        }
    }
    assert!(refused > 400, "{refused}");
}

#[tokio::test]
async fn reference_pages_are_public_and_have_no_inline_script() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let document: Value = serde_json::from_str(document()).unwrap();
    let groups = document["tags"].as_array().unwrap().iter().map(|tag| {
        let name = tag["name"].as_str().unwrap();
        (name, format!("/docs/{}", name.to_lowercase().replace(' ', "-")))
    });
    let groups: Vec<(&str, String)> = groups.collect();
    let others = ["/docs", "/docs/tokens", "/docs/conventions", "/docs/search?q=license"];
    for path in groups.iter().map(|(_, path)| path.as_str()).chain(others) {
        let page = app.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.text.matches("<script").count(), 1, "{path}");
        assert!(page.text.contains("/docs.js\"></script>") && !page.text.contains("style="), "{path}");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert!(page.text.contains("</html>") && page.text.contains("action=\"/docs/search\""), "{path}");
    }
    let tokens = app.get("/docs/tokens").await.text;
    for text in
        ["typ", "suspended", "ssgpeat", "deactivation+jwt", "verify_iat", "JWT::$leeway", "acceptLeeway"]
    {
        assert!(tokens.contains(text), "{text}");
    }
    for (name, group) in &groups {
        let page = app.get(group).await.text;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values().filter(|of| of["tags"][0] == *name) {
                let id = operation["operationId"].as_str().unwrap();
                assert!(page.contains(path) && page.contains(&format!(" id=\"{id}\"")), "{group}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn search_of_the_reference_escapes_its_text_and_unknown_pages_are_not_found() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let found = app.get("/docs/search?q=POST+%2Factiv").await;
    assert_eq!(found.status, 200);
    assert!(found.text.contains("/docs/domain-api#activateDomain"), "{}", found.text);
    let nothing = app.get("/docs/search?q=%22%3E%3Cscript%3Ex").await;
    assert_eq!((nothing.status.as_u16(), nothing.text.matches("<script").count()), (200, 1));
    assert!(nothing.text.contains("Nothing has all of these words"));
    assert_eq!(app.get(&format!("/docs/search?q={}", "a".repeat(201))).await.status, 400);
    let unknown = app.get("/docs/no-such-group").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text.contains("No such page") && unknown.text.contains("</html>"));
}
