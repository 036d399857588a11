//! Responses of `/activate`.

use crate::api::keys;
use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

const REQUIRED: &str = r#"{"success":false,"error":"validation_error","message":"The license_key field is required.","errors":{"license_key":["The license_key field is required."],"domain":["The domain field is required."]}}"#;

on_both_databases! {
    async fn responses_match_the_contract(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let key = key.expose();
        for prefix in ["", "/api/license"] {
            let uri = &format!("{prefix}/activate");
            let done = format!(r#"{{"success":true,"message":"License activated successfully on domain.","domain":"myapp.example.com","license_key":"{key}"}}"#);
            assert_eq!(app.json(uri, key, "myapp.example.com").await.status_and_body(), (200, done.as_str()));
            let again = app.json(uri, &format!(" {} ", key.to_lowercase()), "HTTPS://MyApp.Example.com:3000/app/").await;
            assert_eq!(again.status_and_body(), (200, done.as_str()));
            assert_eq!(again.header("content-type"), "application/json");
            assert_eq!(app.json(uri, key, "other.com").await.status_and_body(), (422, r#"{"success":false,"error":"domain_limit_reached","message":"This license has reached its maximum number of activated domains."}"#));
            assert_eq!(app.json(uri, "LIC-0000-0000-0000-0000", "a.com").await.status_and_body(), (404, r#"{"success":false,"error":"invalid_key","message":"The provided license key does not exist."}"#));
            let keys = keys(&app, &seller).await;
            assert_eq!(app.json(uri, keys.expired.expose(), "a.com").await.status_and_body(), (422, r#"{"success":false,"error":"expired","message":"This license has expired and cannot be activated."}"#));
            assert_eq!(app.json(uri, keys.suspended.expose(), "a.com").await.status_and_body(), (422, r#"{"success":false,"error":"suspended","message":"This license has been suspended."}"#));
            assert_eq!(app.json(uri, keys.revoked.expose(), "a.com").await.status_and_body(), (422, r#"{"success":false,"error":"revoked","message":"This license has been revoked and cannot be activated."}"#));
        }
    }

    async fn every_invalid_field_is_reported(db: TestDatabase) {
        let app = TestApp::new(db).await;
        for body in ["{}", "[]", "null", "5", r#"{"license_key":null,"domain":null}"#, r#"{"license_key":"","domain":" "}"#] {
            assert_eq!(app.post("/activate", "application/json", body).await.status_and_body(), (422, REQUIRED), "{body}");
        }
        let domain = r#"{"success":false,"error":"validation_error","message":"The domain field must be a valid domain name, such as example.com.","errors":{"domain":["The domain field must be a valid domain name, such as example.com."]}}"#;
        assert_eq!(app.json("/activate", "LIC-1", "a..b").await.status_and_body(), (422, domain));
        let kinds = app.post("/activate", "application/json", r#"{"license_key":7,"domain":["a.com"]}"#).await;
        assert_eq!(kinds.status_and_body(), (422, r#"{"success":false,"error":"validation_error","message":"The license_key field must be a string.","errors":{"license_key":["The license_key field must be a string."],"domain":["The domain field must be a string."]}}"#));
    }

    async fn forms_and_json_with_any_content_type_are_accepted(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 5).await;
        let key = key.expose();
        let form = "application/x-www-form-urlencoded";
        let sent = app.post("/activate", form, format!("license_key={key}&domain=B%C3%BCcher.example")).await;
        assert_eq!(sent.status, 200);
        assert!(sent.text.contains(r#""domain":"xn--bcher-kva.example""#), "{}", sent.text);
        // `curl -d` sends JSON as a form unless a content type is given.
        let json = format!(r#"{{"license_key":"{key}","domain":"a.com"}}"#);
        for kind in [form, "text/plain", "application/octet-stream"] {
            assert_eq!(app.post("/activate", kind, json.clone()).await.status, 200, "{kind}");
        }
    }
}
