//! Responses of `/deactivate`.

use service::license::{revoke, suspend};

use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

on_both_databases! {
    async fn responses_match_the_contract(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        for prefix in ["", "/api/license"] {
            let uri = &format!("{prefix}/deactivate");
            let (_, key) = license(&app.service, &seller, 1).await;
            let key = key.expose();
            assert_eq!(app.json("/activate", key, "a.com").await.status, 200);
            let done = format!(r#"{{"success":true,"message":"Domain deactivated successfully.","domain":"a.com","license_key":"{key}"}}"#);
            assert_eq!(app.json(uri, key, "https://A.com/").await.status_and_body(), (200, done.as_str()));
            let gone = (422, r#"{"success":false,"error":"domain_not_found","message":"The specified domain is not activated on this license."}"#);
            assert_eq!(app.json(uri, key, "a.com").await.status_and_body(), gone);
            assert_eq!(app.json(uri, "LIC-0000-0000-0000-0000", "a.com").await.status_and_body(), (404, r#"{"success":false,"error":"invalid_key","message":"The provided license key does not exist."}"#));
            let verify = app.get(&format!("/verify?license_key={key}&domain=a.com")).await;
            assert_eq!(verify.status_and_body(), (200, r#"{"valid":false,"error":"invalid_domain"}"#));
            assert_eq!(app.json("/activate", key, "b.com").await.status, 200, "the slot is free");
        }
    }

    async fn suspended_and_revoked_licenses_can_be_deactivated(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let (id, key) = license(&app.service, &seller, 2).await;
        for domain in ["a.com", "b.com"] {
            app.json("/activate", key.expose(), domain).await;
        }
        suspend(&app.service, &seller.actor, id, None).await.unwrap();
        assert_eq!(app.json("/deactivate", key.expose(), "a.com").await.status, 200);
        revoke(&app.service, &seller.actor, id, None).await.unwrap();
        assert_eq!(app.json("/deactivate", key.expose(), "b.com").await.status, 200);
    }
}
