//! `/trial-activations`.

use domain::Scope;
use domain::bounded_text::Name;
use domain::license::Limit;
use domain::machine::{MachineRules, TrialRules};
use domain::product::ProductSettings;
use serde_json::{Value, json};
use service::product;

use super::Api;
use crate::api::management_api::{call, refusal};
use test_support::{TestDatabase, on_both_databases};

async fn with_trial(db: TestDatabase) -> (Api, Value) {
    let api = Api::on(db).await;
    let trial = Some(TrialRules::of_days(14, Limit::new(5)));
    let settings = ProductSettings {
        machines: MachineRules { trial, ..MachineRules::default() },
        ..ProductSettings::with_name(Name::parse("name", "ada plugin").unwrap())
    };
    product::update(&api.app.service, &api.seller.actor, api.seller.product.id, settings).await.unwrap();
    let started =
        api.app.post("/v3/trial-activations", "application/json", api.machine("lab-3").to_string()).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let rows = api.json("GET", "/trial-activations", "", 200).await;
    let row = rows[0].clone();
    (api, row)
}

on_both_databases! {
    async fn a_trial_is_shown_moved_and_deleted(db: TestDatabase) {
        let (api, row) = with_trial(db).await;
        let expected = json!({
            "id": row["id"], "createdAt": row["createdAt"], "updatedAt": row["updatedAt"], "os": "linux",
            "osVersion": "12", "hostname": "lab-3",
            "location": {
                "ipAddress": "192.0.2.1", "countryCode": "", "countryName": "", "regionCode": "", "regionName": "",
                "city": "", "zipCode": "", "timeZone": "", "latitude": 0, "longitude": 0,
            },
            "vmName": "", "container": false, "appVersion": "1.4.0", "releaseVersion": "", "releaseChannel": "",
            "releasePlatform": "", "offline": false, "productId": api.seller.product.id, "expiresAt": row["expiresAt"],
            "metadata": [{ "key": "room", "value": "lab-3" }],
        });
        assert_eq!(row, expected);
        let path = format!("/trial-activations/{}", row["id"].as_str().unwrap());
        assert_eq!(api.json("GET", &path, "", 200).await, expected);
        let log = api.json("GET", "/activation-logs?action=trial-activate", "", 200).await;
        let facts = ["os", "osVersion", "hostname", "appVersion", "productId"].map(|name| &log[0][name]);
        let product = json!(api.seller.product.id);
        assert_eq!(facts, [&json!("linux"), &json!("12"), &json!("lab-3"), &json!("1.4.0"), &product]);
        let set = api
            .json("PATCH", &format!("{path}/expires-at"), r#"{"expiresAt":"2099-01-31T12:00:00Z"}"#, 200)
            .await;
        assert_eq!(set["expiresAt"], "2099-01-31T12:00:00.000Z");
        let extended = api.json("POST", &format!("{path}/extend"), r#"{"extensionLength":"86400"}"#, 200).await;
        assert_eq!(extended["expiresAt"], "2099-02-01T12:00:00.000Z");
        assert_eq!(extended["createdAt"], row["createdAt"]);
        assert!(extended["updatedAt"].as_str() >= set["updatedAt"].as_str(), "{extended}");
        assert!(set["updatedAt"].as_str() > row["updatedAt"].as_str(), "{set}");
        let listed = api.json("GET", "/trial-activations?sort=-updatedAt", "", 200).await;
        assert_eq!(listed, json!([extended]));
        for body in ["", r#"{"extensionLength":0}"#, r#"{"extensionLength":"x"}"#] {
            api.json("POST", &format!("{path}/extend"), body, 400).await;
        }
        api.json("PATCH", &format!("{path}/expires-at"), "{}", 400).await;
        for (query, count) in
            [("expired=False", 1), ("expired=true", 0), ("metadata.key=room", 1), ("os=windows", 0)]
        {
            let found = api.json("GET", &format!("/trial-activations?{query}"), "", 200).await;
            assert_eq!(found.as_array().map(Vec::len), Some(count), "{query}");
        }
        let export = api.send("GET", "/trial-activations/export", "").await.text;
        assert!(
            export.lines().nth(1).is_some_and(
                |line| line.contains(",linux,12,lab-3,,false,1.4.0,") && line.ends_with(",,,room=lab-3")
            ),
            "{export}"
        );
        let changed = extended["updatedAt"].as_str().unwrap();
        assert!(export.lines().nth(1).is_some_and(|line| line.contains(changed)), "{export}");
        let words = async |query: &str| {
            let found = api.json("GET", &format!("/event-logs?resource=trialActivation&{query}"), "", 200).await;
            let words =
                found.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
            words.collect::<Vec<_>>()
        };
        assert_eq!(words("").await, ["expiresAt.updated", "extended"]);
        assert_eq!(words("action=expiresAt.updated").await, ["expiresAt.updated"]);
        assert!(words("action=expiry-changed").await.is_empty());
        api.json("DELETE", &path, "", 204).await;
        api.json("DELETE", &path, "", 404).await;
        let log = api.json("GET", "/event-logs?sort=-createdAt&limit=1", "", 200).await;
        assert_eq!((&log[0]["resource"], &log[0]["action"]), (&json!("trialActivation"), &json!("deleted")));
    }
}

#[tokio::test]
async fn trials_of_another_seller_and_without_a_scope_are_refused() {
    let (api, row) = with_trial(TestDatabase::sqlite()).await;
    let path = format!("/v3/trial-activations/{}", row["id"].as_str().unwrap());
    let calls = [
        ("GET", path.clone(), ""),
        ("DELETE", path.clone(), ""),
        ("POST", format!("{path}/extend"), r#"{"extensionLength":1}"#),
        ("PATCH", format!("{path}/expires-at"), r#"{"expiresAt":"2099-01-01"}"#),
    ];
    let eve = api.token_of_eve().await;
    let narrow = api.token_with(&[Scope::LICENSE_READ, Scope::LICENSE_WRITE]).await;
    for (method, path, body) in &calls {
        assert_eq!(refusal(&call(&api.app, &eve, method, path, body).await).0, 404, "{method} {path}");
        assert_eq!(refusal(&call(&api.app, &narrow, method, path, body).await).0, 403, "{method} {path}");
        assert_eq!(refusal(&call(&api.app, "", method, path, body).await).0, 401, "{method} {path}");
    }
    assert_eq!(call(&api.app, &eve, "GET", "/v3/trial-activations", "").await.text, "[]");
    assert_eq!(api.json("GET", "/trial-activations", "", 200).await[0], row);
}
