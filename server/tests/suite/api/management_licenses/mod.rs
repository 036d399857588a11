//! Licenses, templates and products of the management API, as published clients use them.

mod bulk_import;
mod changes;
mod clients;
mod errors;
mod objects;
mod people;
mod search;
mod terms;

use axum::body::Body;
use domain::bounded_text::Name;
use domain::permission::Role;
use http::Request;
use serde_json::Value;
use service::api_token;

use crate::test_app::{TestApp, TestResponse};
use test_support::{Seller, TestDatabase, seller};

/// A server with a seller and a token of a role.
pub struct Api {
    pub app: TestApp,
    pub seller: Seller,
    token: String,
}

impl Api {
    pub async fn new(role: Role) -> Self {
        Self::on(TestDatabase::sqlite(), role).await
    }

    /// The same on a database of the test.
    pub async fn on(db: TestDatabase, role: Role) -> Self {
        let app = TestApp::new(db).await;
        let seller = seller(&app.service, "ada").await;
        let name = Name::parse("name", "shop").expect("a name");
        let token = api_token::create(&app.service, &seller.actor, name, role).await.expect("a token").token;
        Self { app, seller, token }
    }

    /// Sends a request with the token; an empty body has no content type.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> TestResponse {
        let mut request = Request::builder().method(method).uri(format!("/v3{path}"));
        request = request.header("authorization", format!("Bearer {}", self.token));
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        self.app.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Sends a request that must answer with this status, and returns the body.
    pub async fn json(&self, method: &str, path: &str, body: &str, status: u16) -> Value {
        let response = self.send(method, path, body).await;
        assert_eq!(response.status.as_u16(), status, "{method} {path} {body}: {}", response.text);
        serde_json::from_str(&response.text).unwrap_or(Value::Null)
    }

    /// The id of the seller's product.
    pub fn product(&self) -> String {
        self.seller.product.id.to_string()
    }
}
