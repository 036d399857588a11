use service::license::{revoke, suspend};

use crate::on_both_databases;
use crate::support::{license, seller};
use crate::test_app::TestApp;

on_both_databases! {
    async fn every_row_of_the_contract(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        for prefix in ["", "/api/license"] {
            let uri = &format!("{prefix}/deactivate");
            let (_, key) = license(&face.service, &seller, 1).await;
            let key = key.expose();
            assert_eq!(face.json("/activate", key, "a.com").await.status, 200);
            let done = format!(r#"{{"success":true,"message":"Domain deactivated successfully.","domain":"a.com","license_key":"{key}"}}"#);
            assert_eq!(face.json(uri, key, "https://A.com/").await.status_and_body(), (200, done.as_str()));
            let gone = (422, r#"{"success":false,"error":"domain_not_found","message":"The specified domain is not activated on this license."}"#);
            assert_eq!(face.json(uri, key, "a.com").await.status_and_body(), gone);
            assert_eq!(face.json(uri, "LIC-0000-0000-0000-0000", "a.com").await.status_and_body(), (404, r#"{"success":false,"error":"invalid_key","message":"The provided license key does not exist."}"#));
            let verify = face.get(&format!("/verify?license_key={key}&domain=a.com")).await;
            assert_eq!(verify.status_and_body(), (200, r#"{"valid":false,"error":"invalid_domain"}"#));
            assert_eq!(face.json("/activate", key, "b.com").await.status, 200, "the slot is free");
        }
    }

    async fn a_customer_can_always_make_room(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let seller = seller(&face.service, "ada").await;
        let (id, key) = license(&face.service, &seller, 2).await;
        for domain in ["a.com", "b.com"] {
            face.json("/activate", key.expose(), domain).await;
        }
        suspend(&face.service, &seller.actor, id, None).await.unwrap();
        assert_eq!(face.json("/deactivate", key.expose(), "a.com").await.status, 200);
        revoke(&face.service, &seller.actor, id, None).await.unwrap();
        assert_eq!(face.json("/deactivate", key.expose(), "b.com").await.status, 200);
    }
}
