//! What published clients send, in their order.

use domain::permission::Role;
use serde_json::json;

use super::Api;
use test_support::on_both_databases;

#[tokio::test]
async fn a_payment_part_makes_and_renews_the_license_of_a_subscription() {
    let api = Api::new(Role::Admin).await;
    let template = json!({"name": "Yearly", "validity": 31_536_000}).to_string();
    let template = api.json("POST", "/license-templates", &template, 201).await;
    let product = json!({"name": "Studio", "licenseTemplateId": template["id"]}).to_string();
    let product =
        api.json("POST", "/products", &product, 201).await["id"].as_str().expect("an id").to_owned();
    let body = json!({
        "productId": product,
        "entitlementSetId": null,
        "metadata": [{"key": "stripe_subscription_id", "value": "sub_1", "viewPermissions": []}],
    });
    let made = api.json("POST", "/licenses", &body.to_string(), 201).await;
    let id = made["id"].as_str().expect("an id");
    let path = format!(
        "/licenses?productId[eq]={product}&metadata.key[eq]=stripe_subscription_id&metadata.value[eq]=sub_1"
    );
    let found = api.json("GET", &path, "", 200).await;
    assert_eq!((found.as_array().map(Vec::len), &found[0]["id"]), (Some(1), &made["id"]));
    let renewed = api.json("POST", &format!("/licenses/{id}/renew"), "", 200).await;
    assert!(renewed["expiresAt"].as_str() > made["expiresAt"].as_str());
    for (body, suspended) in [(r#"{"suspended":true}"#, true), (r#"{"suspended":false}"#, false)] {
        assert_eq!(api.json("PATCH", &format!("/licenses/{id}"), body, 200).await["suspended"], suspended);
    }
    assert_eq!(
        api.json("PATCH", &format!("/licenses/{id}"), r#"{"revoked":true}"#, 200).await["revoked"],
        true
    );
    assert_eq!(api.send("DELETE", &format!("/licenses/{id}"), "").await.status_and_body(), (204, ""));
}

#[tokio::test]
async fn the_vendors_javascript_client_lists_and_extends() {
    let api = Api::new(Role::Admin).await;
    let template =
        api.json("POST", "/license-templates", r#"{"name":"Month","validity":2592000}"#, 201).await;
    let body = json!({"productId": api.product(), "licenseTemplateId": template["id"], "key": "AAAA-0001",
        "metadata": [{"key": "order_id", "value": 42}]});
    let made = api.json("POST", "/licenses", &body.to_string(), 201).await;
    let path = "/licenses?page=1&limit=10&metadata.key[eq]=order_id&key[in][0]=aaaa-0001&key[in][1]=none&suspended=false";
    let found = api.json("GET", path, "", 200).await;
    assert_eq!((found.as_array().map(Vec::len), &found[0]["id"]), (Some(1), &made["id"]));
    assert_eq!(found[0]["metadata"][0]["value"], "42");
    let path = format!("/licenses/{}/extend", made["id"].as_str().expect("an id"));
    let extended = api.json("POST", &path, r#"{"extensionLength":"86400"}"#, 200).await;
    assert!(extended["expiresAt"].as_str() > made["expiresAt"].as_str());
    assert_eq!(api.json("GET", "/licenses?key[in]=", "", 200).await, json!([]));
}

#[tokio::test]
async fn a_generator_asks_by_older_parameters_and_renews_with_a_content_type_alone() {
    let api = Api::new(Role::Admin).await;
    let template =
        api.json("POST", "/license-policies", r#"{"name":"Year","validity":"31536000"}"#, 201).await;
    let body = json!({"productId": api.product(), "licensePolicyId": template["id"],
        "metadata": [{"key": "order_id", "value": "42", "visible": false}]});
    let made = api.json("POST", "/licenses", &body.to_string(), 201).await;
    let path = format!("/licenses?productId={}&metadataKey=order_id&metadataValue=42", api.product());
    assert_eq!(api.json("GET", &path, "", 200).await[0]["key"], made["key"]);
    let renew = format!("/licenses/{}/renew", made["id"].as_str().expect("an id"));
    for body in [" ", "null", "{}"] {
        assert_eq!(api.json("POST", &renew, body, 200).await["id"], made["id"], "{body:?}");
    }
}

on_both_databases! {
    async fn a_desktop_app_sends_whole_objects_back(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let made = api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
        let path = format!("/licenses/{}", made["id"].as_str().expect("an id"));
        let mut echo = made.clone();
        echo["totalActivations"] = json!("0");
        echo["allowedActivations"] = json!(made["allowedActivations"].to_string());
        echo["organization"] = json!({"name": "x"});
        let after = api.json("PATCH", &path, &echo.to_string(), 200).await;
        assert_eq!(after, made, "an echo is no change");
        for resource in ["products", "license-templates"] {
            for shown in api.json("GET", &format!("/{resource}"), "", 200).await.as_array().expect("a list") {
                let path = format!("/{resource}/{}", shown["id"].as_str().expect("an id"));
                assert_eq!(&api.json("PATCH", &path, &shown.to_string(), 200).await, shown, "{resource}");
            }
        }
        let change = json!({"ALLOWEDACTIVATIONS": "7", "ignored": {"a": []}, "notes": "VIP"});
        let changed = api.json("PATCH", &path, &change.to_string(), 200).await;
        assert_eq!((&changed["allowedActivations"], &changed["notes"]), (&json!(7), &json!("VIP")));
    }
}

on_both_databases! {
    async fn the_subscription_log_tells_what_happened_to_a_license(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let body = json!({"productId": api.product(), "key": "LOGGED-0001", "expiresAt": "2030-01-01T00:00:00Z"});
        let made = api.json("POST", "/licenses", &body.to_string(), 201).await;
        api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
        let path = format!("/licenses/{}", made["id"].as_str().expect("an id"));
        api.json("POST", &format!("{path}/extend"), r#"{"extensionLength":86400}"#, 200).await;
        let at = r#"{"expiresAt":"2031-01-01T00:00:00Z"}"#;
        api.json("PATCH", &format!("{path}/expires-at"), at, 200).await;
        for body in [
            r#"{"suspended":true}"#,
            r#"{"notes":"x"}"#,
            r#"{"suspended":false}"#,
            r#"{"subscriptionInterval":"P1Y"}"#,
        ] {
            api.json("PATCH", &path, body, 200).await;
        }
        api.json("POST", &format!("{path}/renew"), "", 200).await;
        let log = api.json("GET", "/licenses/subscription-logs?licenseKey=logged-0001", "", 200).await;
        let events: Vec<_> =
            log.as_array().expect("a list").iter().filter_map(|entry| entry["event"].as_str()).collect();
        let expected = [
            "license.created",
            "license.extended",
            "license.expiresAt.updated",
            "license.suspended",
            "license.resumed",
            "license.subscription.updated",
            "license.renewed",
        ];
        assert_eq!(events, expected);
        for (filter, count) in [
            ("licenseKey[in]=LOGGED-0001,OTHER-0001", 7),
            ("licenseKey[ew]=0001", 7),
            ("licenseKey[nin]=OTHER-0001", 8),
            ("licenseKey[ne]=LOGGED-0001", 1),
        ] {
            let found = api.json("GET", &format!("/licenses/subscription-logs?{filter}"), "", 200).await;
            assert_eq!(found.as_array().map(Vec::len), Some(count), "{filter}: {found}");
        }
        let change = json!([{"propertyName": "expiresAt", "oldValue": "2030-01-01T00:00:00.000Z",
            "newValue": "2030-01-02T00:00:00.000Z"}]);
        assert_eq!((&log[1]["changes"], &log[1]["licenseId"]), (&change, &made["id"]));
        let id = made["id"].as_str().expect("an id");
        for (query, at) in [
            (format!("licenseId={id}&event=license.extended"), 1),
            ("event=LICENSE.EXTENDED".to_owned(), 1),
            ("event=license.expiresAt.updated".to_owned(), 2),
            ("event=license.subscription.updated".to_owned(), 5),
            (format!("licenseId={id}&event=license.renewed"), 6),
        ] {
            let found = api.json("GET", &format!("/licenses/subscription-logs?{query}"), "", 200).await;
            assert_eq!(found, json!([log[at]]), "{query}");
        }
        let words = async |query: &str| {
            let found = api.json("GET", &format!("/event-logs?resourceId={id}&{query}"), "", 200).await;
            let words = found.as_array().expect("a list").iter().map(|entry| entry["action"].clone());
            words.collect::<Vec<_>>()
        };
        let updated = "updated";
        let all = [
            "created",
            "extended",
            "expiresAt.updated",
            updated,
            updated,
            updated,
            "subscription.updated",
            "renewed",
        ];
        assert_eq!(words("").await, all);
        for (filter, count) in [
            ("action=extended", 1),
            ("action=expiresat.updated", 1),
            ("action=subscription.updated", 1),
            ("action=renewed", 1),
            ("action[in]=renewed,extended", 2),
            ("action[ne]=renewed", 7),
            ("action=updated", 3),
            ("action=rules-changed", 0),
        ] {
            assert_eq!(words(filter).await.len(), count, "{filter}");
        }
    }
}
