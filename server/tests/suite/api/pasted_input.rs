//! Keys, domains and bodies as people and their tools send them.

use axum::body::Body;
use http::Request;
use serde_json::Value;
use test_support::{TestDatabase, license, on_both_databases, seller};

use crate::test_app::{TestApp, TestResponse};

/// Returns spellings of a key that an editor, a mail program or a typist makes of it.
fn pasted_spellings(key: &str) -> Vec<String> {
    let (prefix, symbols) = key.split_once('-').expect("a prefixed key");
    vec![
        format!("{key}\u{200B}"),
        format!("\u{FEFF}{key}"),
        key.replace('-', "–"),
        key.replace('-', "\u{2011}"),
        format!("“{key}”"),
        format!("‘{}’", key.to_lowercase()),
        format!("[{key}]"),
        key.replacen('-', "-\u{A0}", 2),
        key.replace('-', " "),
        key.replace('-', ""),
        format!("{prefix}-{}", symbols.replace('0', "O").replace('1', "I")),
        format!("{prefix}-{}", symbols.replace('0', "o").replace('1', "l")),
        key.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).expect("full-width")).collect(),
    ]
}

fn query(key: &str, domain: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("license_key", key)
        .append_pair("domain", domain)
        .finish()
}

fn machine(key: &str, product: &str) -> Value {
    serde_json::json!({
        "key": key, "productId": product, "fingerprint": "fp-1", "hostname": "host", "os": "linux",
        "appVersion": "1.0", "userHash": "hash",
    })
}

async fn post_bytes(app: &TestApp, content_type: &str, body: Vec<u8>) -> TestResponse {
    let request = Request::post("/activate").header("content-type", content_type);
    app.send(request.body(Body::from(body)).unwrap()).await
}

on_both_databases! {
    async fn pasted_keys_work_on_every_endpoint_and_responses_hold_the_stored_key(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let (key, product) = (key.expose(), seller.product.id.to_string());
        let stored = format!(r#""license_key":"{key}""#);
        for pasted in pasted_spellings(key) {
            let activated = app.json("/activate", &pasted, "a.com").await;
            assert!(activated.status == 200 && activated.text.contains(&stored), "{pasted:?}: {}", activated.text);
            let query = query(&pasted, "a.com");
            let verified = app.get(&format!("/verify?{query}")).await;
            assert_eq!(verified.status_and_body(), (200, r#"{"valid":true,"license":{"expires_at":null}}"#), "{pasted:?}");
            let status = app.get(&format!("/status?{query}")).await;
            assert!(status.text.contains(&format!(r#""key":"{key}""#)), "{pasted:?}: {}", status.text);
            let freed = app.json("/deactivate", &pasted, "a.com").await;
            assert!(freed.status == 200 && freed.text.contains(&stored), "{pasted:?}: {}", freed.text);
            let sent = machine(&pasted, &product).to_string();
            assert_eq!(app.post("/v3/activations", "application/json", sent).await.status, 200, "{pasted:?}");
        }
    }

    async fn other_texts_are_unknown_keys(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let key = key.expose();
        for text in [format!("{key}A"), key[1..].to_owned(), format!("{key}ä"), key.replace('-', "x")] {
            for _ in 0..2 {
                let response = app.json("/activate", &text, "a.com").await;
                assert!(response.text.contains("invalid_key"), "{text}: {}", response.text);
            }
        }
    }

    async fn license_issued_after_a_failed_look_up_is_found_by_its_pasted_key(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let pasted = key.expose().replace('-', "–");
        assert_eq!(app.json("/activate", &pasted, "a.com").await.status, 200);
        assert_eq!(app.get(&format!("/verify?{}", query(&pasted, "b.com"))).await.text, r#"{"valid":false,"error":"invalid_domain"}"#);
    }
}

#[tokio::test]
async fn bodies_with_a_byte_order_mark_are_read() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 9).await;
    let json = format!("\u{FEFF}{{\"license_key\":\"{}\",\"domain\":\"a.com\"}}", key.expose());
    assert_eq!(post_bytes(&app, "application/json", json.clone().into_bytes()).await.status, 200);
    let utf16: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(post_bytes(&app, "application/json", utf16).await.status, 200);
    let form = format!("\u{FEFF}license_key={}&domain=a.com", key.expose());
    let sent = post_bytes(&app, "application/x-www-form-urlencoded", form.into_bytes()).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let machine = format!("\u{FEFF}{}", machine(key.expose(), &seller.product.id.to_string()));
    assert_eq!(app.post("/v3/activations", "application/json", machine).await.status, 200);
}

#[tokio::test]
async fn multipart_forms_are_accepted_and_other_content_types_are_named() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 1).await;
    let part = |name: &str, value: &str| {
        format!("--x7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = format!("{}{}--x7--\r\n", part("license_key", key.expose()), part("domain", "https://a.com/"));
    let content_type = "multipart/form-data; boundary=x7";
    let sent = post_bytes(&app, content_type, form.clone().into_bytes()).await;
    assert!(sent.status == 200 && sent.text.contains(r#""domain":"a.com""#), "{}", sent.text);
    let cut = form[..form.len() - 40].to_owned();
    assert_eq!(
        post_bytes(&app, content_type, cut.into_bytes()).await.status_and_body(),
        (
            400,
            r#"{"success":false,"error":"invalid_json","message":"The request body must be JSON or a valid form."}"#
        )
    );
    assert_eq!(
        post_bytes(&app, "text/xml; charset=utf-8", b"<a/>".to_vec()).await.status_and_body(),
        (
            400,
            r#"{"success":false,"error":"invalid_json","message":"The request body must be JSON or a form. Its content type text/xml is neither."}"#
        )
    );
    assert_eq!(
        post_bytes(&app, "application/json", b"<a/>".to_vec()).await.status_and_body(),
        (400, r#"{"success":false,"error":"invalid_json","message":"The request body must be valid JSON."}"#)
    );
}

#[tokio::test]
async fn domains_with_repeated_schemes_are_one_domain_and_wildcards_none() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let seller = seller(&app.service, "ada").await;
    let (_, key) = license(&app.service, &seller, 1).await;
    for domain in ["https://https://one.com", "http//one.com", "one.com"] {
        let sent = app.json("/activate", key.expose(), domain).await;
        assert!(sent.status == 200 && sent.text.contains(r#""domain":"one.com""#), "{domain}: {}", sent.text);
    }
    let wildcard = app.json("/activate", key.expose(), "*.one.com").await;
    assert_eq!(wildcard.status, 422);
    assert!(wildcard.text.contains("a wildcard is not a domain"), "{}", wildcard.text);
    for placeholder in ["null", "undefined", "http", "https://file"] {
        assert_eq!(app.json("/activate", key.expose(), placeholder).await.status, 422, "{placeholder}");
    }
}
