//! `/activations`, with a token and without.

use domain::Scope;
use serde_json::{Value, json};

use super::Api;
use crate::api::management_api::{call, json as body_of, refusal};
use test_support::on_both_databases;

on_both_databases! {
    async fn a_machine_is_answered_as_the_contract_says(db: TestDatabase) {
        let api = Api::on(db).await;
        api.activate("lab-3").await;
        let machines = api.machines().await;
        let row = &machines[0];
        let expected = json!({
            "id": row["id"], "createdAt": row["createdAt"], "updatedAt": row["updatedAt"], "os": "linux",
            "osVersion": "12", "hostname": "lab-3",
            "location": {
                "ipAddress": "192.0.2.1", "countryCode": "", "countryName": "", "regionCode": "", "regionName": "",
                "city": "", "zipCode": "", "timeZone": "", "latitude": 0, "longitude": 0,
            },
            "vmName": "", "container": false, "appVersion": "1.4.0", "releaseVersion": "", "releaseChannel": "",
            "releasePlatform": "", "offline": false, "productId": api.seller.product.id, "licenseId": api.license,
            "expiresAt": null, "lastSyncedAt": row["lastSyncedAt"], "leaseExpiresAt": null,
            "metadata": [{ "key": "room", "value": "lab-3" }], "meterAttributes": [],
            "userId": null, "user": null, "organization": null,
        });
        assert_eq!(row, &expected);
        let one = format!("/activations/{}", row["id"].as_str().unwrap());
        assert_eq!(api.json("GET", &one, "", 200).await, expected);
        let eve = api.token_of_eve().await;
        for (method, path) in [("GET", one.as_str()), ("DELETE", one.as_str()), ("GET", "/activations/x")] {
            let refused = call(&api.app, &eve, method, &format!("/v3{path}"), "").await;
            assert_eq!(refusal(&refused), (404, "NOT_FOUND".to_owned()), "{method} {path}");
        }
        assert_eq!(body_of(&call(&api.app, &eve, "GET", "/v3/activations", "").await), json!([]));
    }
}

#[tokio::test]
async fn filters_and_included_objects_are_read_from_the_query() {
    let api = Api::new().await;
    for name in ["a", "b"] {
        api.activate(name).await;
    }
    let user = api.json("POST", "/users", r#"{"email":"bea@x.example","firstName":"Bea"}"#, 201).await;
    let organization =
        api.json("POST", "/organizations", r#"{"name":"Initech","email":"it@x.example"}"#, 201).await;
    let groups = json!({ "userId": user["id"] }).to_string();
    api.json("PATCH", &format!("/licenses/{}", api.license), &groups, 200).await;
    let count = async |query: &str| {
        api.json("GET", &format!("/activations?{query}"), "", 200).await.as_array().unwrap().len()
    };
    let key = api.key.expose();
    for (query, expected) in [
        ("os=LINUX".to_owned(), 2),
        ("os[ne]=linux".to_owned(), 0),
        (format!("licenseKey={key}"), 2),
        (format!("licenseKey[ne]={key}"), 0),
        (format!("license.key[in]={key}"), 2),
        ("license.key[in]=".to_owned(), 0),
        (format!("licenseId={}", api.license), 2),
        (format!("userId={}", user["id"].as_str().unwrap()), 2),
        (format!("organizationId={}", organization["id"].as_str().unwrap()), 0),
        ("metadata.key=room&metadata.value=a".to_owned(), 1),
        ("lastSyncedAt[lt]=2020-01-01".to_owned(), 0),
        ("appVersion[sw]=1.4&sort=-lastSyncedAt&limit=1".to_owned(), 1),
        ("search=b".to_owned(), 1),
        ("location.countryCode=DE".to_owned(), 0),
    ] {
        assert_eq!(count(&query).await, expected, "{query}");
    }
    let included = api.json("GET", "/activations?include=user,organization", "", 200).await;
    assert_eq!(
        (&included[0]["user"]["email"], &included[0]["organization"]),
        (&json!("bea@x.example"), &Value::Null)
    );
    api.json("GET", "/activations?include=license", "", 400).await;
    api.json("GET", "/activations?sort=hostname", "", 400).await;
    let path = format!("/organizations/{}/activations", organization["id"].as_str().unwrap());
    assert_eq!(api.json("GET", &path, "", 200).await, json!([]));
    api.json("GET", &format!("/organizations/{}/activations", api.license), "", 404).await;
    api.json("GET", "/me/activations", "", 403).await;
    let export = api.send("GET", "/activations/export?metadata.key=room&metadata.value=b", "").await;
    let lines: Vec<_> = export.text.lines().collect();
    assert_eq!(lines.len(), 2, "{}", export.text);
    assert!(lines[0].starts_with("id,createdAt,") && lines[0].ends_with(",tags,metadata"), "{}", lines[0]);
    assert!(lines[1].contains(",bea@x.example,,,room=b"), "{}", lines[1]);
}

#[tokio::test]
async fn a_token_frees_a_machine_and_an_app_still_does() {
    let api = Api::new().await;
    for name in ["a", "b"] {
        api.activate(name).await;
    }
    // The license allows no deactivation by machines.
    api.json("PATCH", &format!("/licenses/{}", api.license), r#"{"allowedDeactivations":0}"#, 200).await;
    let machines = api.machines().await;
    let path = |row: &Value| format!("/v3/activations/{}", row["id"].as_str().unwrap());
    let reads = api.token_with(&[Scope::ACTIVATION_READ, Scope::LICENSE_READ]).await;
    assert_eq!(refusal(&call(&api.app, &reads, "DELETE", &path(&machines[0]), "").await).0, 403);
    assert_eq!(refusal(&call(&api.app, "cs_wrong", "DELETE", &path(&machines[0]), "").await).0, 401);
    let writes = api.token_with(&[Scope::LICENSE_WRITE]).await;
    assert_eq!(refusal(&call(&api.app, &writes, "GET", "/v3/activations", "").await).0, 403);
    let freed = call(&api.app, &writes, "DELETE", &path(&machines[0]), "{}").await;
    assert_eq!((freed.status.as_u16(), freed.text.as_str(), freed.header("content-type")), (204, "", ""));
    let license = api.json("GET", &format!("/licenses/{}", api.license), "", 200).await;
    assert_eq!((&license["totalActivations"], &license["totalDeactivations"]), (&json!(1), &json!(0)));
    api.json("PATCH", &format!("/licenses/{}", api.license), r#"{"allowedDeactivations":-1}"#, 200).await;
    assert_eq!(call(&api.app, "", "DELETE", &path(&machines[1]), "").await.status, 204);
    let license = api.json("GET", &format!("/licenses/{}", api.license), "", 200).await;
    assert_eq!((&license["totalActivations"], &license["totalDeactivations"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn many_machines_are_freed_by_a_condition_that_is_never_ignored() {
    let api = Api::new().await;
    for name in ["a", "b", "c"] {
        api.activate(name).await;
    }
    let license = api.license;
    for query in [
        String::new(),
        "all=true".to_owned(),
        format!("licenseId={license}"),
        format!("licenseId={license}&all=false"),
        format!("licenseId={license}&lastSyncedAt[lt]="),
        format!("licenseId={license}&lastSyncdAt[lt]=2099-01-01&all=true"),
        format!("licenseId={license}&lastSyncedAt[lt]=soon"),
        format!("licenseId={license}&os=linux&all=true"),
    ] {
        let refused = api.send("DELETE", &format!("/activations?{query}"), "").await;
        assert_eq!(refusal(&refused), (400, "VALIDATION_ERROR".to_owned()), "{query}");
    }
    assert_eq!(api.machines().await.len(), 3);
    let eve = api.token_of_eve().await;
    let all = format!("/v3/activations?licenseId={license}&all=true");
    assert_eq!(refusal(&call(&api.app, &eve, "DELETE", &all, "").await).0, 404);
    api.json("DELETE", &format!("/activations?licenseId={license}&createdAt[lt]=2020-01-01"), "", 204).await;
    assert_eq!(api.machines().await.len(), 3);
    let by_key = format!("/activations?licenseId={}&lastSyncedAt[gt]=2020-01-01", api.key.expose());
    api.json("DELETE", &by_key, "", 204).await;
    assert_eq!(api.machines().await.len(), 0);
}
