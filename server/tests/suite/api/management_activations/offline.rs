//! Offline activation and deactivation by a seller's system.

use axum::body::Body;
use domain::Scope;
use domain::bounded_text::Name;
use domain::license::Limit;
use domain::machine::{MachineRules, TrialRules};
use domain::product::ProductSettings;
use http::Request;
use serde_json::{Value, json};
use service::product;

use super::Api;
use crate::api::management_api::{call, refusal};
use test_support::on_both_databases;

fn claims(response: &Value) -> Value {
    let token = response["offlineResponse"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_license_is_named_by_its_id_or_its_key() {
    let api = Api::new().await;
    let file = api.machine("offline").to_string();
    let (id, key) = (api.license.to_string(), api.key.expose().to_owned());
    let mut activations = Vec::new();
    for license in [&id, &key, &key.to_lowercase()] {
        let sent =
            json!({ "licenseId": license, "offlineRequest": file, "responseValidity": 86400 }).to_string();
        let response = api.json("POST", "/activations/offline-activate", &sent, 200).await;
        assert_eq!(response.as_object().map(serde_json::Map::len), Some(1));
        activations.push(claims(&response)["aid"].clone());
    }
    assert_eq!((&activations[0], &activations[0]), (&activations[1], &activations[2]), "one machine");
    let machines = api.machines().await;
    assert_eq!((machines.len(), &machines[0]["offline"]), (1, &json!(true)));
    let sent = json!({ "licenseId": id, "offlineRequest": file, "responseValidity": 60 }).to_string();
    let keyed = Request::post("/v3/activations/offline-activate")
        .header("authorization", format!("Bearer {}", api.token))
        .header("idempotency-key", "1");
    let keyed = api.app.send(keyed.body(Body::from(sent)).unwrap()).await;
    assert_eq!(keyed.status, 200, "{}", keyed.text);
    let deactivation = json!({
        "key": key, "productId": api.seller.product.id, "fingerprint": "offline", "activationId": activations[0],
    });
    let sent =
        json!({ "licenseId": key, "offlineRequest": deactivation.to_string(), "responseValidity": 60 });
    let receipt = api.json("POST", "/activations/offline-deactivate", &sent.to_string(), 200).await;
    assert_eq!(claims(&receipt)["deactivated"], true);
    assert_eq!(api.machines().await.len(), 0);
}

on_both_databases! {
    async fn answers_name_their_character_set_and_are_not_kept_by_caches(db: TestDatabase) {
        let api = Api::on(db).await;
        let file = api.machine("offline").to_string();
        let right = json!({ "licenseId": api.license, "offlineRequest": file, "responseValidity": 60 }).to_string();
        let trial = json!({ "productId": api.seller.product.id, "offlineRequest": file }).to_string();
        for (path, body, status) in [
            ("/activations/offline-activate", right.as_str(), 200),
            ("/activations/offline-activate", "{}", 400),
            ("/activations/offline-deactivate", "{}", 400),
        ] {
            let answer = api.send("POST", path, body).await;
            let headers = (answer.header("content-type"), answer.header("cache-control"));
            assert_eq!(answer.status, status, "{path}: {}", answer.text);
            assert_eq!(headers, ("application/json; charset=utf-8", "no-store"), "{path}");
            assert_ne!(answer.header("x-request-id"), "");
        }
        let refused = api.app.post("/v3/trial-activations/offline-activate", "application/json", trial).await;
        assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (400, "no-store"));
    }

    async fn receipts_refusals_and_trials_are_answered_alike(db: TestDatabase) {
        let api = Api::on(db).await;
        let trial = Some(TrialRules::of_days(14, Limit::new(5)));
        let settings = ProductSettings {
            machines: MachineRules { trial, ..MachineRules::default() },
            ..ProductSettings::with_name(Name::parse("name", "ada plugin").unwrap())
        };
        product::update(&api.app.service, &api.seller.actor, api.seller.product.id, settings).await.unwrap();
        let file = api.machine("offline");
        let sent = |file: &Value| {
            json!({ "licenseId": api.license, "offlineRequest": file.to_string(), "responseValidity": 60 }).to_string()
        };
        let activated = api.json("POST", "/activations/offline-activate", &sent(&file), 200).await;
        let mut ending = file.clone();
        ending["activationId"] = claims(&activated)["aid"].clone();
        let (reads, eve) = (api.token_with(&[Scope::LICENSE_READ]).await, api.token_of_eve().await);
        let path = "/v3/activations/offline-deactivate";
        let tokens = [("cs_wrong", 401), (reads.as_str(), 403), (eve.as_str(), 404), (api.token.as_str(), 200)];
        for (token, status) in tokens {
            let answer = call(&api.app, token, "POST", path, &sent(&ending)).await;
            let headers = (answer.header("content-type"), answer.header("cache-control"));
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_eq!(headers, ("application/json; charset=utf-8", "no-store"), "{status}");
        }
        assert_eq!(api.machines().await.len(), 0);
        let of_trial = json!({ "productId": api.seller.product.id, "offlineRequest": file.to_string() });
        let path = "/v3/trial-activations/offline-activate";
        let trial = api.app.post(path, "application/json", of_trial.to_string()).await;
        let headers = (trial.header("content-type"), trial.header("cache-control"));
        assert_eq!(trial.status, 200, "{}", trial.text);
        assert_eq!(headers, ("application/json; charset=utf-8", "no-store"));
    }

    async fn machines_and_their_log_tell_a_container_without_a_network(db: TestDatabase) {
        let api = Api::on(db).await;
        let mut file = api.machine("offline");
        file["container"] = json!("docker");
        let sent = |file: &Value| {
            json!({ "licenseId": api.license, "offlineRequest": file.to_string(), "responseValidity": 60 }).to_string()
        };
        let activated = api.json("POST", "/activations/offline-activate", &sent(&file), 200).await;
        let machines = api.machines().await;
        assert_eq!((&machines[0]["container"], &machines[0]["offline"]), (&json!(true), &json!(true)));
        file["activationId"] = claims(&activated)["aid"].clone();
        api.json("POST", "/activations/offline-deactivate", &sent(&file), 200).await;
        let log = api.json("GET", "/activation-logs", "", 200).await;
        let entries: Vec<_> = log
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry["action"].as_str().unwrap(), &entry["container"], &entry["offline"]))
            .collect();
        let yes = &json!(true);
        assert_eq!(entries, [("activate", yes, yes), ("deactivate", yes, yes)]);
    }
}

#[tokio::test]
async fn refusals_have_codes_and_name_the_scope() {
    let api = Api::new().await;
    let path = "/v3/activations/offline-activate";
    let file = api.machine("offline").to_string();
    let body = json!({ "licenseId": api.license, "offlineRequest": file, "responseValidity": 1 }).to_string();
    assert_eq!(refusal(&call(&api.app, "", "POST", path, &body).await).0, 401);
    let reads = api.token_with(&[Scope::LICENSE_READ]).await;
    let refused = call(&api.app, &reads, "POST", path, &body).await;
    assert_eq!(refusal(&refused).0, 403);
    assert!(refused.text.contains("license:write"), "{}", refused.text);
    let eve = api.token_of_eve().await;
    assert_eq!(refusal(&call(&api.app, &eve, "POST", path, &body).await).0, 404);
    for (body, code) in [
        (json!({ "offlineRequest": file, "responseValidity": 1 }), "VALIDATION_ERROR"),
        (json!({ "licenseId": api.license, "responseValidity": 1 }), "INVALID_OFFLINE_REQUEST"),
        (
            json!({ "licenseId": api.license, "offlineRequest": file, "responseValidity": -1 }),
            "VALIDATION_ERROR",
        ),
        (
            json!({ "licenseId": api.license, "offlineRequest": "x", "responseValidity": 1 }),
            "INVALID_OFFLINE_REQUEST",
        ),
    ] {
        let refused = api.send("POST", "/activations/offline-activate", &body.to_string()).await;
        assert_eq!(refusal(&refused), (400, code.to_owned()), "{body}");
    }
}
