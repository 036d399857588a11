//! The Big List of Naughty Strings in the fields of both APIs.

use naughty_strings::BLNS;
use serde_json::{Value, json};

use crate::test_app::TestApp;
use test_support::{TestDatabase, license, seller};

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn domain_api_answers_naughty_strings_with_json() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 1000).await;
    for text in BLNS {
        for (uri, key, domain) in [("/activate", *text, "a.com"), ("/activate", key.expose(), *text)] {
            let response = app.json(uri, key, domain).await;
            let body: Value = serde_json::from_str(&response.text).expect("JSON");
            assert!(body["success"].is_boolean(), "{text:?}: {}", response.text);
            assert!(matches!(response.status.as_u16(), 200 | 404 | 422), "{text:?}: {}", response.text);
        }
        let uri = format!("/verify?license_key={}&domain={}", key.expose(), encoded(text));
        let response = app.get(&uri).await;
        let body: Value = serde_json::from_str(&response.text).expect("JSON");
        assert!(body["valid"].is_boolean(), "{text:?}: {}", response.text);
        // Only valid domain names were activated, so only they verify.
        let active = response.text.contains(r#""valid":true"#);
        assert_eq!(active, domain::DomainName::parse(text).is_ok(), "{text:?}");
    }
}

#[tokio::test]
async fn machine_api_answers_naughty_strings_with_json() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 1).await;
    let whole = json!({
        "key": key.expose(), "productId": seller.product.id, "fingerprint": "fp", "hostname": "h", "os": "linux",
        "appVersion": "1", "userHash": "u", "osVersion": "1", "vmName": "v", "metadata": [{ "key": "k", "value": "v" }],
    });
    for (n, text) in BLNS.iter().enumerate() {
        let fields: Vec<&String> = whole.as_object().unwrap().keys().collect();
        let field = fields[n % fields.len()];
        let mut body = whole.clone();
        body[field] = if field == "metadata" { json!([{ "key": "k", "value": text }]) } else { json!(text) };
        let response = app.post("/v3/activations", "application/json", body.to_string()).await;
        let document: Value = serde_json::from_str(&response.text).expect("JSON");
        match response.status.as_u16() {
            200 => assert!(document["activationToken"].is_string()),
            400 => assert!(document["code"].is_string() && document["message"].is_string()),
            other => panic!("{field} {text:?}: {other} {}", response.text),
        }
    }
}

#[tokio::test]
async fn many_parameters_and_wrong_json_types_are_rejected() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let many: String = "a=1&".repeat(10_000);
    assert_eq!(app.get(&format!("/verify?{many}")).await.status, 422);
    assert_eq!(app.get(&format!("/v3/releases/update?{many}")).await.status, 400);
    for wrong in ["7", "true", "[]", "{}", "1e400", "-0"] {
        let body = format!(r#"{{"license_key":{wrong},"domain":{wrong}}}"#);
        let response = app.post("/activate", "application/json", body).await;
        assert!(matches!(response.status.as_u16(), 400 | 422), "{wrong}: {}", response.text);
        let body =
            format!(r#"{{"key":{wrong},"productId":{wrong},"metadata":{wrong},"leaseDuration":{wrong}}}"#);
        let response = app.post("/v3/activations", "application/json", body).await;
        assert_eq!(response.status, 400, "{wrong}");
        assert!(response.text.contains("VALIDATION_ERROR"), "{wrong}: {}", response.text);
    }
}
