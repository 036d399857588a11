//! Details of the machine API that existing clients depend on. Each test covers one detail.

use axum::body::Body;
use domain::bounded_text::Name;
use domain::license::Limit;
use domain::machine::{MachineRules, Seconds, TrialRules};
use domain::meter::Meters;
use domain::permission::Role;
use domain::product::ProductSettings;
use http::Request;
use serde_json::{Value, json};
use service::{Service, api_token, product};

use super::{activate, body, claims, send};
use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, TestDatabase, license, on_both_databases, seller};

async fn update_rules(service: &Service, seller: &Seller, rules: MachineRules, meters: &str) {
    let settings = ProductSettings {
        machines: rules,
        meters: Meters::parse(meters).unwrap(),
        ..ProductSettings::with_name(Name::parse("name", &seller.product.name).unwrap())
    };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

fn status_and_code(response: &TestResponse) -> (u16, String) {
    let document: Value = serde_json::from_str(&response.text).expect("JSON");
    assert!(!document["message"].as_str().unwrap().is_empty());
    assert_eq!(document.as_object().unwrap().len(), 2, "message and code alone: {}", response.text);
    (response.status.as_u16(), document["code"].as_str().unwrap().to_owned())
}

fn assert_error(response: &TestResponse, status: u16, expected_code: &str) {
    assert_eq!(status_and_code(response), (status, expected_code.to_owned()), "{}", response.text);
}

struct Fixture {
    app: TestApp,
    seller: Seller,
    key: String,
    license: domain::LicenseId,
}

async fn fixture(db: TestDatabase, rules: MachineRules, meters: &str) -> Fixture {
    let app = TestApp::new(db).await;
    let seller = seller(&app.service, "ada").await;
    update_rules(&app.service, &seller, rules, meters).await;
    let (license, key) = license(&app.service, &seller, 1).await;
    Fixture { key: key.expose().to_owned(), app, seller, license }
}

impl Fixture {
    fn body(&self) -> Value {
        body(&self.key, &self.seller.product.id.to_string())
    }

    async fn post(&self, uri: &str, body: &Value) -> TestResponse {
        self.app.post(uri, "application/json", body.to_string()).await
    }
}

on_both_databases! {
    async fn an_empty_body_with_any_content_type_is_an_empty_object(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "").await;
        for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain", ""] {
            let token_claims = claims(&activate(&fixture.app, &fixture.body()).await);
            let uri = format!("/v3/activations/{}/deactivate", token_claims["aid"].as_str().unwrap());
            assert_eq!(send(&fixture.app, "POST", &uri, kind, "").await.status_and_body(), (204, ""), "{kind}");
        }
    }

    async fn activation_is_200_with_a_token_and_release_is_204_without_body(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "").await;
        let response = activate(&fixture.app, &fixture.body()).await;
        assert_eq!((response.status.as_u16(), response.header("content-type")), (200, "application/json"));
        let token_claims = claims(&response);
        let uri = format!("/v3/activations/{}", token_claims["aid"].as_str().unwrap());
        let freed = send(&fixture.app, "DELETE", &uri, "", "").await;
        assert_eq!(freed.status_and_body(), (204, ""));
        assert_eq!(freed.header("content-type"), "");
    }

    async fn deactivation_over_the_limit_is_409_and_keeps_the_activation(db: TestDatabase) {
        let fixture = fixture(db, MachineRules { deactivations: Limit::new(2), ..MachineRules::default() }, "").await;
        for n in 0..3 {
            let token_claims = claims(&activate(&fixture.app, &fixture.body()).await);
            let uri = format!("/v3/activations/{}", token_claims["aid"].as_str().unwrap());
            let response = send(&fixture.app, "DELETE", &uri, "application/json", "").await;
            if n < 2 {
                assert_eq!(response.status, 204);
            } else {
                assert_error(&response, 409, "DEACTIVATION_LIMIT_REACHED");
                assert_eq!(claims(&activate(&fixture.app, &fixture.body()).await)["aid"], token_claims["aid"]);
            }
        }
    }

    async fn claims_have_all_arrays_no_null_and_no_exp(db: TestDatabase) {
        let trial = Some(TrialRules::of_days(1, Limit::UNLIMITED));
        let fixture = fixture(db, MachineRules { trial, ..MachineRules::default() }, "").await;
        let activation = claims(&activate(&fixture.app, &fixture.body()).await);
        let trial = claims(&fixture.post("/v3/trial-activations", &fixture.body()).await);
        for token_claims in [activation, trial] {
            for (name, value) in token_claims.as_object().unwrap() {
                assert!(!value.is_null(), "{name}");
            }
            for list in ["pmd", "lmd", "umd", "amd", "lma", "ama"] {
                assert!(token_claims[list].is_array(), "{list}");
            }
            assert!(token_claims.get("exp").is_none());
        }
    }

    async fn optional_fields_may_be_null_or_empty_and_numbers_may_be_strings(db: TestDatabase) {
        let fixture = fixture(db, MachineRules { lease: Some(Seconds::new(100)), ..MachineRules::default() }, "uses").await;
        for optional in [
            "osVersion",
            "vmName",
            "metadata",
            "container",
            "releaseVersion",
            "leaseDuration",
            "meterAttributes",
            "email",
            "password",
            "clientVersion",
            "accountId",
        ] {
            let mut sent = fixture.body();
            sent[optional] = Value::Null;
            claims(&activate(&fixture.app, &sent).await);
            if !matches!(optional, "metadata" | "meterAttributes") {
                sent[optional] = "".into();
                claims(&activate(&fixture.app, &sent).await);
            }
        }
        let mut sent = fixture.body();
        sent["LeaseDuration"] = "60".into();
        sent["container"] = false.into();
        sent["MeterAttributes"] = json!([{ "Name": "USES", "Uses": "3" }]);
        let token_claims = claims(&activate(&fixture.app, &sent).await);
        assert_eq!((&token_claims["ld"], &token_claims["ama"][0]["uses"]), (&60.into(), &3.into()));
    }

    async fn each_rejection_is_400_with_its_code(db: TestDatabase) {
        let rules = MachineRules { allow_vm: false, allow_container: false, ..MachineRules::default() };
        let fixture = fixture(db, rules, "uses = 1").await;
        let changed = |field: &str, value: Value| {
            let mut sent = fixture.body();
            sent[field] = value;
            sent
        };
        let cases = [
            (changed("vmName", "kvm".into()), "VM_ACTIVATION_NOT_ALLOWED"),
            (changed("container", true.into()), "CONTAINER_ACTIVATION_NOT_ALLOWED"),
            (changed("key", "NO-SUCH-KEY-1".into()), "INVALID_LICENSE_KEY"),
            (changed("productId", "999999".into()), "INVALID_PRODUCT_ID"),
            (
                changed("meterAttributes", json!([{ "name": "uses", "uses": 2 }])),
                "METER_ATTRIBUTE_USES_LIMIT_REACHED",
            ),
            (changed("fingerprint", Value::Null), "VALIDATION_ERROR"),
        ];
        for (sent, expected_code) in cases {
            assert_error(&activate(&fixture.app, &sent).await, 400, expected_code);
        }
        // No rejected request used the slot.
        let token_claims = claims(&activate(&fixture.app, &fixture.body()).await);
        assert_error(
            &activate(&fixture.app, &changed("fingerprint", "other".into())).await,
            400,
            "ACTIVATION_LIMIT_REACHED",
        );
        let uri = format!("/v3/activations/{}", token_claims["aid"].as_str().unwrap());
        let other = changed("fingerprint", "other".into()).to_string();
        assert_error(
            &send(&fixture.app, "PATCH", &uri, "application/json", &other).await,
            400,
            "INVALID_ACTIVATION_FINGERPRINT",
        );
        assert_error(&fixture.post("/v3/trial-activations", &fixture.body()).await, 400, "TRIAL_NOT_ALLOWED");
        update_rules(
            &fixture.app.service,
            &fixture.seller,
            MachineRules { trial: Some(TrialRules::of_days(1, Limit::new(0))), ..MachineRules::default() },
            "",
        )
        .await;
        assert_error(&fixture.post("/v3/trial-activations", &fixture.body()).await, 400, "TRIAL_ACTIVATION_LIMIT_REACHED");
        product::archive(&fixture.app.service, &fixture.seller.actor, fixture.seller.product.id).await.unwrap();
        assert_error(&fixture.post("/v3/trial-activations", &fixture.body()).await, 400, "TRIAL_NOT_ALLOWED");
        let file = json!({ "offlineRequest": "nonsense", "productId": fixture.seller.product.id });
        assert_error(&fixture.post("/v3/trial-activations/offline-activate", &file).await, 400, "INVALID_OFFLINE_REQUEST");
    }

    async fn meters_are_incremented_up_to_their_limit(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "exports = 5").await;
        let token_claims = claims(&activate(&fixture.app, &fixture.body()).await);
        let count = |by: Value| json!({ "increment": by, "activationId": token_claims["aid"] });
        let uri = "/v3/activations/meter-attributes/exports";
        let first = fixture.post(uri, &count(3.into())).await;
        let expected =
            r#"{"name":"exports","uses":3,"licenseAllowedUses":5,"licenseTotalUses":3,"licenseGrossUses":3}"#;
        assert_eq!(first.status_and_body(), (200, expected));
        assert_error(&fixture.post(uri, &count(3.into())).await, 400, "METER_ATTRIBUTE_USES_LIMIT_REACHED");
        assert_eq!(fixture.post(uri, &count("2".into())).await.status, 200);
        assert_error(
            &fixture.post("/v3/activations/meter-attributes/other", &count(1.into())).await,
            400,
            "VALIDATION_ERROR",
        );
        assert_error(&fixture.post(uri, &json!({ "activationId": token_claims["aid"] })).await, 400, "VALIDATION_ERROR");
    }

    async fn offline_activation_requires_a_token_with_permission(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "").await;
        let post = async |token: &str, license: &str, file: &str| {
            let sent = json!({ "offlineRequest": file, "licenseId": license, "responseValidity": "600" });
            let request = Request::post("/v3/activations/offline-activate")
                .header("authorization", format!("Bearer {token}"));
            fixture.app.send(request.body(Body::from(sent.to_string())).unwrap()).await
        };
        let license = fixture.license.to_string();
        let file = fixture.body().to_string();
        let refused = post("cs_wrong", &license, &file).await;
        assert_error(&refused, 401, "UNAUTHORIZED");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        let token = |role| {
            let (service, actor) = (fixture.app.service.clone(), fixture.seller.actor.clone());
            async move {
                api_token::create(&service, &actor, Name::parse("name", "t").unwrap(), role).await.unwrap().token
            }
        };
        assert_error(&post(&token(Role::Viewer).await, &license, &file).await, 403, "FORBIDDEN");
        let support = token(Role::Support).await;
        assert_error(&post(&support, &license, "x").await, 400, "INVALID_OFFLINE_REQUEST");
        assert_error(&post(&support, &service::new_id().to_string(), &file).await, 404, "NOT_FOUND");
        let response = post(&support, &license, &file).await;
        assert_eq!(response.status, 200, "{}", response.text);
        let document: Value = serde_json::from_str(&response.text).unwrap();
        assert_eq!(document["offlineResponse"].as_str().unwrap().split('.').count(), 3);
    }

    async fn update_check_is_204_for_a_product_and_400_without_one(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "").await;
        let uri = format!(
            "/v3/releases/update?productId={}&platform=linux&version=1&key=K&channel=stable",
            fixture.seller.product.id
        );
        assert_eq!(fixture.app.get(&uri).await.status_and_body(), (204, ""));
        assert_error(&fixture.app.get("/v3/releases/update?productId=999").await, 400, "INVALID_PRODUCT_ID");
        assert_error(&fixture.app.get("/v3/releases/update").await, 400, "VALIDATION_ERROR");
    }

    async fn hex_format_keys_are_issued_and_activate(db: TestDatabase) {
        let fixture = fixture(db, MachineRules::default(), "").await;
        let settings = ProductSettings {
            key_format: domain::KeyFormat::Hex,
            ..ProductSettings::with_name(Name::parse("name", &fixture.seller.product.name).unwrap())
        };
        product::update(&fixture.app.service, &fixture.seller.actor, fixture.seller.product.id, settings)
            .await
            .unwrap();
        let (_, key) = license(&fixture.app.service, &fixture.seller, 1).await;
        let groups: Vec<&str> = key.expose().split('-').collect();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|g| g.len() == 6 && g.bytes().all(|b| matches!(b, b'A'..=b'F' | b'0'..=b'9'))));
        claims(
            &activate(&fixture.app, &body(&key.expose().to_lowercase(), &fixture.seller.product.id.to_string()))
                .await,
        );
    }
}
