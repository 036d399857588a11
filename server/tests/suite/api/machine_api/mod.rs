//! The machine dialect, as its clients send and read it.

mod client_quirks;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::{TestDatabase, license, seller};
use crate::test_app::{TestApp, TestResponse};

fn body(key: &str, product: &str) -> Value {
    json!({
        "key": key, "productId": product, "fingerprint": "fp-1", "hostname": "host", "os": "linux",
        "appVersion": "1.0", "userHash": "hash",
    })
}

async fn send(face: &TestApp, method: &str, uri: &str, kind: &str, body: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(uri).header("content-type", kind);
    face.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn activate(face: &TestApp, body: &Value) -> TestResponse {
    face.post("/v3/activations", "application/json", body.to_string()).await
}

/// The claims of the token in an answer, unverified: others verify them.
fn claims(answer: &TestResponse) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let document: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(document.as_object().unwrap().len(), 1);
    let token = document["activationToken"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

on_both_databases! {
    async fn activate_sync_and_deactivate(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (_, key) = license(&face.service, &seller, 1).await;
        let product = seller.product.id.to_string();
        let sent = body(key.expose(), &product);
        let told = claims(&activate(&face, &sent).await);
        let uri = &format!("/v3/activations/{}", told["aid"].as_str().unwrap());
        assert_eq!(claims(&activate(&face, &sent).await)["aid"], told["aid"], "the same seat");

        let synced = send(&face, "PATCH", uri, "application/json", &sent.to_string()).await;
        assert_eq!(claims(&synced)["aid"], told["aid"]);
        let mut other = sent.clone();
        other["fingerprint"] = "fp-2".into();
        let full = r#"{"message":"The license has reached its activation limit.","code":"ACTIVATION_LIMIT_REACHED"}"#;
        assert_eq!(activate(&face, &other).await.status_and_body(), (400, full));
        let another = r#"{"message":"The fingerprint is not the activation's.","code":"INVALID_ACTIVATION_FINGERPRINT"}"#;
        assert_eq!(send(&face, "PATCH", uri, "application/json", &other.to_string()).await.status_and_body(), (400, another));

        // An empty body with a form's content type is what some clients send.
        let freed = send(&face, "DELETE", uri, "application/x-www-form-urlencoded", "").await;
        assert_eq!(freed.status_and_body(), (204, ""));
        let gone = r#"{"message":"There is no such resource.","code":"NOT_FOUND"}"#;
        assert_eq!(send(&face, "DELETE", uri, "", "").await.status_and_body(), (404, gone));
        assert_eq!(send(&face, "PATCH", uri, "application/json", &sent.to_string()).await.status_and_body(), (404, gone));
        assert_eq!(send(&face, "PATCH", "/v3/activations/x", "application/json", "{}").await.status_and_body(), (404, gone));

        let told = claims(&activate(&face, &other).await);
        let uri = &format!("/v3/activations/{}/deactivate", told["aid"].as_str().unwrap());
        let proof = json!({ "key": key.expose(), "productId": product, "fingerprint": "fp-1" }).to_string();
        assert_eq!(send(&face, "POST", uri, "application/json", &proof).await.status_and_body(), (404, gone));
        let proof = proof.replace("fp-1", "fp-2");
        assert_eq!(send(&face, "POST", uri, "application/json", &proof).await.status_and_body(), (204, ""));
    }

    async fn names_are_matched_whatever_their_case(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (_, key) = license(&face.service, &seller, 1).await;
        let sent = json!({
            "Key": key.expose(), "ProductId": seller.product.id, "FINGERPRINT": "fp-1", "HostName": "host", "Os": "linux",
            "AppVersion": "1.0", "userhash": "hash", "Metadata": [{ "Key": "a", "Value": "b" }], "unknown": { "x": 1 },
            "vmName": null, "leaseDuration": 60, "meterAttributes": [],
        });
        let told = claims(&activate(&face, &sent).await);
        assert_eq!(told["amd"], json!([{ "key": "a", "value": "b" }]));
    }

    async fn a_revoked_license_and_strangers_are_refused(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (id, key) = license(&face.service, &seller, 1).await;
        let product = seller.product.id.to_string();
        let unknown = r#"{"message":"The license key is invalid.","code":"INVALID_LICENSE_KEY"}"#;
        assert_eq!(activate(&face, &body("LIC-0000-0000-0000-0000", &product)).await.status_and_body(), (400, unknown));
        let wrong = r#"{"message":"The product id is invalid.","code":"INVALID_PRODUCT_ID"}"#;
        assert_eq!(activate(&face, &body(key.expose(), "nothing")).await.status_and_body(), (400, wrong));
        service::license::revoke(&face.service, &seller.actor, id, None).await.unwrap();
        let revoked = r#"{"message":"The license has been revoked.","code":"REVOKED_LICENSE"}"#;
        assert_eq!(activate(&face, &body(key.expose(), &product)).await.status_and_body(), (400, revoked));
    }
}

#[tokio::test]
async fn every_required_field_is_named() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let whole = body("LIC-1", "p");
    for field in whole.as_object().unwrap().keys() {
        for wrong in [
            None,
            Some(Value::Null),
            Some("".into()),
            Some(" ".into()),
            Some(7.into()),
            Some("x".repeat(257).into()),
        ] {
            let mut sent = whole.clone();
            match &wrong {
                Some(value) => sent[field] = value.clone(),
                None => drop(sent.as_object_mut().unwrap().remove(field)),
            }
            let answer = activate(&face, &sent).await;
            let error: Value = serde_json::from_str(&answer.text).unwrap();
            assert_eq!(
                (answer.status.as_u16(), &error["code"]),
                (400, &json!("VALIDATION_ERROR")),
                "{field} {wrong:?}"
            );
            assert!(error["message"].as_str().unwrap().contains(field.as_str()), "{field}: {error}");
        }
    }
}

#[tokio::test]
async fn hostile_bodies_get_typed_answers() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let deep = "[".repeat(10_000);
    for body in ["", "[]", "null", "{", &deep, r#"{"key":"\ud800"}"#, r#"{"metadata":[{"key":1}]}"#, "\u{0}"]
    {
        let answer = face.post("/v3/activations", "application/json", body.to_owned()).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains(r#""code":"VALIDATION_ERROR""#), "{}", answer.text);
    }
    let large = face.post("/v3/activations", "application/json", "x".repeat(65_537)).await;
    assert_eq!(large.status, 413);
}

#[tokio::test]
async fn status_paths_and_methods() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    assert_eq!(face.get("/v3/status").await.status, 200);
    let nothing = r#"{"message":"There is no such resource.","code":"NOT_FOUND"}"#;
    assert_eq!(face.get("/v3/nothing").await.status_and_body(), (404, nothing));
    let browser = Request::get("/v3/nothing").header("accept", "text/html").body(Body::empty()).unwrap();
    assert_eq!(face.send(browser).await.status_and_body(), (404, nothing));
    let no_text = send(&face, "DELETE", "/v3/activations/%ff", "", "").await;
    assert_eq!(no_text.status_and_body(), (404, nothing));
    let wrong = face.get("/v3/activations").await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "POST"));
    let set: Value = serde_json::from_str(&face.get("/.well-known/jwks.json").await.text).unwrap();
    assert_eq!(set, json!({ "keys": [] }));
}

#[tokio::test]
async fn a_burst_of_fifty_in_five_seconds() {
    let face = TestApp::with(TestDatabase::sqlite(), server::config::Config::default()).await;
    for n in 0..50 {
        let answer = face.get("/v3/status").await;
        assert_eq!((answer.status.as_u16(), answer.header("x-rate-limit-limit")), (200, "50"));
        assert_eq!(answer.header("x-rate-limit-remaining"), (49 - n).to_string());
        assert!(!answer.header("x-rate-limit-reset").is_empty());
    }
    let refused = face.get("/v3/status").await;
    let body = r#"{"message":"Too many requests. Please try again later.","code":"RATE_LIMIT_EXCEEDED"}"#;
    assert_eq!(refused.status_and_body(), (429, body));
    assert!((1..=5).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
}
