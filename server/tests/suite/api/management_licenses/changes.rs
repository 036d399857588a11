//! The changed properties in the event log.

use domain::permission::Role;
use serde_json::{Value, json};

use super::Api;
use test_support::on_both_databases;

/// Returns the entries about an object, the newest first.
async fn entries(api: &Api, object: &Value) -> Vec<Value> {
    let id = object["id"].as_str().expect("an id");
    let found = api.json("GET", &format!("/event-logs?resourceId={id}&sort=-createdAt"), "", 200).await;
    found.as_array().expect("a list").clone()
}

fn change(property: &str, before: &Value, after: &Value) -> Value {
    json!({ "propertyName": property, "oldValue": before, "newValue": after })
}

async fn issue(api: &Api, key: &str) -> (String, Value) {
    let body = json!({ "productId": api.product(), "key": key }).to_string();
    let made = api.json("POST", "/licenses", &body, 201).await;
    (format!("/licenses/{}", made["id"].as_str().expect("an id")), made)
}

#[tokio::test]
async fn a_suspension_is_reported_as_the_contract_shows_it() {
    let api = Api::new(Role::Admin).await;
    let (path, made) = issue(&api, "SUSPENDED-0001").await;
    for (body, expected) in [
        (r#"{"suspended":true}"#, json!([change("suspended", &json!(false), &json!(true))])),
        (r#"{"suspended":false}"#, json!([change("suspended", &json!(true), &json!(false))])),
        (r#"{"revoked":true}"#, json!([change("revoked", &json!(false), &json!(true))])),
        (r#"{"revoked":false}"#, json!([change("revoked", &json!(true), &json!(false))])),
    ] {
        api.json("PATCH", &path, body, 200).await;
        let entry = entries(&api, &made).await.remove(0);
        let words = (&entry["resource"], &entry["action"], &entry["changes"]);
        assert_eq!(words, (&json!("license"), &json!("updated"), &expected), "{body}");
    }
}

on_both_databases! {
    async fn every_changed_property_of_a_license_is_reported_with_its_values(db: TestDatabase) {
        /// Derived from others, or reported without a value.
        const OTHERS: [&str; 7] =
            ["updatedAt", "allowedIpRange", "perpetual", "key", "notes", "metadata", "externalUserIds"];
        let api = Api::on(db, Role::Admin).await;
        let (path, made) = issue(&api, "CHANGED-0001").await;
        let body = json!({
            "key": "CHANGED-0002", "allowedActivations": 7, "allowedDomains": 4, "allowedDeactivations": 9,
            "subscriptionInterval": "P1Y", "subscriptionStartTrigger": "activation", "allowVmActivation": false,
            "fingerprintMatchingStrategy": "fuzzy", "serverSyncInterval": 7200, "serverSyncGracePeriod": 60,
            "allowedClockOffset": -1, "leaseDuration": 60, "leasingStrategy": "per-instance",
            "allowedFloatingClients": 3, "allowClientLeaseDuration": false, "allowContainerActivation": false,
            "expiringSoonEventOffset": 60, "disableGeoLocation": true, "allowedIpRanges": ["10.0.0.0/8"],
            "allowedIpAddresses": ["192.0.2.7"], "disallowedIpAddresses": ["192.0.2.8"], "entitlementSetId": "set-1",
            "productVersionId": "version-1", "maxAllowedReleaseVersion": "2.0", "tags": ["vip"],
            "externalUserIds": ["bea@x.example"], "notes": "Bea pays late",
            "metadata": [{ "key": "order_id", "value": "Bea 42" }],
        });
        let after = api.json("PATCH", &path, &body.to_string(), 200).await;
        let entries = entries(&api, &made).await;
        let reported: Vec<&Value> =
            entries.iter().flat_map(|entry| entry["changes"].as_array().expect("a list")).collect();
        let of = |property: &str| -> Vec<&Value> {
            reported.iter().copied().filter(|change| change["propertyName"] == property).collect()
        };
        let mut differing = 0;
        for (property, value) in after.as_object().expect("an object") {
            let before = &made[property];
            if value == before || OTHERS.contains(&property.as_str()) {
                continue;
            }
            differing += 1;
            assert_eq!(of(property), [&change(property, before, value)], "{property}");
        }
        assert!(differing >= 22, "{differing}");
        for (property, before, value) in [
            ("key", json!("****0001"), json!("****0002")),
            ("notes", json!(null), json!("****")),
            ("externalUserIds", json!(null), json!("****")),
            ("metadata", json!([]), json!(["order_id"])),
        ] {
            assert_eq!(of(property), [&change(property, &before, &value)], "{property}");
        }
        assert_eq!(reported.len(), differing + 4, "{reported:?}");
        let whole = json!(entries).to_string();
        for secret in ["CHANGED-000", "Bea", "bea@"] {
            assert!(!whole.contains(secret), "{secret}: {whole}");
        }
        let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().expect("a word")).collect();
        assert_eq!(actions.last(), Some(&"created"));
        assert!(actions[..actions.len() - 1].iter().all(|action| *action == "updated"), "{actions:?}");
    }
}

#[tokio::test]
async fn holders_meters_and_removed_parts_are_reported() {
    let api = Api::new(Role::Admin).await;
    let (path, made) = issue(&api, "PARTS-0001").await;
    let user = api.json("POST", "/users", r#"{"email":"bea@x.example","firstName":"Bea"}"#, 201).await;
    let newest = async || entries(&api, &made).await.remove(0)["changes"].clone();
    let none = json!(null);
    api.json("PATCH", &path, &json!({ "userId": user["id"] }).to_string(), 200).await;
    assert_eq!(newest().await, json!([change("userId", &none, &user["id"])]));
    api.json("PATCH", &path, r#"{"userId":""}"#, 200).await;
    assert_eq!(newest().await, json!([change("userId", &user["id"], &none)]));
    let parts = json!({ "meterAttributes": [{ "name": "exports", "allowedUses": 5, "visible": true }] });
    let with_meter = api.json("PATCH", &path, &parts.to_string(), 200).await;
    let meter = json!([
        { "name": "exports", "allowedUses": 5, "floating": false, "viewPermissions": ["activation"] },
    ]);
    assert_eq!(newest().await, json!([change("meterAttributes", &json!([]), &meter)]));
    let id = with_meter["meterAttributes"][0]["id"].as_str().expect("an id");
    api.json("DELETE", &format!("/licenses/meter-attributes/{id}"), "", 204).await;
    assert_eq!(newest().await, json!([change("meterAttributes", &meter, &json!([]))]));
    let pair = r#"{"metadata":[{"key":"order_id","value":"42"}]}"#;
    let with_pair = api.json("PATCH", &path, pair, 200).await;
    let id = with_pair["metadata"][0]["id"].as_str().expect("an id");
    api.json("DELETE", &format!("/licenses/metadata/{id}"), "", 204).await;
    assert_eq!(newest().await, json!([change("metadata", &json!(["order_id"]), &json!([]))]));
}

#[tokio::test]
async fn changes_of_other_objects_are_reported() {
    let api = Api::new(Role::Owner).await;
    let template =
        api.json("POST", "/license-templates", r#"{"name":"Yearly","allowedActivations":3}"#, 201).await;
    let product = api.json("POST", "/products", r#"{"name":"Studio"}"#, 201).await;
    let policy =
        api.json("POST", "/trial-policies", r#"{"name":"14 days","trialLength":1209600}"#, 201).await;
    let cases = [
        (
            "license-templates",
            "licenseTemplate",
            &template,
            json!({ "name": "Year", "allowedActivations": 5, "requiredMetadataKeys": ["order"] }),
            json!([
                change("name", &json!("Yearly"), &json!("Year")),
                change("allowedActivations", &json!(3), &json!(5)),
                change("requiredMetadataKeys", &json!([]), &json!(["order"])),
            ]),
        ),
        (
            "products",
            "product",
            &product,
            json!({
                "displayName": "Studio Pro", "licenseTemplateId": template["id"], "trialPolicyId": policy["id"],
                "metadata": [{ "key": "sku", "value": "S-1" }],
            }),
            json!([
                change("displayName", &json!("Studio"), &json!("Studio Pro")),
                change("licenseTemplateId", &product["licenseTemplateId"], &template["id"]),
                change("trialPolicyId", &json!(null), &policy["id"]),
                change("metadata", &json!([]), &json!(["sku"])),
            ]),
        ),
        (
            "trial-policies",
            "trialPolicy",
            &policy,
            json!({ "trialLength": 86400, "allowVmActivation": !policy["allowVmActivation"].as_bool().expect("a switch") }),
            json!([
                change("trialLength", &json!(1_209_600), &json!(86_400)),
                change(
                    "allowVmActivation",
                    &policy["allowVmActivation"],
                    &json!(!policy["allowVmActivation"].as_bool().expect("a switch")),
                ),
            ]),
        ),
    ];
    for (path, resource, object, body, expected) in cases {
        let path = format!("/{path}/{}", object["id"].as_str().expect("an id"));
        api.json("PATCH", &path, &body.to_string(), 200).await;
        let entry = entries(&api, object).await.remove(0);
        let words = (&entry["resource"], &entry["action"], &entry["changes"]);
        assert_eq!(words, (&json!(resource), &json!("updated"), &expected), "{path}");
        let count = entries(&api, object).await.len();
        api.json("PATCH", &path, &body.to_string(), 200).await;
        assert_eq!(entries(&api, object).await.len(), count, "{path}: no change, no entry");
    }
}

#[tokio::test]
async fn changes_of_tokens_are_reported() {
    let api = Api::new(Role::Owner).await;
    let body = r#"{"name":"stripe","scopes":["license:read"]}"#;
    let token = api.json("POST", "/personal-access-tokens", body, 201).await;
    let path = format!("/personal-access-tokens/{}", token["id"].as_str().expect("an id"));
    api.json("PATCH", &path, r#"{"name":"shop","revoked":true}"#, 200).await;
    let entries = entries(&api, &token).await;
    let changes: Vec<_> = entries.iter().map(|entry| entry["changes"].clone()).collect();
    let expected = [
        json!([change("revoked", &json!(false), &json!(true))]),
        json!([change("name", &json!("stripe"), &json!("shop"))]),
        json!([]),
    ];
    assert_eq!(changes, expected);
    assert!(entries.iter().all(|entry| entry["resource"] == "personalAccessToken"), "{entries:?}");
    assert!(!json!(entries).to_string().contains(token["token"].as_str().expect("a token")));
}
