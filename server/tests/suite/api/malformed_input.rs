//! Input that is not in the contract: a typed answer, never a 5xx.

use crate::on_both_databases;
use crate::support::{TestDatabase, license, seller};
use crate::test_app::TestApp;

const NOT_JSON: &str =
    r#"{"success":false,"error":"invalid_json","message":"The request body must be valid JSON."}"#;

#[tokio::test]
async fn bodies_that_are_not_json() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
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
            face.post("/activate", "application/json", body).await.status_and_body(),
            (400, NOT_JSON),
            "{shown}"
        );
    }
    let form = face.post("/activate", "application/x-www-form-urlencoded", vec![0xffu8, b'=']).await;
    assert_eq!(form.status_and_body(), (400, NOT_JSON));
}

#[tokio::test]
async fn a_body_of_64_kib_and_not_a_byte_more() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    let body = |bytes: usize| {
        let around = r#"{"license_key":"","domain":"a.com"}"#.len();
        format!(r#"{{"license_key":"{}","domain":"a.com"}}"#, "A".repeat(bytes - around))
    };
    assert_eq!(face.post("/activate", "application/json", body(65_536)).await.status, 404);
    let large = face.post("/activate", "application/json", body(65_537)).await;
    let text = r#"{"success":false,"error":"payload_too_large","message":"The request body must not exceed 64 KiB."}"#;
    assert_eq!(large.status_and_body(), (413, text));
}

on_both_databases! {
    async fn strange_strings_get_typed_answers(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (_, key) = license(&face.service, &seller, 2).await;
        let strange = [
            "\0", "a\0b", "\u{feff}", "\u{202e}moc.a", "' OR 1=1 --", "%", "_", "../../etc", "<script>alert(1)</script>",
            "\\", "\"", "undefined", "NaN", "true", "1e309", "٠١٢", "Ω≈ç√∫", "👾", "a\u{0}", "${jndi:ldap://x}", "\u{d7ff}",
            "{{7*7}}", "http://", "://", "@", ":", ":80", "[", "]", "[]", "[::", "xn--", "xn--a", "-", ".", "..", "%00", "%zz",
        ];
        for text in strange {
            for (uri, key, domain) in [
                ("/activate", text, "a.com"), ("/activate", key.expose(), text), ("/deactivate", text, text),
            ] {
                let answer = face.json(uri, key, domain).await;
                assert!(answer.status.as_u16() < 500, "{uri} {text:?}: {}", answer.text);
                let body: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
                assert!(body["success"].is_boolean());
            }
            let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let answer = face.get(&format!("/verify?license_key={encoded}&domain={encoded}")).await;
            assert!(matches!(answer.status.as_u16(), 404 | 422), "{text:?}: {}", answer.text);
        }
    }

    async fn of_a_name_that_comes_twice_the_last_counts(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (_, key) = license(&face.service, &seller, 2).await;
        let key = key.expose();
        let twice = format!(r#"{{"license_key":"x","domain":"a.com","license_key":"{key}"}}"#);
        assert_eq!(face.post("/activate", "application/json", twice).await.status, 200);
        let many: String = "domain=x.com&".repeat(3000);
        let answer = face.get(&format!("/verify?{many}license_key={key}&domain=a.com")).await;
        assert_eq!(answer.status_and_body(), (200, r#"{"valid":true,"license":{"expires_at":null}}"#));
    }
}
