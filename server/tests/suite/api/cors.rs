//! CORS headers of the domain API.

use axum::body::Body;
use http::Request;

use crate::test_app::TestApp;
use test_support::TestDatabase;

#[tokio::test]
async fn any_origin_may_call() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    for uri in ["/activate", "/verify", "/api/license/deactivate", "/api/license/status"] {
        let preflight = Request::options(uri)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .body(Body::empty())
            .unwrap();
        let response = app.send(preflight).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("access-control-allow-origin"), "*");
        assert!(response.header("access-control-allow-methods").contains("POST"));
        assert!(response.header("access-control-allow-headers").contains("content-type"));
        assert_eq!(response.header("access-control-allow-credentials"), "");
        let call = Request::get(uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
        let response = app.send(call).await;
        assert_eq!(response.header("access-control-allow-origin"), "*", "refusals too");
        assert!(response.header("access-control-expose-headers").contains("x-ratelimit-remaining"));
    }
}
