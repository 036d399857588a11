//! The complete router in the test process, without a socket.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use server::config::{Config, Switch};
use server::http_service::HttpService;
use server::router::router;
use service::{Clock, Service, node};

use test_support::TestDatabase;

/// Longest wait for a response, which is longer than the server's own limits.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(2);

/// A server with its own database.
pub struct TestApp {
    pub service: Service,
    pub router: HttpService,
    _db: Arc<TestDatabase>,
}

/// A response with its complete body.
pub struct TestResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl TestResponse {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }

    /// Returns the nonce of the content security policy.
    pub fn nonce(&self) -> String {
        let policy = self.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next());
        nonce.expect("a nonce").to_owned()
    }

    /// Returns status and body, for comparison in one assertion.
    pub fn status_and_body(&self) -> (u16, &str) {
        (self.status.as_u16(), &self.text)
    }
}

impl TestApp {
    pub async fn new(db: TestDatabase) -> Self {
        Self::with(db, Config { rate_limits: Switch::Off, ..Config::default() }).await
    }

    pub async fn with(db: TestDatabase, settings: Config) -> Self {
        Self::node(&Arc::new(db), &settings).await
    }

    /// Starts so many servers on one database, which know each other by their heartbeats.
    pub async fn cluster(db: TestDatabase, settings: &Config, nodes: usize) -> Vec<Self> {
        let db = Arc::new(db);
        let mut apps = Vec::new();
        for _ in 0..nodes {
            apps.push(Self::node(&db, settings).await);
        }
        Self::beat(&apps).await;
        apps
    }

    /// Writes heartbeats, twice, so that each node knows the others.
    pub async fn beat(nodes: &[Self]) {
        for app in nodes.iter().chain(nodes) {
            node::heartbeat(&app.service).await.expect("a heartbeat is written");
        }
    }

    async fn node(db: &Arc<TestDatabase>, settings: &Config) -> Self {
        Self::opened(db.open().await, Arc::clone(db), settings)
    }

    /// A server with a clock of the test.
    pub async fn at(db: TestDatabase, clock: Clock) -> Self {
        let settings = Config { rate_limits: Switch::Off, ..Config::default() };
        Self::opened(db.open_at(clock).await, Arc::new(db), &settings)
    }

    fn opened(service: Service, db: Arc<TestDatabase>, settings: &Config) -> Self {
        Self { router: router(&service, settings), service, _db: db }
    }

    pub async fn send(&self, request: Request<Body>) -> TestResponse {
        self.send_from("192.0.2.1:1234", request).await
    }

    pub async fn send_from(&self, peer: &str, request: Request<Body>) -> TestResponse {
        let peer = peer.parse().expect("an address");
        let uri = request.uri().clone();
        let answered = async {
            let response = self.router.handle(request, peer).await.expect("a response");
            let (parts, body) = response.into_parts();
            (parts, body.collect().await.expect("a body").to_bytes())
        };
        let (parts, bytes) = tokio::time::timeout(RESPONSE_TIMEOUT, answered)
            .await
            .unwrap_or_else(|_| panic!("no response to {uri}"));
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        TestResponse { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, uri: &str) -> TestResponse {
        self.send(Request::get(uri).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, uri: &str, kind: &str, body: impl Into<Body>) -> TestResponse {
        let request = Request::post(uri).header("content-type", kind).body(body.into());
        self.send(request.expect("a request")).await
    }

    /// Posts `{"license_key": …, "domain": …}`.
    pub async fn json(&self, uri: &str, key: &str, domain: &str) -> TestResponse {
        let body = serde_json::json!({ "license_key": key, "domain": domain });
        self.post(uri, "application/json", body.to_string()).await
    }
}
