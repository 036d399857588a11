//! The examples of the management API in the OpenAPI document are true: each request is sent, and each answer
//! has the documented status and the properties of its example.

use domain::CustomerRelease;
use domain::bounded_text::Name;
use domain::license::Limit;
use domain::machine::{MachineRules, TrialRules};
use domain::permission::Role;
use domain::product::ProductSettings;
use http::Method;
use serde_json::{Value, json};
use server::api::openapi::document;
use service::product;

use super::examples::{CLIENT_TAGS, SHOP_TAG};
use super::management_api::{call, token_of_role};
use crate::test_app::{TestApp, TestResponse};
use test_support::{PASSWORD, Seller, TestDatabase, seller};

/// The password of users in the examples.
const USER_PASSWORD: &str = "correct-horse-battery";
/// The beginning of the ids in the examples. The rest tells the kind of row.
const EXAMPLE_ID: &str = "0199a1c2-0000-7a40-9c1b-000000000";
const LICENSE: &str = "0199a1c2-7d1e-7a40-9c1b-2f6d3b8e5a01";
const RESET_TOKEN: &str = "reset-token-example";

/// A documented operation with its example.
struct Operation {
    method: Method,
    path: String,
    value: Value,
}

impl Operation {
    fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Returns status and media types of the success.
    fn success(&self) -> (&str, &Value) {
        let responses = self.value["responses"].as_object().unwrap();
        let success = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        (success.0, &success.1["content"])
    }

    /// Returns path and query with the examples of its required parameters, and the body.
    fn request(&self) -> (String, String) {
        let (mut path, mut query) = (self.path.clone(), Vec::new());
        for parameter in self.value["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let example = match &parameter["example"] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            if parameter["in"] == "path" {
                let example = example.unwrap_or_else(|| panic!("{}: {name} has no example", self.label()));
                path = path.replace(&format!("{{{name}}}"), &example);
            } else if let Some(example) = example {
                query.push(format!("{name}={example}"));
            }
        }
        let body = &self.value["requestBody"]["content"]["application/json"]["example"];
        let has_body = self.value.get("requestBody").is_some();
        assert_eq!(body.is_object(), has_body, "{} has no example of its body", self.label());
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        (format!("{path}{query}"), if has_body { body.to_string() } else { String::new() })
    }
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(document()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, value) in methods.as_object().unwrap() {
            let tag = value["tags"][0].as_str().unwrap();
            if !CLIENT_TAGS.contains(&tag) && tag != SHOP_TAG {
                let method = method.to_uppercase().parse().unwrap();
                all.push(Operation { method, path: path.clone(), value: value.clone() });
            }
        }
    }
    all
}

/// A seller with a product that allows trials.
struct Shop<'a> {
    app: &'a TestApp,
    seller: Seller,
    token: String,
    product: String,
    rows: usize,
}

impl<'a> Shop<'a> {
    async fn new(app: &'a TestApp, name: &str) -> Self {
        let seller = seller(&app.service, name).await;
        let token = token_of_role(app, &seller, Role::Owner).await;
        let trial = Some(TrialRules::of_days(14, Limit::UNLIMITED));
        let settings = ProductSettings {
            machines: MachineRules { trial, ..MachineRules::default() },
            customer_release: CustomerRelease::Always,
            ..ProductSettings::with_name(Name::parse("name", "Sound").unwrap())
        };
        let product = product::create(&app.service, &seller.actor, settings).await.unwrap().id.to_string();
        Self { app, seller, token, product, rows: 0 }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let response = call(self.app, &self.token, "POST", path, &body.to_string()).await;
        assert!(response.status.is_success(), "{path}: {}", response.text);
        serde_json::from_str(&response.text).unwrap()
    }

    async fn create(&self, path: &str, body: Value) -> String {
        self.post(path, body).await["id"].as_str().unwrap().to_owned()
    }

    /// Creates a license that can be renewed, with a pair of metadata and a meter.
    async fn license(&self) -> Value {
        let body = json!({
            "productId": self.product, "subscriptionInterval": "P1Y", "allowedDomains": 3,
            "metadata": [{ "key": "order_id", "value": "SO-1" }],
            "meterAttributes": [{ "name": "exports", "allowedUses": 100 }],
        });
        self.post("/v3/licenses", body).await
    }

    /// Begins a trial, or activates a license if there is a key.
    async fn machine(&self, key: Option<&str>) {
        let mut body = json!({
            "productId": self.product, "fingerprint": format!("machine {}", self.rows), "hostname": "lab-3",
            "os": "linux", "appVersion": "1.4.0", "userHash": "9f86d081884c7d65",
        });
        let path = if key.is_some() { "/v3/activations" } else { "/v3/trial-activations" };
        if let Some(key) = key {
            body["key"] = key.into();
        }
        let response = self.app.post(path, "application/json", body.to_string()).await;
        assert_eq!(response.status, 200, "{}", response.text);
    }

    async fn latest(&self, list: &str) -> String {
        let response =
            call(self.app, &self.token, "GET", &format!("{list}sort=-createdAt&limit=1"), "").await;
        let rows: Value = serde_json::from_str(&response.text).unwrap();
        rows[0]["id"].as_str().unwrap_or_else(|| panic!("{list}: {}", response.text)).to_owned()
    }

    /// Creates the row that an id of the examples stands for, and returns its id.
    async fn row(&mut self, kind: &str) -> String {
        self.rows += 1;
        let name = format!("Row {}", self.rows);
        match kind {
            "001" => self.create("/v3/products", json!({ "name": name })).await,
            "002" => self.create("/v3/license-templates", json!({ "name": name })).await,
            "003" => self.create("/v3/trial-policies", json!({ "name": name, "trialLength": 86_400 })).await,
            "004" => self.create("/v3/tags", json!({ "name": name })).await,
            "005" => {
                let email = format!("row{}@example.com", self.rows);
                let user = json!({ "email": email, "firstName": name, "password": USER_PASSWORD });
                self.create("/v3/users", user).await
            }
            "006" => {
                self.create("/v3/organizations", json!({ "name": name, "email": "it@example.com" })).await
            }
            "009" => self.license().await["metadata"][0]["id"].as_str().unwrap().to_owned(),
            "011" => self.license().await["meterAttributes"][0]["id"].as_str().unwrap().to_owned(),
            "00a" => {
                self.machine(Some(self.license().await["key"].as_str().unwrap())).await;
                self.latest("/v3/activations?").await
            }
            "00b" => {
                let token = json!({ "name": name, "scopes": ["license:read"] });
                self.create("/v3/personal-access-tokens", token).await
            }
            "00c" => self.webhook(&name).await,
            "00d" => {
                let webhook = self.webhook(&name).await;
                self.create(&format!("/v3/webhooks/{webhook}/test"), json!({})).await
            }
            "00e" => {
                self.machine(None).await;
                self.latest("/v3/trial-activations?").await
            }
            "0ac" => self.seller.account.to_string(),
            "0f1" => self.latest("/v3/event-logs?").await,
            _ => panic!("no row for the example id that ends in {kind}"),
        }
    }

    async fn webhook(&self, name: &str) -> String {
        let webhook = json!({ "name": name, "url": "https://shop.example/hooks", "events": ["license.*"] });
        self.create("/v3/webhooks", webhook).await
    }

    /// Sends the request of the example, to rows of this shop.
    async fn send(&mut self, operation: &Operation) -> TestResponse {
        let (mut uri, mut body) = operation.request();
        if operation.path == "/v3/me/activations/{id}" {
            let token = self.customer_token().await;
            let own = self.latest("/v3/activations?").await;
            let uri = format!("/v3/me/activations/{own}");
            return call(self.app, &token, operation.method.as_str(), &uri, &body).await;
        }
        if uri.contains(LICENSE) || body.contains(LICENSE) {
            let license = self.license().await;
            let (id, key) = (license["id"].as_str().unwrap(), license["key"].as_str().unwrap());
            if operation.path.ends_with("/domains/{domain}") {
                let domain = uri.rsplit('/').next().unwrap();
                assert_eq!(self.app.json("/activate", key, domain).await.status, 200);
            }
            // The parts belong to the license of the path.
            for (kind, list) in [("009", "metadata"), ("011", "meterAttributes")] {
                let part = license[list][0]["id"].as_str().unwrap();
                uri = uri.replace(&format!("{EXAMPLE_ID}{kind}"), part);
            }
            (uri, body) = (uri.replace(LICENSE, id), body.replace(LICENSE, id));
        }
        while let Some(kind) = example_kind(&uri).or_else(|| example_kind(&body)) {
            let id = self.row(&kind).await;
            let example = format!("{EXAMPLE_ID}{kind}");
            (uri, body) = (uri.replace(&example, &id), body.replace(&example, &id));
        }
        if body.contains(RESET_TOKEN) {
            let request = uri.replace("/reset-password", "/reset-password-token");
            let token = self.post(&request, json!({})).await;
            body = body.replace(RESET_TOKEN, token["resetPasswordToken"].as_str().unwrap());
        }
        body = body.replace("password-example", PASSWORD);
        if operation.path == "/v3/accounts/login" {
            body = body.replace("ada@example.com", &self.seller.email);
        }
        let token = match operation.path.as_str() {
            "/v3/me" => self.sign_in(&self.seller.email, PASSWORD).await,
            path if path.starts_with("/v3/me/") => self.customer_token().await,
            _ => self.token.clone(),
        };
        call(self.app, &token, operation.method.as_str(), &uri, &body).await
    }

    /// Creates a customer who holds a license and a machine, and signs the customer in.
    async fn customer_token(&mut self) -> String {
        let user = self.row("005").await;
        let email = format!("row{}@example.com", self.rows);
        let license = json!({ "productId": self.product, "userId": user });
        let license = self.post("/v3/licenses", license).await;
        self.machine(Some(license["key"].as_str().unwrap())).await;
        self.sign_in(&email, USER_PASSWORD).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> String {
        let account = self.seller.account.to_string();
        let sign_in = json!({ "accountId": account, "email": email, "password": password });
        self.post("/v3/accounts/login", sign_in).await["accessToken"].as_str().unwrap().to_owned()
    }
}

/// Returns the end of the first example id in a text.
fn example_kind(text: &str) -> Option<String> {
    let start = text.find(EXAMPLE_ID)? + EXAMPLE_ID.len();
    text.get(start..start + 3).map(ToOwned::to_owned)
}

/// Asserts that a value has the properties of an example, with values of the same types. `null` stands for any
/// value, because most values may be absent.
fn assert_shape(label: &str, example: &Value, value: &Value) {
    match (example, value) {
        (Value::Object(example), Value::Object(fields)) => {
            let names = |fields: &serde_json::Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(fields), names(example), "{label}");
            for (name, field) in example.iter().filter(|(name, _)| !name.ends_with("Value")) {
                assert_shape(&format!("{label} {name}"), field, &fields[name]);
            }
        }
        (Value::Array(example), Value::Array(items)) => {
            if let (Some(example), Some(item)) = (example.first(), items.first()) {
                assert_shape(&format!("{label}[0]"), example, item);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ => assert_eq!(
            std::mem::discriminant(example),
            std::mem::discriminant(value),
            "{label}: {example} is documented, {value} is answered"
        ),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_succeeds_and_its_answer_has_the_documented_properties() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    crate::webhook::enable(&app.service);
    let mut sent = 0;
    for operation in operations() {
        // Each has a seller of its own, because examples use the same names.
        let mut shop = Shop::new(&app, &format!("seller{sent}")).await;
        let response = shop.send(&operation).await;
        let (label, (status, content)) = (operation.label(), operation.success());
        assert_eq!(response.status.as_str(), status, "{label}: {}", response.text);
        sent += 1;
        if let Some(example) = content.pointer("/application~1json/examples/success/value") {
            assert_shape(&label, example, &serde_json::from_str(&response.text).unwrap());
        } else {
            assert!(content.get("application/json").is_none(), "{label} has no example of its answer");
        }
    }
    assert!(sent > 80, "{sent}");
}
