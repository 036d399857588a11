//! Responses of `/status`.

use domain::Timestamp;

use crate::api::{expiring, keys};
use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

/// Replaces the times in a body, because their values differ in every run.
fn replace_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\"20") {
        let (before, time) = rest.split_at(at + 1);
        out.push_str(before);
        let is_time = time.get(19..21) == Some("Z\"") && time.as_bytes()[10] == b'T';
        let (shown, after) = if is_time { ("TIME", &time[20..]) } else { (&time[..2], &time[2..]) };
        out.push_str(shown);
        rest = after;
    }
    out + rest
}

on_both_databases! {
    async fn responses_match_the_contract(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 3).await;
        let key = key.expose();
        let number = seller.product.number;
        for prefix in ["", "/api/license"] {
            let uri = &format!("{prefix}/status?license_key={key}");
            let unused = format!(r#"{{"success":true,"license":{{"key":"{key}","status":"active","product":{{"id":{number},"title":"ada plugin","slug":"ada-plugin"}},"domain":null,"verification_count":0,"last_verified_at":null,"expires_at":null,"created_at":"TIME","domains":[],"domains_used":0,"max_domains":3}}}}"#);
            let response = app.get(uri).await;
            assert_eq!((200, replace_times(&response.text).as_str()), (response.status.as_u16(), unused.as_str()));
        }
        for domain in ["a.com", "b.com"] {
            app.json("/activate", key, domain).await;
        }
        for _ in 0..2 {
            app.get(&format!("/verify?license_key={key}&domain=a.com")).await;
        }
        app.service.flush_all().await.unwrap();
        let b = r#"{"domain":"b.com","activated_at":"TIME","verification_count":0,"last_verified_at":null}"#;
        let a = r#"{"domain":"a.com","activated_at":"TIME","verification_count":2,"last_verified_at":"TIME"}"#;
        let used = format!(r#"{{"success":true,"license":{{"key":"{key}","status":"active","product":{{"id":{number},"title":"ada plugin","slug":"ada-plugin"}},"domain":{b},"verification_count":2,"last_verified_at":"TIME","expires_at":null,"created_at":"TIME","domains":[{b},{a}],"domains_used":2,"max_domains":3}}}}"#);
        let response = app.get(&format!("/status?license_key={key}")).await;
        assert_eq!(replace_times(&response.text), used);
    }

    async fn every_standing_is_reported(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let keys = keys(&app, &seller).await;
        for (key, standing) in [(keys.suspended, "suspended"), (keys.revoked, "revoked"), (keys.expired, "expired")] {
            let response = app.get(&format!("/status?license_key={}", key.expose())).await;
            assert_eq!(response.status, 200);
            assert!(response.text.contains(&format!(r#""status":"{standing}""#)), "{}", response.text);
        }
        let (_, dated) = expiring(&app, &seller, Timestamp::from_millis(4_102_444_799_500)).await;
        let response = app.get(&format!("/status?license_key={}", dated.expose())).await;
        assert!(response.text.contains(r#""expires_at":"2099-12-31T23:59:59Z""#), "{}", response.text);
    }

    async fn unknown_and_missing_keys_are_rejected(db: TestDatabase) {
        let app = TestApp::new(db).await;
        assert_eq!(app.get("/status?license_key=LIC-1").await.status_and_body(), (404, r#"{"success":false,"error":"invalid_key","message":"The provided license key does not exist."}"#));
        assert_eq!(app.get("/status").await.status_and_body(), (422, r#"{"success":false,"error":"validation_error","message":"The license_key field is required.","errors":{"license_key":["The license_key field is required."]}}"#));
    }
}
