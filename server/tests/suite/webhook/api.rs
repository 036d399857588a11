//! `/v3/webhooks` and `/v3/webhook-event-logs`.

use std::collections::BTreeSet;

use axum::body::Body;
use domain::bounded_text::Name;
use domain::permission::Role;
use http::{Method, Request};
use serde_json::{Value, json};
use service::webhook::Dispatcher;
use service::{Service, api_token};

use super::{enable, loopback_settings};
use crate::test_app::{TestApp, TestResponse};
use test_support::receiver::{Answer, HttpReceiver};
use test_support::{Seller, TestDatabase, license, on_both_databases, seller};

/// A client of the API with a token.
struct Client<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Client<'a> {
    async fn of(app: &'a TestApp, seller: &Seller, role: Role) -> Self {
        let name = Name::parse("name", "test").expect("a name");
        let made = api_token::create(&app.service, &seller.actor, name, role).await.expect("a token");
        Self { app, token: made.token }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> TestResponse {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v3{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.app.send(request.body(body).expect("a request")).await
    }

    /// Sends a request and returns the body of an answer with this status.
    async fn json(&self, status: u16, method: Method, path: &str, body: &Value) -> Value {
        let response = self.send(method, path, body).await;
        assert_eq!(response.status, status, "{path} {body}: {}", response.text);
        if response.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&response.text).expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.json(200, Method::GET, path, &Value::Null).await
    }

    async fn post(&self, status: u16, path: &str, body: Value) -> Value {
        self.json(status, Method::POST, path, &body).await
    }

    async fn patch(&self, status: u16, path: &str, body: Value) -> Value {
        self.json(status, Method::PATCH, path, &body).await
    }
}

async fn open(db: TestDatabase) -> (TestApp, HttpReceiver, Seller) {
    let app = TestApp::with(db, loopback_settings()).await;
    enable(&app.service);
    let ada = seller(&app.service, "ada").await;
    (app, HttpReceiver::start().await, ada)
}

async fn deliver(service: &Service) {
    Dispatcher::new(service).expect("webhooks are on").run_until_idle().await.expect("delivered");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

on_both_databases! {
    async fn a_webhook_is_made_changed_and_deleted(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["license.created", "LICENSE.RENEWED"] }))
            .await;
        let token = text(&made["token"]).to_owned();
        assert!(token.starts_with("whsec_") && token.len() > 40, "{token}");
        let path = format!("/webhooks/{}", text(&made["id"]));
        let expected = json!({
            "id": made["id"], "createdAt": made["createdAt"], "updatedAt": made["createdAt"], "name": "shop",
            "url": receiver.url(), "token": token, "enabled": true, "active": true, "status": "healthy",
            "events": ["license.created", "license.renewed"], "signatureScheme": "v3",
            "lastSucceededAt": null, "consecutiveFailures": 0,
        });
        assert_eq!(made, expected);
        let mask = format!("****{}", &token[token.len() - 4..]);
        let shown = client.get(&path).await;
        assert_eq!(shown["token"], mask.as_str());
        assert_eq!(client.get("/webhooks").await, json!([shown]));

        // The whole object sent back changes nothing.
        assert_eq!(client.patch(200, &path, shown.clone()).await, shown);
        let changed = client.patch(200, &path, json!({ "active": false, "events": ["*"], "signatureScheme": "STANDARD" })).await;
        assert_eq!((&changed["enabled"], &changed["active"]), (&json!(false), &json!(false)));
        assert_eq!((&changed["events"], &changed["signatureScheme"]), (&json!(["*"]), &json!("standard")));
        assert_eq!(client.patch(200, &path, json!({ "token": "own-token-of-the-shop" })).await["token"], "****shop");
        let rotated = client.post(200, &format!("{path}/rotate-token"), json!({ "overlap": 60 })).await;
        assert!(text(&rotated["token"]).starts_with("whsec_"));
        assert_eq!(client.json(204, Method::DELETE, &path, &Value::Null).await, Value::Null);
        assert_eq!(client.send(Method::GET, &path, &Value::Null).await.status, 404);
    }

    async fn changes_of_a_webhook_are_reported_without_address_and_secret(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["license.created"], "token": "first-token-of-the-shop" }))
            .await;
        let path = format!("/webhooks/{}", text(&made["id"]));
        let other = format!("{}/other-address", receiver.url());
        let body = json!({ "name": "store", "url": other, "token": "second-token-of-a-store", "enabled": false, "events": ["license.*"], "signatureScheme": "standard" });
        client.patch(200, &path, body).await;
        let change = |property: &str, before: Value, after: Value| {
            json!({ "propertyName": property, "oldValue": before, "newValue": after })
        };
        let log = client.get(&format!("/event-logs?resourceId={}&sort=-createdAt", text(&made["id"]))).await;
        let expected = json!([
            change("name", json!("shop"), json!("store")),
            change("url", json!("****"), json!("****")),
            change("token", json!("****shop"), json!("****tore")),
            change("enabled", json!(true), json!(false)),
            change("events", json!(["license.created"]), json!(["license.*"])),
            change("signatureScheme", json!("v3"), json!("standard")),
        ]);
        assert_eq!((&log[0]["resource"], &log[0]["action"], &log[0]["changes"]), (&json!("webhook"), &json!("updated"), &expected));
        let rotated = client.post(200, &format!("{path}/rotate-token"), json!({ "token": "third-token-of-a-market" })).await;
        let log = client.get(&format!("/event-logs?resourceId={}&sort=-createdAt", text(&made["id"]))).await;
        assert_eq!(log[0]["changes"], json!([change("token", json!("****tore"), json!("****rket"))]));
        for secret in ["-token-of", "other-address", text(&rotated["token"])] {
            assert!(!log.to_string().contains(secret), "{secret}: {log}");
        }
    }

    async fn wrong_fields_are_named(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let good = json!({ "name": "shop", "url": receiver.url(), "events": ["license.*"] });
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("x".repeat(257))),
            ("url", json!("shop.example")),
            ("url", json!("ftp://shop.example/")),
            ("url", json!("https://user:pw@shop.example/")),
            ("url", json!("https://10.0.0.1/")),
            ("url", json!("https://localhost/")),
            ("url", json!("https://[::ffff:10.0.0.1]/")),
            ("events", json!([])),
            ("events", json!(["license.sold"])),
            ("events", json!("license.created")),
            ("token", json!("x".repeat(257))),
            ("signatureScheme", json!("v4")),
            ("enabled", json!("perhaps")),
        ] {
            let mut body = good.clone();
            body[field] = value.clone();
            let refused = client.post(400, "/webhooks", body).await;
            assert_eq!(refused["code"], "VALIDATION_ERROR");
            assert!(text(&refused["message"]).contains(field), "{field} {value}: {refused}");
        }
        for field in ["name", "url", "events"] {
            let mut body = good.clone();
            body.as_object_mut().expect("an object").remove(field);
            let refused = client.post(400, "/webhooks", body).await;
            assert!(text(&refused["message"]).contains(field), "{field}: {refused}");
        }
    }

    async fn all_names_are_listed(db: TestDatabase) {
        let (app, _, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Viewer).await;
        let names = client.get("/webhooks/events").await;
        let names: Vec<&str> = names.as_array().expect("a list").iter().map(text).collect();
        assert_eq!(names.len(), 44);
        assert!(names.contains(&"license.activation.limit-reached") && names.contains(&"webhook.deleted"));
    }

    async fn a_test_and_the_log_of_deliveries(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["domainActivation.*"], "token": "secret" }))
            .await;
        let id = text(&made["id"]).to_owned();
        let test = client.post(200, &format!("/webhooks/{id}/test"), json!({ "event": "license.created" })).await;
        assert_eq!((&test["event"], &test["status"], &test["statusCode"]), (&json!("license.created"), &json!("succeeded"), &json!(200)));
        assert_eq!((&test["manual"], &test["attempt"], &test["responseBody"]), (&json!(true), &json!(1), &json!("answer 200")));
        let payload: Value = serde_json::from_str(text(&test["payload"])).expect("JSON");
        assert_eq!(payload["data"]["tags"], json!(["early-bird"]));

        receiver.answer([Answer::Status(503)]);
        let (_, key) = license(&app.service, &ada, 1).await;
        app.json("/activate", key.expose(), "a.com").await;
        deliver(&app.service).await;
        let failed = client.get(&format!("/webhook-event-logs?webhookId={id}&status=failed")).await;
        let entry = &failed[0];
        assert_eq!((&entry["statusCode"], &entry["errorMessage"]), (&json!(503), &json!("HTTP 503")));
        assert_eq!((&entry["event"], &entry["url"]), (&json!("domainActivation.created"), &json!(receiver.url())));
        assert!(entry["nextAttemptAt"].is_string() && entry["durationMs"].is_i64(), "{entry}");
        let payload: Value = serde_json::from_str(text(&entry["payload"])).expect("JSON");
        assert_eq!(payload["data"]["domain"], "a.com");
        assert_eq!(client.get(&format!("/webhook-event-logs/{}", text(&entry["id"]))).await, *entry);
        assert_eq!(client.get("/webhook-event-logs?statusCode=503").await, json!([entry]));
        assert_eq!(client.get("/webhook-event-logs?event=license.created").await.as_array().map(Vec::len), Some(1));

        // It waits for its next attempt, so that a retry by hand is refused.
        let retry = format!("/webhook-event-logs/{}/retry", text(&entry["id"]));
        client.post(400, &retry, Value::Null).await;
        let again = client.post(200, &format!("/webhook-event-logs/{}/retry", text(&test["id"])), Value::Null).await;
        assert_eq!((&again["status"], &again["eventId"]), (&json!("pending"), &test["eventId"]));
        assert_ne!(again["id"], test["id"]);
        deliver(&app.service).await;
        let received = receiver.received();
        assert_eq!(received.first().map(|it| &it.body), received.last().map(|it| &it.body));

        let replayed = client.post(200, &format!("/webhooks/{id}/replay"), json!({ "from": "2020-01-01", "onlyFailed": false })).await;
        assert_eq!(replayed, json!({ "scheduled": 1 }));
        client.post(400, &format!("/webhooks/{id}/replay"), Value::Null).await;
    }

    async fn a_suspension_is_lifted_by_enabling_and_not_by_an_echo(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["domainActivation.*"] }))
            .await;
        let path = format!("/webhooks/{}", text(&made["id"]));
        let suspend = async |domain: &str| {
            receiver.answer([Answer::Status(410)]);
            let (_, key) = license(&app.service, &ada, 1).await;
            app.json("/activate", key.expose(), domain).await;
            deliver(&app.service).await;
            client.get(&path).await
        };
        let suspended = suspend("a.com").await;
        assert_eq!(suspended["status"], "suspended");
        assert_eq!(client.patch(200, &path, suspended.clone()).await["status"], "suspended", "an echo");
        assert_eq!(client.patch(200, &path, json!({ "enabled": true })).await["status"], "healthy");
        assert_eq!(suspend("b.com").await["status"], "suspended");
        assert_eq!(client.patch(200, &path, json!({ "status": "healthy" })).await["status"], "healthy");
    }

    async fn the_data_of_an_event_is_what_get_answers(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let events =
            ["license.created", "license.updated", "product.updated", "licenseTemplate.created", "trialPolicy.created", "user.created"];
        client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": events }))
            .await;
        let data = async |event: &str| {
            deliver(&app.service).await;
            let received = receiver.received();
            let mut bodies = received.iter().map(|request| serde_json::from_str::<Value>(&request.body).expect("JSON"));
            bodies.rfind(|body| body["event"] == event).expect("an event")["data"].clone()
        };
        let product = format!("/products/{}", ada.product.id);
        client.patch(200, &product, json!({ "description": "Sound editor" })).await;
        assert_eq!(data("product.updated").await, client.get(&product).await);
        let template = client.post(201, "/license-templates", json!({ "name": "Yearly" })).await;
        assert_eq!(data("licenseTemplate.created").await, template);
        let policy = client.post(201, "/trial-policies", json!({ "name": "14 days", "trialLength": 1_209_600 })).await;
        assert_eq!(data("trialPolicy.created").await, policy);
        let user = json!({ "firstName": "Bea", "email": "bea@x.example", "password": "12345678", "role": "user" });
        let user = client.post(201, "/users", user).await;
        assert_eq!(data("user.created").await, user);
        let pair = json!({ "key": "order", "value": "1841", "visible": false });
        let license = json!({ "productId": ada.product.id.to_string(), "notes": "Paid.", "metadata": [pair] });
        let license = client.post(201, "/licenses", license).await;
        assert_eq!(data("license.created").await, license);
        let path = format!("/licenses/{}", text(&license["id"]));
        client.patch(200, &path, json!({ "allowedActivations": 7, "suspended": true })).await;
        assert_eq!(data("license.updated").await, client.get(&path).await);
    }

    async fn samples_have_the_fields_of_the_objects(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let client = Client::of(&app, &ada, Role::Admin).await;
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["license.created"] }))
            .await;
        let license = client.post(201, "/licenses", json!({ "productId": ada.product.id.to_string() })).await;
        let product = client.get(&format!("/products/{}", ada.product.id)).await;
        let template = client.get(&format!("/license-templates/{}", text(&product["licenseTemplateId"]))).await;
        let user = json!({ "firstName": "Bea", "email": "bea@x.example", "password": "12345678", "role": "user" });
        let user = client.post(201, "/users", user).await;
        let policy = client.post(201, "/trial-policies", json!({ "name": "14 days", "trialLength": 1_209_600 })).await;
        let organization = json!({ "name": "Initech", "email": "it@initech.example", "allowedUsers": 25 });
        let organization = client.post(201, "/organizations", organization).await;
        let path = format!("/webhooks/{}", text(&made["id"]));
        for (event, object) in [
            ("license.created", license),
            ("product.created", product),
            ("licenseTemplate.created", template),
            ("trialPolicy.created", policy),
            ("webhook.created", client.get(&path).await),
            ("user.created", user),
            ("organization.created", organization),
        ] {
            let test = client.post(200, &format!("{path}/test"), json!({ "event": event })).await;
            let payload: Value = serde_json::from_str(text(&test["payload"])).expect("JSON");
            let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(&payload["data"]), names(&object), "{event}");
        }
    }

    async fn viewers_read_and_get_no_payload(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let (admin, viewer) = (Client::of(&app, &ada, Role::Admin).await, Client::of(&app, &ada, Role::Viewer).await);
        let made = admin
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["*"] }))
            .await;
        let path = format!("/webhooks/{}", text(&made["id"]));
        admin.post(200, &format!("{path}/test"), Value::Null).await;
        assert_eq!(viewer.get("/webhooks").await.as_array().map(Vec::len), Some(1));
        let log = viewer.get("/webhook-event-logs?status=succeeded").await;
        assert_eq!((&log[0]["payload"], &log[0]["responseBody"]), (&json!(""), &Value::Null));
        for (method, path) in [
            (Method::POST, "/webhooks".to_owned()),
            (Method::PATCH, path.clone()),
            (Method::DELETE, path.clone()),
            (Method::POST, format!("{path}/rotate-token")),
            (Method::POST, format!("{path}/test")),
            (Method::POST, format!("{path}/replay")),
            (Method::POST, format!("/webhook-event-logs/{}/retry", text(&log[0]["id"]))),
        ] {
            let response = viewer.send(method, &path, &Value::Null).await;
            assert_eq!(response.status, 403, "{path}: {}", response.text);
        }
    }

    async fn webhooks_of_another_seller_look_missing(db: TestDatabase) {
        let (app, receiver, ada) = open(db).await;
        let eve = seller(&app.service, "eve").await;
        let (client, other) = (Client::of(&app, &ada, Role::Admin).await, Client::of(&app, &eve, Role::Admin).await);
        let made = client
            .post(201, "/webhooks", json!({ "name": "shop", "url": receiver.url(), "events": ["*"] }))
            .await;
        let id = text(&made["id"]);
        let entry = client.post(200, &format!("/webhooks/{id}/test"), Value::Null).await;
        let entry = text(&entry["id"]);
        for (method, path) in [
            (Method::GET, format!("/webhooks/{id}")),
            (Method::PATCH, format!("/webhooks/{id}")),
            (Method::DELETE, format!("/webhooks/{id}")),
            (Method::POST, format!("/webhooks/{id}/rotate-token")),
            (Method::POST, format!("/webhooks/{id}/test")),
            (Method::GET, format!("/webhook-event-logs/{entry}")),
            (Method::POST, format!("/webhook-event-logs/{entry}/retry")),
        ] {
            let response = other.send(method, &path, &Value::Null).await;
            assert_eq!(response.status, 404, "{path}: {}", response.text);
        }
        let replay = json!({ "from": "2020-01-01" });
        assert_eq!(other.send(Method::POST, &format!("/webhooks/{id}/replay"), &replay).await.status, 404);
        assert_eq!(other.get("/webhook-event-logs").await, json!([]));
        assert_eq!(client.get(&format!("/webhooks/{id}")).await["name"], "shop");
    }
}
