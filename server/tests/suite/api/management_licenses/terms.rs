//! What a value in a request does to a license.

use domain::permission::Role;
use serde_json::{Value, json};

use super::Api;
use test_support::on_both_databases;

/// Returns the value of a field of an object, and who sees it.
fn field<'a>(object: &'a Value, key: &str) -> (&'a str, Value) {
    let mut fields = object["metadata"].as_array().expect("fields").iter();
    let field = fields.find(|field| field["key"] == key).expect(key);
    (field["value"].as_str().expect("a value"), field["viewPermissions"].clone())
}

#[tokio::test]
async fn a_metadata_value_of_null_leaves_the_stored_value() {
    let api = Api::new(Role::Admin).await;
    let pair = json!([{"key": "order_id", "value": "42"}]);
    let body = json!({"productId": api.product(), "metadata": pair}).to_string();
    let license = api.json("POST", "/licenses", &body, 201).await;
    let user = r#"{"firstName":"Ada","email":"ada@example.com","password":"correct horse","role":"user","metadata":[{"key":"order_id","value":"42"}]}"#;
    let user = api.json("POST", "/users", user, 201).await;
    let path = format!("/products/{}", api.product());
    api.json("PATCH", &path, &json!({ "metadata": pair }).to_string(), 200).await;
    let path_of = |kind: &str, id: &Value| format!("/{kind}/{}", id.as_str().expect("an id"));
    for path in [path_of("licenses", &license["id"]), path_of("users", &user["id"]), path] {
        let body = r#"{"metadata":[{"key":"order_id","value":null,"viewPermissions":["activation"]},{"key":"new"}]}"#;
        let changed = api.json("PATCH", &path, body, 200).await;
        assert_eq!(field(&changed, "order_id"), ("42", json!(["activation"])), "{path}");
        assert_eq!(field(&changed, "new").0, "", "{path}");
        let cleared = api.json("PATCH", &path, r#"{"metadata":[{"key":"order_id","value":""}]}"#, 200).await;
        assert_eq!(field(&cleared, "order_id").0, "", "{path}");
    }
}

#[tokio::test]
async fn a_value_given_at_creation_stays_if_the_template_changes() {
    let api = Api::new(Role::Admin).await;
    let template =
        api.json("POST", "/license-templates", r#"{"name":"Plan","allowedDeactivations":5}"#, 201).await;
    let template = format!("/license-templates/{}", template["id"].as_str().expect("an id"));
    let id = template.rsplit('/').next().expect("an id");
    let product = json!({"name": "Studio", "licenseTemplateId": id}).to_string();
    let product = api.json("POST", "/products", &product, 201).await;
    let mut paths = Vec::new();
    for body in [
        json!({"productId": product["id"], "allowedDeactivations": 5}),
        json!({"productId": product["id"], "allowedDeactivations": null}),
    ] {
        let made = api.json("POST", "/licenses", &body.to_string(), 201).await;
        paths.push(format!("/licenses/{}", made["id"].as_str().expect("an id")));
    }
    api.json("PATCH", &template, r#"{"allowedDeactivations":0}"#, 200).await;
    for (path, expected) in paths.iter().zip([5, 0]) {
        assert_eq!(api.json("GET", path, "", 200).await["allowedDeactivations"], expected);
    }
}

#[tokio::test]
async fn seconds_go_up_to_the_largest_number_of_32_bits() {
    let api = Api::new(Role::Admin).await;
    let fields = ["serverSyncGracePeriod", "serverSyncInterval", "leaseDuration"];
    for field in fields {
        let body = json!({"name": field, "type": "hosted-floating", field: i32::MAX});
        let made = api.json("POST", "/license-templates", &body.to_string(), 201).await;
        assert_eq!(made[field], i32::MAX, "{field}");
        let body = json!({"name": "more", field: i64::from(i32::MAX) + 1});
        api.json("POST", "/license-templates", &body.to_string(), 400).await;
    }
    let policy = json!({"name": "long", "trialLength": i32::MAX}).to_string();
    assert_eq!(api.json("POST", "/trial-policies", &policy, 201).await["trialLength"], i32::MAX);
}

on_both_databases! {
    async fn an_imported_expiry_is_part_of_the_change(db: TestDatabase) {
        let api = Api::on(db, Role::Admin).await;
        let made = api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
        let path = format!("/licenses/{}", made["id"].as_str().expect("an id"));
        let import = format!("{path}?import=true");
        let expiry = "2040-01-01T00:00:00.000Z";
        let revoke = json!({"revoked": true, "expiresAt": expiry}).to_string();
        let revoked = api.json("PATCH", &import, &revoke, 200).await;
        assert_eq!((&revoked["revoked"], &revoked["expiresAt"]), (&json!(true), &json!(expiry)));
        // An echo is no change, and a refusal changes nothing.
        let echoed = api.json("PATCH", &import, &revoked.to_string(), 200).await;
        assert_eq!(echoed, revoked);
        let later = json!({"notes": "n", "expiresAt": "2041-01-01T00:00:00.000Z"}).to_string();
        assert_eq!(api.json("PATCH", &import, &later, 400).await["code"], "REVOKED_LICENSE");
        assert_eq!(api.json("GET", &path, "", 200).await, revoked);
        // Without the switch, the expiry is not read.
        let without = json!({"expiresAt": "2041-01-01T00:00:00.000Z"}).to_string();
        assert_eq!(api.json("PATCH", &path, &without, 200).await["expiresAt"], expiry);
    }
}
