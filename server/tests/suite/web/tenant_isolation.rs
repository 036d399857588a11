//! Another seller's page is as absent as one that never was.

use super::Browser;
use crate::on_both_databases;
use crate::support::{license, seller};
use crate::test_app::{TestApp, TestResponse};

on_both_databases! {
    async fn a_page_of_another_sellers_is_not_there(db: TestDatabase) {
        let face = TestApp::new(db).await;
        let (ada, eve) = (seller(&face.service, "ada").await, seller(&face.service, "eve").await);
        let (id, key) = license(&face.service, &ada, 1).await;
        face.json("/activate", key.expose(), "ada.com").await;
        let slot = service::license::show(&face.service, &ada.actor, id).await.unwrap().activations[0].id;
        let mut browser = Browser::of(&face, &eve).await;
        let never = service::new_id().to_string();
        let (id, product, slot) = (id.to_string(), ada.product.id.to_string(), slot.to_string());
        // Byte for byte, but for the id and the nonce that differ in any two answers.
        let shape = |answer: &TestResponse, id: &str| answer.text.replace(id, "ID").replace(&answer.nonce(), "NONCE");
        for (theirs, path) in [(&id, "/licenses/"), (&product, "/products/")] {
            let there = browser.get(&format!("{path}{theirs}")).await;
            let nowhere = browser.get(&format!("{path}{never}")).await;
            assert_eq!((there.status.as_u16(), nowhere.status.as_u16()), (404, 404));
            assert_eq!(shape(&there, theirs), shape(&nowhere, &never));
        }
        let calls: Vec<(&str, Vec<(&str, &str)>)> = vec![
            ("license", vec![("id", &id), ("reveal", "true")]),
            ("welcome", vec![("id", &id)]),
            ("product", vec![("id", &product)]),
            ("suspend_license", vec![("id", &id), ("reason", "")]),
            ("reinstate_license", vec![("id", &id)]),
            ("revoke_license", vec![("id", &id), ("reason", "")]),
            ("renew_license", vec![("id", &id), ("expiry", "never"), ("expires_at", "")]),
            ("change_limit", vec![("id", &id), ("domain_limit", "9"), ("machine_limit", "9")]),
            ("free_activation", vec![("license", &id), ("activation", &slot)]),
            ("update_product", vec![("id", &product), ("name", "x"), ("slug", "x"), ("domain_limit", "1"), ("machine_limit", "1"), ("validity_days", ""), ("key_prefix", "LIC"), ("development_hosts", "")]),
            ("issue_license", vec![("product", &product), ("customer_name", ""), ("customer_email", ""), ("domain_limit", ""), ("machine_limit", ""), ("expiry", ""), ("expires_at", ""), ("count", "")]),
        ];
        for (function, fields) in calls {
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            let request = http::Request::post(format!("/_fn/{function}"))
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = browser.send(request, form.into()).await;
            assert_eq!(answer.status, 404, "{function}: {}", answer.text);
            assert!(!answer.text.contains("ada"), "{function}: {}", answer.text);
        }
    }
}
