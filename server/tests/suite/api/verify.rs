use domain::Timestamp;

use crate::api::{expiring, keys};
use crate::on_both_databases;
use crate::support::{license, seller};
use crate::test_app::TestApp;

on_both_databases! {
    async fn every_row_of_the_contract(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (_, key) = license(&face.service, &seller, 1).await;
        let (_, dated) = expiring(&face, &seller, Timestamp::from_millis(4_102_444_799_500)).await;
        let keys = keys(&face, &seller).await;
        for key in [&key, &dated] {
            assert_eq!(face.json("/activate", key.expose(), "a.com").await.status, 200);
        }
        for prefix in ["", "/api/license"] {
            let ask = async |key: &str, domain: &str| {
                face.get(&format!("{prefix}/verify?license_key={key}&domain={domain}")).await
            };
            let valid = ask(key.expose(), "a.com").await;
            assert_eq!(valid.status_and_body(), (200, r#"{"valid":true,"license":{"expires_at":null}}"#));
            assert_eq!(valid.header("cache-control"), "no-store");
            let until = (200, r#"{"valid":true,"license":{"expires_at":"2099-12-31T23:59:59Z"}}"#);
            assert_eq!(ask(dated.expose(), "http%3A%2F%2FA.com%3A80%2Fx").await.status_and_body(), until);
            assert_eq!(ask(key.expose(), "www.a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"invalid_domain"}"#));
            assert_eq!(ask(keys.suspended.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"suspended"}"#));
            assert_eq!(ask(keys.revoked.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"revoked"}"#));
            assert_eq!(ask(keys.expired.expose(), "a.com").await.status_and_body(), (200, r#"{"valid":false,"error":"expired"}"#));
            assert_eq!(ask("LIC-0000-0000-0000-0000", "a.com").await.status_and_body(), (404, r#"{"valid":false,"error":"invalid_key"}"#));
        }
    }

    async fn what_is_missing_is_named(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let missing = face.get("/verify?license_key=LIC-1").await;
        assert_eq!(missing.status_and_body(), (422, r#"{"success":false,"error":"validation_error","message":"The domain field is required.","errors":{"domain":["The domain field is required."]},"valid":false}"#));
        assert_eq!(face.get("/verify").await.status, 422);
        assert_eq!(face.get("/verify?license_key[]=LIC-1&domain[]=a.com").await.status, 422);
    }
}
