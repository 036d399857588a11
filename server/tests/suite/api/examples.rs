//! The examples of the OpenAPI document are true: each request is sent, and each answer is the documented
//! one.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use domain::bounded_text::Name;
use domain::license::{Limit, NewLicense};
use domain::machine::{MachineRules, TrialRules};
use domain::meter::Meters;
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::{ProductId, Timestamp};
use http::Request;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use server::api::openapi::document;
use server::config::Config;
use service::license::{issue, revoke, suspend};
use service::{Actor, api_token, product};
use tokio::task::JoinSet;

use crate::test_app::{TestApp, TestResponse};
use test_support::{TestDatabase, member, person};

const KEY: &str = "LIC-A3F9-K2M7-P8X1-Q4R6";
const PRODUCT: &str = "01996b2e-7c1a-7d3f-9a52-6b1f0c8e4d21";
const ACTIVATION: &str = "01996b31-4f02-7a86-b0c9-5d2e7f1a9c34";
const LICENSE: &str = "01996b30-19d5-7c44-8e3b-2a9f6d0c7b18";
/// The statuses that need no license: their tests are below.
const OTHER_STATUSES: [&str; 3] = ["408", "429", "503"];

/// Groups of operations that apps call. The other operations have tests of their own.
pub(super) const CLIENT_TAGS: [&str; 3] = ["Domain API", "Machine API", "Keys"];
/// The group of operations that shops call. Their requests are signed, by the tests of the receivers.
pub(super) const SHOP_TAG: &str = "Shop events";

/// A documented answer to an operation.
#[derive(Clone)]
struct Example {
    method: String,
    path: String,
    operation: Value,
    status: String,
    /// The error code, or a word for a success.
    name: String,
    body: Value,
}

impl Example {
    fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap()
    }

    fn label(&self) -> String {
        format!("{} {} {}", self.id(), self.status, self.name)
    }

    /// Returns the documented request.
    fn request(&self) -> Sent {
        let mut sent = Sent {
            method: self.method.to_uppercase(),
            path: self.path.clone(),
            query: Vec::new(),
            body: self.operation["requestBody"]["content"]["application/json"]["example"].clone(),
            token: None,
        };
        for parameter in self.operation["parameters"].as_array().into_iter().flatten() {
            let (name, value) = (parameter["name"].as_str().unwrap(), parameter["example"].as_str());
            let value = value.unwrap_or_else(|| panic!("{}: {name} has no example", self.label()));
            if parameter["in"] == "path" {
                sent.path = sent.path.replace(&format!("{{{name}}}"), value);
            } else {
                sent.query.push((name.to_owned(), value.to_owned()));
            }
        }
        let has_body = self.operation.get("requestBody").is_some();
        assert_eq!(sent.body.is_object(), has_body, "{} has no example of its body", self.label());
        sent
    }
}

/// All documented answers of the operations that apps call.
fn examples() -> Vec<Example> {
    let document: Value = serde_json::from_str(document()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if !CLIENT_TAGS.contains(&operation["tags"][0].as_str().unwrap()) {
                continue;
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                let example = |name: &str, body: &Value| Example {
                    method: method.clone(),
                    path: path.clone(),
                    operation: operation.clone(),
                    status: status.clone(),
                    name: name.to_owned(),
                    body: body.clone(),
                };
                let Some(content) = response["content"]["application/json"].as_object() else {
                    all.push(example("no body", &Value::Null));
                    continue;
                };
                let named = content.get("examples").and_then(Value::as_object);
                let named = named.unwrap_or_else(|| panic!("{method} {path} {status} has no example"));
                all.extend(named.iter().map(|(name, value)| example(name, &value["value"])));
            }
        }
    }
    all
}

/// A request that is sent.
struct Sent {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Value,
    token: Option<String>,
}

impl Sent {
    /// Replaces a value of the examples, also within an offline request file.
    fn replace(&mut self, from: &str, to: &str) {
        self.path = self.path.replace(from, to);
        for (_, value) in &mut self.query {
            *value = value.replace(from, to);
        }
        self.body = serde_json::from_str(&self.body.to_string().replace(from, to)).unwrap();
    }

    /// Leaves a field out.
    fn remove(&mut self, field: &str) {
        self.query.retain(|(name, _)| name != field);
        if let Some(body) = self.body.as_object_mut() {
            body.remove(field);
        }
    }

    fn uri(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    fn into_request(self, body: Option<Body>) -> Request<Body> {
        let text = if self.body.is_null() { String::new() } else { self.body.to_string() };
        let mut request = Request::builder().method(self.method.as_str()).uri(self.uri());
        request = request.header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(body.unwrap_or_else(|| text.into())).unwrap()
    }
}

/// A server with products, and tokens of two roles.
struct Shop {
    app: TestApp,
    actor: Actor,
    /// The product of most examples.
    open: ProductId,
    /// A product that refuses machines, meters and moves.
    strict: ProductId,
    /// A product whose trials are used up.
    without_trials: ProductId,
    token: String,
    viewer_token: String,
}

impl Shop {
    async fn new(db: TestDatabase) -> Self {
        let app = TestApp::new(db).await;
        let (account, user, _) = person(&app.service, "ada", "ada", Role::Owner).await;
        let actor = member(account, user, "ada", Role::Owner);
        let settings = |name: &str, machines: MachineRules, meters: &str| ProductSettings {
            machines,
            meters: Meters::parse(meters).unwrap(),
            ..ProductSettings::with_name(Name::parse("name", name).unwrap())
        };
        let create = |settings| product::create(&app.service, &actor, settings);
        let trial = |limit| Some(TrialRules::of_days(14, limit));
        let open = MachineRules { trial: trial(Limit::UNLIMITED), ..MachineRules::default() };
        let strict = MachineRules {
            allow_vm: false,
            allow_container: false,
            deactivations: Limit::new(0),
            ..MachineRules::default()
        };
        let used_up = MachineRules { trial: trial(Limit::new(0)), ..MachineRules::default() };
        let open = create(settings("Lattice Backup", open, "exports = 100")).await.unwrap().id;
        let strict = create(settings("Strict", strict, "exports = 0")).await.unwrap().id;
        let without_trials = create(settings("Used up", used_up, "")).await.unwrap().id;
        let name = |name: &str| Name::parse("name", name).unwrap();
        let token = api_token::create(&app.service, &actor, name("shop"), Role::Owner).await.unwrap().token;
        let viewer_token =
            api_token::create(&app.service, &actor, name("viewer"), Role::Viewer).await.unwrap().token;
        Self { app, actor, open, strict, without_trials, token, viewer_token }
    }

    /// The product whose settings lead to the answer.
    fn product(&self, example: &Example) -> ProductId {
        match example.name.as_str() {
            "VM_ACTIVATION_NOT_ALLOWED"
            | "CONTAINER_ACTIVATION_NOT_ALLOWED"
            | "DEACTIVATION_LIMIT_REACHED"
            | "METER_ATTRIBUTE_USES_LIMIT_REACHED"
            | "TRIAL_NOT_ALLOWED" => self.strict,
            "TRIAL_ACTIVATION_LIMIT_REACHED" => self.without_trials,
            _ => self.open,
        }
    }

    /// Brings a new license into the state of the answer, sends the request and returns the answer with the
    /// values of the examples.
    async fn answer(&self, example: &Example) -> TestResponse {
        let (id, name) = (example.id(), example.name.as_str());
        let product = self.product(example);
        let expires_at = if name == "expired" { 1 } else { 4_102_444_799_000 };
        let new_license = NewLicense {
            expires_at: Some(Some(Timestamp::from_millis(expires_at))),
            ..NewLicense::for_product(product)
        };
        let license = issue(&self.app.service, &self.actor, new_license).await.unwrap().pop().unwrap();
        let (key, product) = (license.key.expose(), product.to_string());
        self.activate_before(example, key).await;
        let activation = self.activate_machine_before(example, key, &product).await;
        match name {
            "suspended" => suspend(&self.app.service, &self.actor, license.id, None).await.unwrap(),
            "revoked" | "REVOKED_LICENSE" => {
                revoke(&self.app.service, &self.actor, license.id, None).await.unwrap();
            }
            _ => {}
        }
        let license_id = license.id.to_string();
        let values = [
            (KEY, key),
            (PRODUCT, product.as_str()),
            (ACTIVATION, activation.as_str()),
            (LICENSE, license_id.as_str()),
        ];
        let unknown = match name {
            "invalid_key" | "INVALID_LICENSE_KEY" => KEY,
            "INVALID_PRODUCT_ID" => PRODUCT,
            "NOT_FOUND" if id.ends_with("Offline") => LICENSE,
            "NOT_FOUND" => ACTIVATION,
            _ => "",
        };
        let mut sent = example.request();
        for (from, to) in values {
            if from != unknown && !to.is_empty() {
                sent.replace(from, to);
            }
        }
        let body = self.spoil(&mut sent, example);
        let mut response = self.app.send(sent.into_request(body)).await;
        for (to, from) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
            response.text = response.text.replace(from, to);
        }
        response
    }

    /// Activates the license on a domain, if the answer requires that.
    async fn activate_before(&self, example: &Example, key: &str) {
        let domain = match (example.id(), example.name.as_str()) {
            ("activateDomain", "domain_limit_reached") => "other.example.com",
            ("deactivateDomain", "freed") | ("verify", "valid") | ("licenseStatus", "license") => {
                "myapp.example.com"
            }
            _ => return,
        };
        assert_eq!(self.app.json("/activate", key, domain).await.status, 200);
    }

    /// Activates the license on a machine, if the answer requires that, and returns the activation's id.
    async fn activate_machine_before(&self, example: &Example, key: &str, product: &str) -> String {
        let is_limit = example.name == "ACTIVATION_LIMIT_REACHED";
        let ids = [
            "syncActivation",
            "deleteActivation",
            "deactivateMachine",
            "countUses",
            "deactivateOffline",
            "jwks",
            "productJwks",
        ];
        if !is_limit && !ids.contains(&example.id()) {
            return String::new();
        }
        let fingerprint = if is_limit { "another machine" } else { "4c3a9f0e7b21d865" };
        let body = json!({
            "key": key, "productId": product, "fingerprint": fingerprint, "hostname": "studio-mac", "os": "macOS",
            "appVersion": "2.4.0", "userHash": "9f86d081884c7d65",
        });
        let response = self.app.post("/v3/activations", "application/json", body.to_string()).await;
        assert_eq!(response.status, 200, "{}", response.text);
        let document: Value = serde_json::from_str(&response.text).unwrap();
        let claims = document["activationToken"].as_str().unwrap().split('.').nth(1).unwrap();
        let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["aid"].as_str().unwrap().to_owned()
    }

    /// Makes the request the one that gets the answer. Returns its body if that is no JSON.
    fn spoil(&self, sent: &mut Sent, example: &Example) -> Option<Body> {
        if example.operation.get("security").is_some() {
            sent.token = Some(self.token.clone());
        }
        match example.name.as_str() {
            "validation_error" | "VALIDATION_ERROR" => {
                let message = example.body["message"].as_str().unwrap();
                sent.remove(message.split(' ').nth(1).unwrap());
            }
            "invalid_json" => return Some("{".into()),
            "payload_too_large" | "PAYLOAD_TOO_LARGE" => return Some(" ".repeat(64 * 1024 + 1).into()),
            "INVALID_OFFLINE_REQUEST" => sent.body["offlineRequest"] = "no JSON".into(),
            "INVALID_ACTIVATION_FINGERPRINT" => sent.body["fingerprint"] = "another machine".into(),
            "VM_ACTIVATION_NOT_ALLOWED" => sent.body["vmName"] = "kvm".into(),
            "CONTAINER_ACTIVATION_NOT_ALLOWED" => sent.body["container"] = "docker".into(),
            "METER_ATTRIBUTE_USES_LIMIT_REACHED" if example.id() == "activateMachine" => {
                sent.body["meterAttributes"] = json!([{ "name": "exports", "uses": 1 }]);
            }
            // Without a token the machine itself is released.
            "UNAUTHORIZED" if example.id() == "deleteActivation" => {
                sent.token = Some(format!("cs_{}", "a".repeat(32)));
            }
            "UNAUTHORIZED" => sent.token = None,
            "FORBIDDEN" => sent.token = Some(self.viewer_token.clone()),
            _ => {}
        }
        None
    }
}

/// Replaces values that differ in every run: times, tokens and keys.
fn normalize(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("eyJ") => "TOKEN".clone_into(text),
        Value::String(text) if Timestamp::parse_expiry(text).is_ok() && text.ends_with('Z') => {
            "TIME".clone_into(text);
        }
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), &mut *value) {
                    ("n" | "kid", Value::String(text)) => "KEY".clone_into(text),
                    // Every product of the test has one.
                    ("keys", Value::Array(keys)) => keys.truncate(1),
                    _ => {}
                }
                normalize(value);
            }
        }
        _ => {}
    }
}

/// Asserts that a response has the status and the body of the example.
fn assert_documented(example: &Example, response: &TestResponse) {
    assert_eq!(response.status.as_str(), example.status, "{}: {}", example.label(), response.text);
    let text = if response.text.is_empty() { "null" } else { &response.text };
    let mut body: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"));
    let mut documented = example.body.clone();
    normalize(&mut body);
    normalize(&mut documented);
    assert_eq!(body, documented, "{}", example.label());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_is_answered_as_documented() {
    let shop = Shop::new(TestDatabase::sqlite()).await;
    let mut answered = 0;
    for example in examples() {
        if !OTHER_STATUSES.contains(&example.status.as_str()) {
            assert_documented(&example, &shop.answer(&example).await);
            answered += 1;
        }
    }
    assert!(answered > 70, "{answered}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_are_answered_as_documented() {
    let shop = Arc::new(Shop::new(TestDatabase::sqlite()).await);
    let mut waiting = JoinSet::new();
    for example in examples().into_iter().filter(|example| example.status == "408") {
        let shop = Arc::clone(&shop);
        waiting.spawn(async move {
            let mut sent = example.request();
            shop.spoil(&mut sent, &example);
            let never = futures_util::stream::pending::<Result<Bytes, Infallible>>();
            let response = shop.app.send(sent.into_request(Some(Body::from_stream(never)))).await;
            assert_documented(&example, &response);
        });
    }
    assert!(!waiting.is_empty());
    while let Some(done) = waiting.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn rate_limits_are_answered_as_documented() {
    const HIGHEST_LIMIT: usize = 120;
    let app = TestApp::with(TestDatabase::sqlite(), Config::default()).await;
    for example in examples().into_iter().filter(|example| example.status == "429") {
        let mut response = app.send(example.request().into_request(None)).await;
        for _ in 0..HIGHEST_LIMIT {
            if response.status == 429 {
                break;
            }
            response = app.send(example.request().into_request(None)).await;
        }
        assert_documented(&example, &response);
    }
}

#[tokio::test]
async fn failures_of_the_database_are_answered_as_documented() {
    let db = TestDatabase::sqlite();
    let url = db.url.clone();
    let app = TestApp::new(db).await;
    let connection = Database::connect(&url).await.unwrap();
    connection.execute_unprepared("DROP TABLE signing_keys").await.unwrap();
    for example in examples().into_iter().filter(|example| example.status == "503") {
        assert_documented(&example, &app.send(example.request().into_request(None)).await);
    }
}
