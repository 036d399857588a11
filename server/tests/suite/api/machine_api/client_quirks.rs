//! What the clients of this dialect are strict about, one test each, named for it.

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
use crate::on_both_databases;
use crate::support::{Seller, TestDatabase, license, seller};
use crate::test_app::{TestApp, TestResponse};

async fn set(service: &Service, seller: &Seller, rules: MachineRules, meters: &str) {
    let settings = ProductSettings {
        machines: rules,
        meters: Meters::parse(meters).unwrap(),
        ..ProductSettings::with_name(Name::parse("name", &seller.product.name).unwrap())
    };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

fn code(answer: &TestResponse) -> (u16, String) {
    let document: Value = serde_json::from_str(&answer.text).expect("JSON");
    assert!(!document["message"].as_str().unwrap().is_empty());
    assert_eq!(document.as_object().unwrap().len(), 2, "message and code alone: {}", answer.text);
    (answer.status.as_u16(), document["code"].as_str().unwrap().to_owned())
}

fn is(answer: &TestResponse, status: u16, word: &str) {
    assert_eq!(code(answer), (status, word.to_owned()), "{}", answer.text);
}

struct Scene {
    face: TestApp,
    seller: Seller,
    key: String,
    license: domain::LicenseId,
}

async fn scene(db: TestDatabase, rules: MachineRules, meters: &str) -> Scene {
    let face = TestApp::new(db).await;
    let seller = seller(&face.service, "ada").await;
    set(&face.service, &seller, rules, meters).await;
    let (license, key) = license(&face.service, &seller, 1).await;
    Scene { key: key.expose().to_owned(), face, seller, license }
}

impl Scene {
    fn body(&self) -> Value {
        body(&self.key, &self.seller.product.id.to_string())
    }

    async fn post(&self, uri: &str, body: &Value) -> TestResponse {
        self.face.post(uri, "application/json", body.to_string()).await
    }
}

on_both_databases! {
    async fn an_empty_body_with_any_content_type_is_an_empty_object(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "").await;
        for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain", ""] {
            let told = claims(&activate(&scene.face, &scene.body()).await);
            let uri = format!("/v3/activations/{}/deactivate", told["aid"].as_str().unwrap());
            assert_eq!(send(&scene.face, "POST", &uri, kind, "").await.status_and_body(), (204, ""), "{kind}");
        }
    }

    async fn success_is_exactly_200_with_a_token_and_204_with_nothing(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "").await;
        let answer = activate(&scene.face, &scene.body()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        let told = claims(&answer);
        let uri = format!("/v3/activations/{}", told["aid"].as_str().unwrap());
        let freed = send(&scene.face, "DELETE", &uri, "", "").await;
        assert_eq!(freed.status_and_body(), (204, ""));
        assert_eq!(freed.header("content-type"), "");
    }

    async fn a_third_deactivation_of_two_is_409_and_the_seat_stays(db: TestDatabase) {
        let scene = scene(db, MachineRules { deactivations: Limit::new(2), ..MachineRules::default() }, "").await;
        for n in 0..3 {
            let told = claims(&activate(&scene.face, &scene.body()).await);
            let uri = format!("/v3/activations/{}", told["aid"].as_str().unwrap());
            let answer = send(&scene.face, "DELETE", &uri, "application/json", "").await;
            if n < 2 {
                assert_eq!(answer.status, 204);
            } else {
                is(&answer, 409, "DEACTIVATION_LIMIT_REACHED");
                assert_eq!(claims(&activate(&scene.face, &scene.body()).await)["aid"], told["aid"]);
            }
        }
    }

    async fn arrays_are_always_there_strings_never_null_and_exp_never_there(db: TestDatabase) {
        let trial = Some(TrialRules { days: 1, limit: Limit::UNLIMITED });
        let scene = scene(db, MachineRules { trial, ..MachineRules::default() }, "").await;
        let activation = claims(&activate(&scene.face, &scene.body()).await);
        let trial = claims(&scene.post("/v3/trial-activations", &scene.body()).await);
        for told in [activation, trial] {
            for (name, value) in told.as_object().unwrap() {
                assert!(!value.is_null(), "{name}");
            }
            for list in ["pmd", "lmd", "umd", "amd", "lma", "ama"] {
                assert!(told[list].is_array(), "{list}");
            }
            assert!(told.get("exp").is_none());
        }
    }

    async fn optional_fields_may_be_null_empty_or_missing_and_numbers_strings(db: TestDatabase) {
        let scene = scene(db, MachineRules { lease: Some(Seconds::new(100)), ..MachineRules::default() }, "uses").await;
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
            let mut sent = scene.body();
            sent[optional] = Value::Null;
            claims(&activate(&scene.face, &sent).await);
            if !matches!(optional, "metadata" | "meterAttributes") {
                sent[optional] = "".into();
                claims(&activate(&scene.face, &sent).await);
            }
        }
        let mut sent = scene.body();
        sent["LeaseDuration"] = "60".into();
        sent["container"] = false.into();
        sent["MeterAttributes"] = json!([{ "Name": "USES", "Uses": "3" }]);
        let told = claims(&activate(&scene.face, &sent).await);
        assert_eq!((&told["ld"], &told["ama"][0]["uses"]), (&60.into(), &3.into()));
    }

    async fn each_refusal_is_400_with_its_word(db: TestDatabase) {
        let rules = MachineRules { allow_vm: false, allow_container: false, ..MachineRules::default() };
        let scene = scene(db, rules, "uses = 1").await;
        let changed = |field: &str, value: Value| {
            let mut sent = scene.body();
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
        for (sent, word) in cases {
            is(&activate(&scene.face, &sent).await, 400, word);
        }
        // None of them took the seat.
        let told = claims(&activate(&scene.face, &scene.body()).await);
        is(
            &activate(&scene.face, &changed("fingerprint", "other".into())).await,
            400,
            "ACTIVATION_LIMIT_REACHED",
        );
        let uri = format!("/v3/activations/{}", told["aid"].as_str().unwrap());
        let other = changed("fingerprint", "other".into()).to_string();
        is(
            &send(&scene.face, "PATCH", &uri, "application/json", &other).await,
            400,
            "INVALID_ACTIVATION_FINGERPRINT",
        );
        is(&scene.post("/v3/trial-activations", &scene.body()).await, 400, "TRIAL_NOT_ALLOWED");
        set(
            &scene.face.service,
            &scene.seller,
            MachineRules { trial: Some(TrialRules { days: 1, limit: Limit::new(0) }), ..MachineRules::default() },
            "",
        )
        .await;
        is(&scene.post("/v3/trial-activations", &scene.body()).await, 400, "TRIAL_ACTIVATION_LIMIT_REACHED");
        let file = json!({ "offlineRequest": "nonsense", "productId": scene.seller.product.id });
        is(&scene.post("/v3/trial-activations/offline-activate", &file).await, 400, "INVALID_OFFLINE_REQUEST");
    }

    async fn meters_are_counted_and_refused_at_their_limit(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "exports = 5").await;
        let told = claims(&activate(&scene.face, &scene.body()).await);
        let count = |by: Value| json!({ "increment": by, "activationId": told["aid"] });
        let uri = "/v3/activations/meter-attributes/exports";
        let first = scene.post(uri, &count(3.into())).await;
        let whole =
            r#"{"name":"exports","uses":3,"licenseAllowedUses":5,"licenseTotalUses":3,"licenseGrossUses":3}"#;
        assert_eq!(first.status_and_body(), (200, whole));
        is(&scene.post(uri, &count(3.into())).await, 400, "METER_ATTRIBUTE_USES_LIMIT_REACHED");
        assert_eq!(scene.post(uri, &count("2".into())).await.status, 200);
        is(
            &scene.post("/v3/activations/meter-attributes/other", &count(1.into())).await,
            400,
            "VALIDATION_ERROR",
        );
        is(&scene.post(uri, &json!({ "activationId": told["aid"] })).await, 400, "VALIDATION_ERROR");
    }

    async fn offline_files_need_a_token_that_may(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "").await;
        let post = async |token: &str, license: &str, file: &str| {
            let sent = json!({ "offlineRequest": file, "licenseId": license, "responseValidity": "600" });
            let request = Request::post("/v3/activations/offline-activate")
                .header("authorization", format!("Bearer {token}"));
            scene.face.send(request.body(Body::from(sent.to_string())).unwrap()).await
        };
        let license = scene.license.to_string();
        let file = scene.body().to_string();
        let refused = post("cs_wrong", &license, &file).await;
        is(&refused, 401, "UNAUTHORIZED");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
        let token = |role| {
            let (service, actor) = (scene.face.service.clone(), scene.seller.actor.clone());
            async move {
                api_token::create(&service, &actor, Name::parse("name", "t").unwrap(), role).await.unwrap().token
            }
        };
        is(&post(&token(Role::Viewer).await, &license, &file).await, 403, "FORBIDDEN");
        let support = token(Role::Support).await;
        is(&post(&support, &license, "x").await, 400, "INVALID_OFFLINE_REQUEST");
        is(&post(&support, &service::new_id().to_string(), &file).await, 404, "NOT_FOUND");
        let answer = post(&support, &license, &file).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let document: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(document["offlineResponse"].as_str().unwrap().split('.').count(), 3);
    }

    async fn an_update_is_none_for_a_product_and_400_without_one(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "").await;
        let uri = format!(
            "/v3/releases/update?productId={}&platform=linux&version=1&key=K&channel=stable",
            scene.seller.product.id
        );
        assert_eq!(scene.face.get(&uri).await.status_and_body(), (204, ""));
        is(&scene.face.get("/v3/releases/update?productId=999").await, 400, "INVALID_PRODUCT_ID");
        is(&scene.face.get("/v3/releases/update").await, 400, "VALIDATION_ERROR");
    }

    async fn keys_of_the_other_pattern_are_issued_and_activate(db: TestDatabase) {
        let scene = scene(db, MachineRules::default(), "").await;
        let settings = ProductSettings {
            key_format: domain::KeyFormat::Hex,
            ..ProductSettings::with_name(Name::parse("name", &scene.seller.product.name).unwrap())
        };
        product::update(&scene.face.service, &scene.seller.actor, scene.seller.product.id, settings)
            .await
            .unwrap();
        let (_, key) = license(&scene.face.service, &scene.seller, 1).await;
        let groups: Vec<&str> = key.expose().split('-').collect();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|g| g.len() == 6 && g.bytes().all(|b| matches!(b, b'A'..=b'F' | b'0'..=b'9'))));
        claims(
            &activate(&scene.face, &body(&key.expose().to_lowercase(), &scene.seller.product.id.to_string()))
                .await,
        );
    }
}
