//! `/trial-policies`, and the products that use them.

use domain::Scope;
use serde_json::{Value, json};

use super::Api;
use crate::api::management_api::{call, refusal};
use test_support::on_both_databases;

fn path(policy: &Value) -> String {
    format!("/trial-policies/{}", policy["id"].as_str().expect("an id"))
}

on_both_databases! {
    async fn a_policy_defaults_all_but_name_and_length(db: TestDatabase) {
        let api = Api::on(db).await;
        let response = api.send("POST", "/trial-policies", r#"{"name":"14 days","trialLength":"1209600"}"#).await;
        assert_eq!(response.status, 201, "{}", response.text);
        let made: Value = serde_json::from_str(&response.text).expect("JSON");
        assert_eq!(response.header("location"), format!("/v3{}", path(&made)));
        let expected = json!({
            "id": made["id"], "createdAt": made["createdAt"], "updatedAt": made["updatedAt"], "name": "14 days",
            "trialLength": 1_209_600, "trialLimit": -1, "fingerprintMatchingStrategy": "exact",
            "allowVmActivation": true, "allowContainerActivation": true, "userLocked": false,
            "disableGeoLocation": false, "allowedIpRange": null, "allowedIpRanges": [], "allowedCountries": [],
            "disallowedCountries": [], "allowedIpAddresses": [], "disallowedIpAddresses": [],
        });
        assert_eq!(made, expected);
        assert_eq!(api.json("GET", &path(&made), "", 200).await, expected);
        assert_eq!(api.json("GET", "/trial-policies?name[sw]=14", "", 200).await, json!([expected]));
        assert_eq!(api.json("GET", "/trial-policies?sort=-name&name=15", "", 200).await, json!([]));
        // As of templates, a name may be used twice.
        api.json("POST", "/trial-policies", r#"{"name":"14 days","trialLength":1}"#, 201).await;
        for (body, code) in [
            (r#"{"trialLength":1}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x"}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x","trialLength":0}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x","trialLength":1,"trialLimit":-2}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x","trialLength":1,"allowedIpRanges":["x"]}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x","trialLength":1,"fingerprintMatchingStrategy":"x"}"#, "VALIDATION_ERROR"),
            (r#"{"name":"x","trialLength":1,"allowedCountries":["DE"]}"#, "NOT_SUPPORTED"),
        ] {
            assert_eq!(api.json("POST", "/trial-policies", body, 400).await["code"], code, "{body}");
        }
    }
}

on_both_databases! {
    async fn a_whole_policy_sent_back_is_no_change(db: TestDatabase) {
        let api = Api::on(db).await;
        let body = json!({
            "name": "Strict", "trialLength": 3600, "trialLimit": 5, "fingerprintMatchingStrategy": "FUZZY",
            "allowVmActivation": "False", "userLocked": true, "disableGeoLocation": true,
            "allowedIpRanges": ["10.0.0.0/8"], "disallowedIpAddresses": ["10.0.0.7"], "allowedCountries": [],
        });
        let made = api.json("POST", "/trial-policies", &body.to_string(), 201).await;
        assert_eq!(made["allowedIpRange"], "10.0.0.0/8");
        let product = format!("/products/{}", api.seller.product.id);
        let chosen = json!({ "trialPolicyId": made["id"] }).to_string();
        let chosen = api.json("PATCH", &product, &chosen, 200).await;
        assert_eq!((&chosen["trialPolicyId"], &chosen["trialPolicy"]), (&made["id"], &made));
        let log = api.json("GET", "/event-logs", "", 200).await;
        assert_eq!(api.json("PATCH", &path(&made), &made.to_string(), 200).await, made);
        assert_eq!(api.json("PATCH", &product, &chosen.to_string(), 200).await, chosen);
        assert_eq!(api.json("GET", "/event-logs", "", 200).await, log, "no event");
        let changed = api.json("PATCH", &path(&made), r#"{"trialLimit":-1,"allowedIpRanges":[]}"#, 200).await;
        assert_eq!((&changed["trialLimit"], &changed["allowedIpRange"]), (&json!(-1), &Value::Null));
        assert_eq!(api.json("GET", &product, "", 200).await["trialPolicy"], changed);
        let log = api.json("GET", "/event-logs?resource=trialPolicy&sort=-createdAt", "", 200).await;
        let actions: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
        assert_eq!(actions, ["updated", "created"]);
        assert_eq!(log[0]["resourceId"], made["id"]);
    }
}

#[tokio::test]
async fn a_policy_in_use_is_kept_and_its_product_has_trials() {
    let api = Api::new().await;
    let product = format!("/products/{}", api.seller.product.id);
    let shown = api.json("GET", &product, "", 200).await;
    assert_eq!((&shown["trialPolicyId"], &shown["trialPolicy"]), (&Value::Null, &Value::Null));
    let start = async |name: &str| {
        let body = api.machine(name).to_string();
        api.app.post("/v3/trial-activations", "application/json", body).await
    };
    assert_eq!(refusal(&start("a").await), (400, "TRIAL_NOT_ALLOWED".to_owned()));
    let body = r#"{"name":"Local","trialLength":86400,"trialLimit":1,"allowedIpAddresses":["192.0.2.1"]}"#;
    let policy = api.json("POST", "/trial-policies", body, 201).await;
    let unknown = json!({ "trialPolicyId": api.license.to_string() }).to_string();
    assert_eq!(api.json("PATCH", &product, &unknown, 400).await["code"], "INVALID_TRIAL_POLICY_ID");
    let chosen = json!({ "trialPolicyId": policy["id"] }).to_string();
    api.json("PATCH", &product, &chosen, 200).await;
    assert_eq!(start("a").await.status, 200);
    assert_eq!(refusal(&start("b").await), (400, "TRIAL_ACTIVATION_LIMIT_REACHED".to_owned()));
    let moved = r#"{"allowedIpAddresses":["192.0.2.2"],"trialLimit":5}"#;
    api.json("PATCH", &path(&policy), moved, 200).await;
    assert_eq!(refusal(&start("b").await), (400, "IP_ADDRESS_NOT_ALLOWED".to_owned()));
    assert_eq!(api.json("DELETE", &path(&policy), "", 409).await["code"], "RESOURCE_IN_USE");
    let ended = api.json("PATCH", &product, r#"{"trialPolicyId":""}"#, 200).await;
    assert_eq!((&ended["trialPolicyId"], &ended["trialPolicy"]), (&Value::Null, &Value::Null));
    assert_eq!(refusal(&start("b").await), (400, "TRIAL_NOT_ALLOWED".to_owned()));
    api.json("DELETE", &path(&policy), "", 204).await;
    api.json("GET", &path(&policy), "", 404).await;
    let second = json!({ "name": "Second", "trialPolicyId": policy["id"] }).to_string();
    assert_eq!(api.json("POST", "/products", &second, 400).await["code"], "INVALID_TRIAL_POLICY_ID");
}

#[tokio::test]
async fn policies_of_another_seller_and_without_a_scope_are_refused() {
    let api = Api::new().await;
    let policy = api.json("POST", "/trial-policies", r#"{"name":"x","trialLength":1}"#, 201).await;
    let path = format!("/v3{}", path(&policy));
    let list = "/v3/trial-policies".to_owned();
    let made = r#"{"name":"y","trialLength":1}"#;
    let eve = api.token_of_eve().await;
    let reader = api.token_with(&[Scope::TRIAL_POLICY_READ, Scope::TRIAL_ACTIVATION_WRITE]).await;
    let writer = api.token_with(&[Scope::TRIAL_POLICY_WRITE]).await;
    for (method, path, body, status) in [
        ("GET", &path, "", 404),
        ("PATCH", &path, r#"{"trialLimit":1}"#, 404),
        ("DELETE", &path, "", 404),
        ("GET", &list, "", 200),
        ("POST", &list, made, 201),
    ] {
        assert_eq!(call(&api.app, &eve, method, path, body).await.status, status, "{method} {path}");
        assert_eq!(refusal(&call(&api.app, "", method, path, body).await).0, 401, "{method} {path}");
        let without = if method == "GET" { &writer } else { &reader };
        assert_eq!(refusal(&call(&api.app, without, method, path, body).await).0, 403, "{method} {path}");
    }
    assert_eq!(call(&api.app, &reader, "GET", &path, "").await.status, 200);
    assert_eq!(call(&api.app, &writer, "DELETE", &path, "").await.status, 204);
}
