//! The whole router in this process, without a socket.

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use server::config::{Settings, Switch};
use server::front::Front;
use server::router::router;
use service::Service;

use crate::support::Db;

/// A server on a database of its own.
pub struct Face {
    pub service: Service,
    pub router: Front,
    _db: Db,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }

    /// The nonce of its content security policy.
    pub fn nonce(&self) -> String {
        let policy = self.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
        nonce.expect("a nonce").to_owned()
    }

    /// Status and body, for comparison as a whole.
    pub fn whole(&self) -> (u16, &str) {
        (self.status.as_u16(), &self.text)
    }
}

impl Face {
    pub async fn new(db: Db) -> Self {
        Self::with(db, Settings { rate_limits: Switch::Off, ..Settings::default() }).await
    }

    pub async fn with(db: Db, settings: Settings) -> Self {
        let service = db.open().await;
        Self { router: router(&service, &settings), service, _db: db }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("192.0.2.1:1234", request).await
    }

    pub async fn send_from(&self, peer: &str, request: Request<Body>) -> Answer {
        let peer = peer.parse().expect("an address");
        let response = self.router.answer(request, peer).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, uri: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(uri).header("content-type", kind).body(body.into());
        self.send(request.expect("a request")).await
    }

    /// Posts `{"license_key": …, "domain": …}`.
    pub async fn json(&self, uri: &str, key: &str, domain: &str) -> Answer {
        let body = serde_json::json!({ "license_key": key, "domain": domain });
        self.post(uri, "application/json", body.to_string()).await
    }
}
