//! Refusals of licenses.

use domain::permission::Role;
use serde_json::{Value, json};

use super::Api;

#[tokio::test]
async fn refusals_have_their_codes() {
    let api = Api::new(Role::Admin).await;
    let product = api.product();
    let made = api
        .json("POST", "/licenses", &json!({"productId": product, "key": "TAKEN-001"}).to_string(), 201)
        .await;
    let path = format!("/licenses/{}", made["id"].as_str().expect("an id"));
    let unknown = "0199a1c2-0000-7a40-9c1b-000000000001";
    for (body, status, code) in [
        (json!({}), 400, "VALIDATION_ERROR"),
        (json!({"productId": unknown}), 400, "INVALID_PRODUCT_ID"),
        (json!({"productId": product, "licenseTemplateId": unknown}), 400, "INVALID_LICENSE_TEMPLATE_ID"),
        (json!({"productId": product, "userId": unknown}), 400, "INVALID_USER_ID"),
        (json!({"productId": product, "organizationId": unknown}), 400, "INVALID_ORGANIZATION_ID"),
        (json!({"productId": product, "key": "taken-001"}), 409, "DUPLICATE_KEY"),
        (json!({"productId": product, "key": "short"}), 400, "VALIDATION_ERROR"),
        (json!({"productId": product, "type": "perpetual"}), 400, "VALIDATION_ERROR"),
        (json!({"productId": product, "serverSyncInterval": 60}), 400, "VALIDATION_ERROR"),
        (json!({"productId": product, "requireAuthentication": true}), 400, "NOT_SUPPORTED"),
        (json!({"productId": product, "allowedCountries": ["DE"]}), 400, "NOT_SUPPORTED"),
        (json!({"productId": product, "effectiveDate": "2030-01-01"}), 400, "NOT_SUPPORTED"),
        (json!({"productId": product, "allowedIpRanges": ["10.0.0.1/40"]}), 400, "VALIDATION_ERROR"),
    ] {
        let refused = api.json("POST", "/licenses", &body.to_string(), status).await;
        assert_eq!(refused["code"], code, "{body}");
    }
    for (body, code) in [
        (json!({"productId": unknown}), "VALIDATION_ERROR"),
        (json!({"type": "hosted-floating"}), "VALIDATION_ERROR"),
        (json!({"userLocked": true}), "VALIDATION_ERROR"),
        (json!({"validity": 86400}), "VALIDATION_ERROR"),
    ] {
        assert_eq!(api.json("PATCH", &path, &body.to_string(), 400).await["code"], code, "{body}");
    }
    let renewed = api.json("POST", &format!("{path}/renew"), "", 400).await;
    assert_eq!(renewed["code"], "LICENSE_NOT_RENEWABLE");
    assert_eq!(api.json("GET", &format!("/licenses/{unknown}"), "", 404).await["code"], "NOT_FOUND");
    assert_eq!(api.json("GET", "/licenses/taken-001", "", 200).await["id"], made["id"]);
}

#[tokio::test]
async fn no_machine_at_all_is_a_switch() {
    let api = Api::new(Role::Admin).await;
    let body = json!({"productId": api.product(), "machinesAllowed": false}).to_string();
    let made = api.json("POST", "/licenses", &body, 201).await;
    assert_eq!((&made["allowedActivations"], &made["machinesAllowed"]), (&json!(0), &json!(false)));
    let path = format!("/licenses/{}", made["id"].as_str().expect("an id"));
    let echo = api.json("PATCH", &path, r#"{"allowedActivations":0}"#, 200).await;
    assert_eq!(echo["machinesAllowed"], false);
    let open = api.json("PATCH", &path, r#"{"allowedActivations":-1}"#, 200).await;
    assert_eq!((&open["allowedActivations"], &open["machinesAllowed"]), (&json!(-1), &json!(true)));
}

#[tokio::test]
async fn bulk_requests_answer_for_each_license() {
    let api = Api::new(Role::Admin).await;
    let good = json!({"productId": api.product(), "key": "BULK-0001"});
    let body = json!({"licenses": [good, {"productId": "x"}, good]});
    let made = api.json("POST", "/licenses/bulk", &body.to_string(), 200).await;
    let statuses: Vec<_> =
        made.as_array().expect("a list").iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, [json!(201), json!(400), json!(409)]);
    let id = made[0]["license"]["id"].clone();
    let set = json!({"ids": [id, "0199a1c2-0000-7a40-9c1b-000000000001"], "set": {"suspended": true}});
    let changed = api.json("PATCH", "/licenses/bulk", &set.to_string(), 200).await;
    assert_eq!((&changed[0]["license"]["suspended"], &changed[1]["status"]), (&json!(true), &json!(404)));
    let atomic =
        json!({"atomic": true, "licenses": [{"productId": api.product(), "key": "BULK-0002"}, good]});
    assert_eq!(api.json("POST", "/licenses/bulk", &atomic.to_string(), 409).await["code"], "DUPLICATE_KEY");
    api.json("GET", "/licenses/BULK-0002", "", 404).await;
}

#[tokio::test]
async fn a_repeated_id_is_changed_once_and_answered_each_time() {
    let api = Api::new(Role::Admin).await;
    let body = json!({"productId": api.product()}).to_string();
    let (a, b) =
        (api.json("POST", "/licenses", &body, 201).await, api.json("POST", "/licenses", &body, 201).await);
    let none = "0199a1c2-0000-7a40-9c1b-000000000001";
    let upper = a["id"].as_str().expect("an id").to_uppercase();
    let ids = json!([a["id"], b["id"], none, upper, none, b["id"]]);
    let set = json!({"ids": ids, "set": {"suspended": true}}).to_string();
    let changed = api.json("PATCH", "/licenses/bulk", &set, 200).await;
    let shown: Vec<_> = changed
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| {
            (item["status"].clone(), item["license"]["id"].clone(), item["license"]["suspended"].clone())
        })
        .collect();
    let done = |made: &Value| (json!(200), made["id"].clone(), json!(true));
    let missing = (json!(404), json!(null), json!(null));
    assert_eq!(shown, [done(&a), done(&b), missing.clone(), done(&a), missing, done(&b)]);
    assert_eq!(changed[0], changed[3], "the same outcome");
    for made in [&a, &b] {
        let path = format!("/event-logs?resourceId={}&action=updated", made["id"].as_str().expect("an id"));
        assert_eq!(api.json("GET", &path, "", 200).await.as_array().map(Vec::len), Some(1), "changed once");
    }
}
