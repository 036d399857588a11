//! Activations, domains of licenses, trials and trial policies of the management API.

mod activations;
mod domains;
mod log;
mod offline;
mod own;
mod trial_policies;
mod trials;

use domain::license::{Limit, NewLicense};
use domain::permission::Role;
use domain::{LicenseId, LicenseKey, Scope};
use serde_json::{Value, json};
use service::license;

use crate::api::management_api::{call, json as body_of, token_of_role, token_with};
use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, TestDatabase, seller};

/// A server with a seller, a license for five machines, and a token of the owner.
pub struct Api {
    pub app: TestApp,
    pub seller: Seller,
    pub license: LicenseId,
    pub key: LicenseKey,
    pub token: String,
}

impl Api {
    pub async fn new() -> Self {
        Self::on(TestDatabase::sqlite()).await
    }

    /// The same on a database of the test.
    pub async fn on(db: TestDatabase) -> Self {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let new = NewLicense {
            machine_limit: Some(Limit::new(5)),
            domain_limit: Some(Limit::new(5)),
            ..NewLicense::for_product(seller.product.id)
        };
        let issued = license::issue(&app.service, &seller.actor, new).await.unwrap().pop().unwrap();
        let token = token_of_role(&app, &seller, Role::Owner).await;
        Self { app, seller, license: issued.id, key: issued.key, token }
    }

    /// Sends a request with the owner's token.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> TestResponse {
        call(&self.app, &self.token, method, &format!("/v3{path}"), body).await
    }

    /// Sends a request that must answer with this status, and returns the body.
    pub async fn json(&self, method: &str, path: &str, body: &str, status: u16) -> Value {
        let response = self.send(method, path, body).await;
        assert_eq!(response.status.as_u16(), status, "{method} {path} {body}: {}", response.text);
        if response.text.is_empty() { Value::Null } else { body_of(&response) }
    }

    /// What a machine sends to activate.
    pub fn machine(&self, name: &str) -> Value {
        json!({
            "key": self.key.expose(), "productId": self.seller.product.id, "fingerprint": name, "hostname": name,
            "os": "linux", "osVersion": "12", "appVersion": "1.4.0", "userHash": "u",
            "metadata": [{ "key": "room", "value": name }],
        })
    }

    /// Activates a machine as an app does.
    pub async fn activate(&self, name: &str) {
        let response =
            self.app.post("/v3/activations", "application/json", self.machine(name).to_string()).await;
        assert_eq!(response.status, 200, "{}", response.text);
    }

    /// The machines of the account.
    pub async fn machines(&self) -> Vec<Value> {
        self.json("GET", "/activations", "", 200).await.as_array().unwrap().clone()
    }

    /// A token with these scopes alone.
    pub async fn token_with(&self, scopes: &[Scope]) -> String {
        token_with(&self.app, &self.seller, scopes).await
    }

    /// The owner's token of another seller.
    pub async fn token_of_eve(&self) -> String {
        let eve = seller(&self.app.service, "eve").await;
        token_of_role(&self.app, &eve, Role::Owner).await
    }
}
