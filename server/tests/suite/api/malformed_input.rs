//! Input that violates the contract gets a JSON response and never a 5xx status.

use crate::test_app::TestApp;
use test_support::{TestDatabase, license, on_both_databases, seller};

const NOT_JSON: &str =
    r#"{"success":false,"error":"invalid_json","message":"The request body must be valid JSON."}"#;

#[tokio::test]
async fn invalid_json_is_rejected() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"license_key=a&domain=b".to_vec(),
        b"<xml/>".to_vec(),
        vec![0xff, 0xfe],
        br#"{"license_key":"\ud800","domain":"a.com"}"#.to_vec(),
        br#"{"license_key":"a","domain":"a.com"} trailing"#.to_vec(),
        deep.into_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body).chars().take(40).collect::<String>();
        assert_eq!(
            app.post("/activate", "application/json", body).await.status_and_body(),
            (400, NOT_JSON),
            "{shown}"
        );
    }
    let form = app.post("/activate", "application/x-www-form-urlencoded", vec![0xffu8, b'=']).await;
    assert_eq!(form.status_and_body(), (400, NOT_JSON));
}

#[tokio::test]
async fn body_limit_is_64_kib() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let body = |bytes: usize| {
        let envelope = r#"{"license_key":"","domain":"a.com"}"#.len();
        format!(r#"{{"license_key":"{}","domain":"a.com"}}"#, "A".repeat(bytes - envelope))
    };
    assert_eq!(app.post("/activate", "application/json", body(65_536)).await.status, 404);
    let large = app.post("/activate", "application/json", body(65_537)).await;
    let text = r#"{"success":false,"error":"payload_too_large","message":"The request body must not exceed 64 KiB."}"#;
    assert_eq!(large.status_and_body(), (413, text));
}

on_both_databases! {
    async fn unusual_strings_never_cause_a_server_error(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 2).await;
        let unusual = [
            "\0", "a\0b", "\u{feff}", "\u{202e}moc.a", "' OR 1=1 --", "%", "_", "../../etc", "<script>alert(1)</script>",
            "\\", "\"", "undefined", "NaN", "true", "1e309", "٠١٢", "Ω≈ç√∫", "👾", "a\u{0}", "${jndi:ldap://x}", "\u{d7ff}",
            "{{7*7}}", "http://", "://", "@", ":", ":80", "[", "]", "[]", "[::", "xn--", "xn--a", "-", ".", "..", "%00", "%zz",
        ];
        for text in unusual {
            for (uri, key, domain) in [
                ("/activate", text, "a.com"), ("/activate", key.expose(), text), ("/deactivate", text, text),
            ] {
                let response = app.json(uri, key, domain).await;
                assert!(response.status.as_u16() < 500, "{uri} {text:?}: {}", response.text);
                let body: serde_json::Value = serde_json::from_str(&response.text).expect("JSON");
                assert!(body["success"].is_boolean());
            }
            let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let response = app.get(&format!("/verify?license_key={encoded}&domain={encoded}")).await;
            assert!(matches!(response.status.as_u16(), 404 | 422), "{text:?}: {}", response.text);
        }
    }

    async fn last_of_duplicate_names_wins(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 2).await;
        let key = key.expose();
        let twice = format!(r#"{{"license_key":"x","domain":"a.com","license_key":"{key}"}}"#);
        assert_eq!(app.post("/activate", "application/json", twice).await.status, 200);
        let many: String = "domain=x.com&".repeat(3000);
        let response = app.get(&format!("/verify?{many}license_key={key}&domain=a.com")).await;
        assert_eq!(response.status_and_body(), (200, r#"{"valid":true,"license":{"expires_at":null}}"#));
    }
}
