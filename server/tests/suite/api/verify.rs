//! Responses of `/verify`.

use domain::Timestamp;

use crate::api::{expiring, keys};
use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

on_both_databases! {
    async fn responses_match_the_contract(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (_, key) = license(&app.service, &seller, 1).await;
        let (_, dated) = expiring(&app, &seller, Timestamp::from_millis(4_102_444_799_500)).await;
        let keys = keys(&app, &seller).await;
        for key in [&key, &dated] {
            assert_eq!(app.json("/activate", key.expose(), "a.com").await.status, 200);
        }
        for prefix in ["", "/api/license"] {
            let verify = async |key: &str, domain: &str| {
                app.get(&format!("{prefix}/verify?license_key={key}&domain={domain}")).await
            };
            let valid = verify(key.expose(), "a.com").await;
            assert_eq!(valid.status_and_body(), (200, r#"{"valid":true,"license":{"expires_at":null}}"#));
            assert_eq!(valid.header("cache-control"), "no-store");
            let until = (200, r#"{"valid":true,"license":{"expires_at":"2099-12-31T23:59:59Z"}}"#);
            assert_eq!(verify(dated.expose(), "http%3A%2F%2FA.com%3A80%2Fx").await.status_and_body(), until);
            assert_eq!(verify(key.expose(), "www.a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"invalid_domain"}"#));
            assert_eq!(verify(keys.suspended.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"suspended"}"#));
            assert_eq!(verify(keys.revoked.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"revoked"}"#));
            assert_eq!(verify(keys.expired.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"expired"}"#));
            assert_eq!(verify("LIC-0000-0000-0000-0000", "a.com").await.status_and_body(), (404, r#"{"valid":false,"error":"invalid_key"}"#));
        }
    }

    async fn missing_and_invalid_parameters_are_rejected(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let missing = app.get("/verify?license_key=LIC-1").await;
        assert_eq!(missing.status_and_body(), (422, r#"{"success":false,"error":"validation_error","message":"The domain field is required.","errors":{"domain":["The domain field is required."]},"valid":false}"#));
        assert_eq!(app.get("/verify").await.status, 422);
        assert_eq!(app.get("/verify?license_key[]=LIC-1&domain[]=a.com").await.status, 422);
    }
}
