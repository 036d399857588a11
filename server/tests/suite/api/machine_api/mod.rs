//! Requests and responses of the machine API (`/v3`).

mod client_quirks;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::test_app::{TestApp, TestResponse};
use test_support::{TestDatabase, license, on_both_databases, seller};

fn body(key: &str, product: &str) -> Value {
    json!({
        "key": key, "productId": product, "fingerprint": "fp-1", "hostname": "host", "os": "linux",
        "appVersion": "1.0", "userHash": "hash",
    })
}

async fn send(app: &TestApp, method: &str, uri: &str, kind: &str, body: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(uri).header("content-type", kind);
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn activate(app: &TestApp, body: &Value) -> TestResponse {
    app.post("/v3/activations", "application/json", body.to_string()).await
}

/// Returns the claims of the token in a response without verifying the signature. Other tests verify it.
fn claims(response: &TestResponse) -> Value {
    assert_eq!(response.status, 200, "{}", response.text);
    let document: Value = serde_json::from_str(&response.text).unwrap();
    assert_eq!(document.as_object().unwrap().len(), 1);
    let token = document["activationToken"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

on_both_databases! {
    async fn activation_is_created_synced_and_released(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let product = seller.product.id.to_string();
        let sent = body(key.expose(), &product);
        let token_claims = claims(&activate(&app, &sent).await);
        let uri = &format!("/v3/activations/{}", token_claims["aid"].as_str().unwrap());
        assert_eq!(claims(&activate(&app, &sent).await)["aid"], token_claims["aid"], "the same activation");

        let synced = send(&app, "PATCH", uri, "application/json", &sent.to_string()).await;
        assert_eq!(claims(&synced)["aid"], token_claims["aid"]);
        let mut other = sent.clone();
        other["fingerprint"] = "fp-2".into();
        let full = r#"{"message":"The license has reached its activation limit.","code":"ACTIVATION_LIMIT_REACHED"}"#;
        assert_eq!(activate(&app, &other).await.status_and_body(), (400, full));
        let another = r#"{"message":"The fingerprint is not the activation's.","code":"INVALID_ACTIVATION_FINGERPRINT"}"#;
        assert_eq!(send(&app, "PATCH", uri, "application/json", &other.to_string()).await.status_and_body(), (400, another));

        // Some clients send an empty body with the content type of a form.
        let freed = send(&app, "DELETE", uri, "application/x-www-form-urlencoded", "").await;
        assert_eq!(freed.status_and_body(), (204, ""));
        let gone = r#"{"message":"There is no such resource.","code":"NOT_FOUND"}"#;
        assert_eq!(send(&app, "DELETE", uri, "", "").await.status_and_body(), (404, gone));
        assert_eq!(send(&app, "PATCH", uri, "application/json", &sent.to_string()).await.status_and_body(), (404, gone));
        assert_eq!(send(&app, "PATCH", "/v3/activations/x", "application/json", "{}").await.status_and_body(), (404, gone));

        let token_claims = claims(&activate(&app, &other).await);
        let uri = &format!("/v3/activations/{}/deactivate", token_claims["aid"].as_str().unwrap());
        let proof = json!({ "key": key.expose(), "productId": product, "fingerprint": "fp-1" }).to_string();
        assert_eq!(send(&app, "POST", uri, "application/json", &proof).await.status_and_body(), (404, gone));
        let proof = proof.replace("fp-1", "fp-2");
        assert_eq!(send(&app, "POST", uri, "application/json", &proof).await.status_and_body(), (204, ""));
    }

    async fn field_names_are_case_insensitive(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let sent = json!({
            "Key": key.expose(), "ProductId": seller.product.id, "FINGERPRINT": "fp-1", "HostName": "host", "Os": "linux",
            "AppVersion": "1.0", "userhash": "hash", "Metadata": [{ "Key": "a", "Value": "b" }], "unknown": { "x": 1 },
            "vmName": null, "leaseDuration": 60, "meterAttributes": [],
        });
        let token_claims = claims(&activate(&app, &sent).await);
        assert_eq!(token_claims["amd"], json!([{ "key": "a", "value": "b" }]));
    }

    async fn unknown_keys_wrong_products_and_revoked_licenses_are_rejected(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (id, key) = license(&app.service, &seller, 1).await;
        let product = seller.product.id.to_string();
        let unknown = r#"{"message":"The license key is invalid.","code":"INVALID_LICENSE_KEY"}"#;
        assert_eq!(activate(&app, &body("LIC-0000-0000-0000-0000", &product)).await.status_and_body(), (400, unknown));
        let wrong = r#"{"message":"The product id is invalid.","code":"INVALID_PRODUCT_ID"}"#;
        assert_eq!(activate(&app, &body(key.expose(), "nothing")).await.status_and_body(), (400, wrong));
        service::license::revoke(&app.service, &seller.actor, id, None).await.unwrap();
        let revoked = r#"{"message":"The license has been revoked.","code":"REVOKED_LICENSE"}"#;
        assert_eq!(activate(&app, &body(key.expose(), &product)).await.status_and_body(), (400, revoked));
    }
}

#[tokio::test]
async fn missing_and_invalid_required_fields_are_reported() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let valid = body("LIC-1", "p");
    for field in valid.as_object().unwrap().keys() {
        for wrong in [
            None,
            Some(Value::Null),
            Some("".into()),
            Some(" ".into()),
            Some(7.into()),
            Some("x".repeat(257).into()),
        ] {
            let mut sent = valid.clone();
            match &wrong {
                Some(value) => sent[field] = value.clone(),
                None => drop(sent.as_object_mut().unwrap().remove(field)),
            }
            let response = activate(&app, &sent).await;
            let error: Value = serde_json::from_str(&response.text).unwrap();
            assert_eq!(
                (response.status.as_u16(), &error["code"]),
                (400, &json!("VALIDATION_ERROR")),
                "{field} {wrong:?}"
            );
            assert!(error["message"].as_str().unwrap().contains(field.as_str()), "{field}: {error}");
        }
    }
}

#[tokio::test]
async fn malformed_bodies_are_validation_errors() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let deep = "[".repeat(10_000);
    for body in ["", "[]", "null", "{", &deep, r#"{"key":"\ud800"}"#, r#"{"metadata":[{"key":1}]}"#, "\u{0}"]
    {
        let response = app.post("/v3/activations", "application/json", body.to_owned()).await;
        assert_eq!(response.status, 400, "{}", response.text);
        assert!(response.text.contains(r#""code":"VALIDATION_ERROR""#), "{}", response.text);
    }
    let large = app.post("/v3/activations", "application/json", "x".repeat(65_537)).await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    assert_eq!(app.get("/v3/status").await.status, 200);
    let nothing = r#"{"message":"There is no such resource.","code":"NOT_FOUND"}"#;
    assert_eq!(app.get("/v3/nothing").await.status_and_body(), (404, nothing));
    let browser = Request::get("/v3/nothing").header("accept", "text/html").body(Body::empty()).unwrap();
    assert_eq!(app.send(browser).await.status_and_body(), (404, nothing));
    let no_text = send(&app, "DELETE", "/v3/activations/%ff", "", "").await;
    assert_eq!(no_text.status_and_body(), (404, nothing));
    let wrong = app.get("/v3/activations/meter-attributes/1").await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "POST"));
    let set: Value = serde_json::from_str(&app.get("/.well-known/jwks.json").await.text).unwrap();
    assert_eq!(set, json!({ "keys": [] }));
}

#[tokio::test]
async fn rate_limit_is_50_requests_in_5_seconds() {
    let app = TestApp::with(TestDatabase::sqlite(), server::config::Config::default()).await;
    for n in 0..50 {
        let response = app.get("/v3/status").await;
        assert_eq!((response.status.as_u16(), response.header("x-rate-limit-limit")), (200, "5s"));
        assert_eq!(response.header("x-rate-limit-remaining"), (49 - n).to_string());
        assert!(response.header("x-rate-limit-reset").parse::<domain::Timestamp>().is_ok());
    }
    let refused = app.get("/v3/status").await;
    let body = r#"{"message":"Too many requests. Please try again later.","code":"RATE_LIMIT_EXCEEDED"}"#;
    assert_eq!(refused.status_and_body(), (429, body));
    assert!((1..=5).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
}

#[tokio::test]
async fn deactivation_without_proof_needs_an_empty_body() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 1).await;
    let sent = body(key.expose(), &seller.product.id.to_string());
    let id = claims(&activate(&app, &sent).await)["aid"].as_str().unwrap().to_owned();
    let uri = &format!("/v3/activations/{id}/deactivate");
    let refused = send(&app, "POST", uri, "application/json", "{}").await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains("VALIDATION_ERROR"), "{}", refused.text);
    assert_eq!(send(&app, "POST", uri, "application/json", "").await.status, 204);
}

#[tokio::test]
async fn keys_of_a_product_are_its_own() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let (ada, bob) = (seller(&app.service, "ada").await, seller(&app.service, "bob").await);
    let mut kids = Vec::new();
    for owner in [&ada, &bob] {
        let (_, key) = license(&app.service, owner, 1).await;
        let product = owner.product.id.to_string();
        assert_eq!(activate(&app, &body(key.expose(), &product)).await.status, 200);
        let set: Value =
            serde_json::from_str(&app.get(&format!("/.well-known/jwks/{product}")).await.text).unwrap();
        let keys = set["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 1);
        kids.push(keys[0]["kid"].as_str().unwrap().to_owned());
    }
    assert_ne!(kids[0], kids[1]);
    let all = app.get("/.well-known/jwks.json").await.text;
    assert!(kids.iter().all(|kid| all.contains(kid)), "this node's own new keys are listed at once");
    assert_eq!(app.get("/.well-known/jwks/unknown").await.status_and_body(), (200, r#"{"keys":[]}"#));
}
