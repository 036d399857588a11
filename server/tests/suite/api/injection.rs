//! The Big List of Naughty Strings in every field of both dialects.

use naughty_strings::BLNS;
use serde_json::{Value, json};

use crate::support::{TestDatabase, license, seller};
use crate::test_app::TestApp;

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn in_the_domain_api() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&face.service, "ada").await;
    let (_, key) = license(&face.service, &seller, 1000).await;
    for text in BLNS {
        for (uri, key, domain) in [("/activate", *text, "a.com"), ("/activate", key.expose(), *text)] {
            let answer = face.json(uri, key, domain).await;
            let body: Value = serde_json::from_str(&answer.text).expect("JSON");
            assert!(body["success"].is_boolean(), "{text:?}: {}", answer.text);
            assert!(matches!(answer.status.as_u16(), 200 | 404 | 422), "{text:?}: {}", answer.text);
        }
        let uri = format!("/verify?license_key={}&domain={}", key.expose(), encoded(text));
        let answer = face.get(&uri).await;
        let body: Value = serde_json::from_str(&answer.text).expect("JSON");
        assert!(body["valid"].is_boolean(), "{text:?}: {}", answer.text);
        // What could be activated verifies, and nothing else does.
        let active = answer.text.contains(r#""valid":true"#);
        assert_eq!(active, domain::DomainName::parse(text).is_ok(), "{text:?}");
    }
}

#[tokio::test]
async fn in_the_machine_api() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&face.service, "ada").await;
    let (_, key) = license(&face.service, &seller, 1).await;
    let whole = json!({
        "key": key.expose(), "productId": seller.product.id, "fingerprint": "fp", "hostname": "h", "os": "linux",
        "appVersion": "1", "userHash": "u", "osVersion": "1", "vmName": "v", "metadata": [{ "key": "k", "value": "v" }],
    });
    for (n, text) in BLNS.iter().enumerate() {
        let fields: Vec<&String> = whole.as_object().unwrap().keys().collect();
        let field = fields[n % fields.len()];
        let mut body = whole.clone();
        body[field] = if field == "metadata" { json!([{ "key": "k", "value": text }]) } else { json!(text) };
        let answer = face.post("/v3/activations", "application/json", body.to_string()).await;
        let document: Value = serde_json::from_str(&answer.text).expect("JSON");
        match answer.status.as_u16() {
            200 => assert!(document["activationToken"].is_string()),
            400 => assert!(document["code"].is_string() && document["message"].is_string()),
            other => panic!("{field} {text:?}: {other} {}", answer.text),
        }
    }
}

#[tokio::test]
async fn ten_thousand_parameters_and_numbers_where_strings_belong() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let many: String = "a=1&".repeat(10_000);
    assert_eq!(face.get(&format!("/verify?{many}")).await.status, 422);
    assert_eq!(face.get(&format!("/v3/releases/update?{many}")).await.status, 400);
    for wrong in ["7", "true", "[]", "{}", "1e400", "-0"] {
        let body = format!(r#"{{"license_key":{wrong},"domain":{wrong}}}"#);
        let answer = face.post("/activate", "application/json", body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{wrong}: {}", answer.text);
        let body =
            format!(r#"{{"key":{wrong},"productId":{wrong},"metadata":{wrong},"leaseDuration":{wrong}}}"#);
        let answer = face.post("/v3/activations", "application/json", body).await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(answer.text.contains("VALIDATION_ERROR"), "{wrong}: {}", answer.text);
    }
}
