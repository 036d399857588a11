//! `/event-logs` and `/activation-logs`.

use domain::Scope;
use domain::permission::Role;
use serde_json::json;
use service::api_token::TokenRights;

use super::{call, json as body_of, refusal, token, token_of_role, token_with};
use crate::test_app::TestApp;
use test_support::{license, on_both_databases, seller};

on_both_databases! {
    async fn a_change_by_a_token_is_an_entry_with_its_values(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let shop = token(&app, &ada, "stripe", TokenRights::Role(Role::Owner)).await;
        let made = call(&app, &shop, "POST", "/v3/users", r#"{"email":"bea@x.example","firstName":"Bea"}"#).await;
        let (uri, user) = (made.header("location").to_owned(), body_of(&made));
        call(&app, &shop, "PATCH", &uri, r#"{"company":"Initech"}"#).await;
        let id = user["id"].as_str().unwrap();
        let found = body_of(
            &call(&app, &shop, "GET", &format!("/v3/event-logs?resourceId={id}&sort=-createdAt"), "").await,
        );
        let entry = &found[0];
        let expected = json!([{ "propertyName": "company", "oldValue": "", "newValue": "Initech" }]);
        assert_eq!(
            (&entry["resource"], &entry["action"], &entry["changes"]),
            (&json!("user"), &json!("updated"), &expected)
        );
        assert_eq!(
            (&entry["resourceId"], &entry["actorKind"], &entry["actorName"]),
            (&json!(id), &json!("token"), &json!("stripe"))
        );
        assert_eq!((&entry["userId"], &entry["user"]), (&json!(null), &json!(null)));
        let one = format!("/v3/event-logs/{}", entry["id"].as_str().unwrap());
        assert_eq!(&body_of(&call(&app, &shop, "GET", &one, "").await), entry);
        let of_eve = token_of_role(&app, &eve, Role::Owner).await;
        assert_eq!(call(&app, &of_eve, "GET", &one, "").await.status, 404);
        let narrow = token_with(&app, &ada, &[Scope::USER_READ]).await;
        assert_eq!(refusal(&call(&app, &narrow, "GET", "/v3/event-logs", "").await).0, 403);
    }
}

on_both_databases! {
    async fn activations_are_listed_and_exported(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let shop = token_of_role(&app, &ada, Role::Viewer).await;
        let (id, key) = license(&app.service, &ada, 1).await;
        app.json("/activate", key.expose(), "ada.com").await;
        app.json("/deactivate", key.expose(), "ada.com").await;
        let found = body_of(&call(&app, &shop, "GET", &format!("/v3/activation-logs?licenseId={id}"), "").await);
        let actions: Vec<_> = found.as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["activate", "deactivate"]);
        assert_eq!((&found[0]["hostname"], &found[0]["productId"]), (&json!("ada.com"), &json!(ada.product.id)));
        let by_key = format!("/v3/activation-logs?licenseKey={}&action=Deactivate", key.expose());
        assert_eq!(body_of(&call(&app, &shop, "GET", &by_key, "").await).as_array().unwrap().len(), 1);
        let (_, other) = license(&app.service, &ada, 1).await;
        let (key, other) = (key.expose(), other.expose());
        let end = &key[key.len() - 4..];
        for (filter, count) in [
            (format!("licenseKey={key}"), 2),
            (format!("licenseKey[in]={key},{other}"), 2),
            (format!("licenseKey[eq]={other}"), 0),
            (format!("licenseKey[ne]={key}"), 0),
            (format!("licenseKey[ne]={other}"), 2),
            (format!("license.key[nin]={other},{key}"), 0),
            (format!("licenseKey[ew]={end}"), 2),
            ("licenseKey[ew]=ZZZ0".to_owned(), 0),
        ] {
            let found = call(&app, &shop, "GET", &format!("/v3/activation-logs?{filter}"), "").await;
            assert_eq!(body_of(&found).as_array().map(Vec::len), Some(count), "{filter}: {}", found.text);
        }
        for filter in ["licenseKey[sw]=LIC-", "licenseKey[cn]=LIC", "license.key[nc]=LIC", "licenseKey[ew]=Z"] {
            let refused = call(&app, &shop, "GET", &format!("/v3/activation-logs?{filter}"), "").await;
            assert_eq!(refusal(&refused), (400, "VALIDATION_ERROR".to_owned()), "{filter}");
            assert!(refused.text.contains(filter.split('[').next().unwrap()), "{}", refused.text);
        }
        let export = call(&app, &shop, "GET", "/v3/activation-logs/export?action=activate", "").await;
        let lines: Vec<_> = export.text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains(",ada.com,activate,"), "{}", lines[1]);
    }
}
