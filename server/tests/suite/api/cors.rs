use axum::body::Body;
use http::Request;

use crate::support::TestDatabase;
use crate::test_app::TestApp;

#[tokio::test]
async fn any_origin_may_call() {
    let face = TestApp::new(TestDatabase::sqlite()).await;
    for uri in ["/activate", "/verify", "/api/license/deactivate", "/api/license/status"] {
        let preflight = Request::options(uri)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .body(Body::empty())
            .unwrap();
        let answer = face.send(preflight).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        assert!(answer.header("access-control-allow-headers").contains("content-type"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let call = Request::get(uri).header("origin", "https://shop.example").body(Body::empty()).unwrap();
        let answer = face.send(call).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "refusals too");
        assert!(answer.header("access-control-expose-headers").contains("x-ratelimit-remaining"));
    }
}
