//! Unknown paths, wrong methods, request ids and server errors.

use axum::body::Body;
use http::Request;

use crate::test_app::TestApp;
use test_support::TestDatabase;

#[tokio::test]
async fn unknown_paths_are_404_with_json() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let nothing = r#"{"success":false,"error":"not_found","message":"There is no endpoint at this path."}"#;
    for uri in
        ["/nothing", "/api/license/nothing", "/api/license", "/api", "/verify/x", "/%00", "/../etc/passwd"]
    {
        let response = app.get(uri).await;
        assert_eq!(response.status_and_body(), (404, nothing), "{uri}");
        assert_eq!(response.header("content-type"), "application/json");
    }
    let browser =
        Request::get("/api/license/nothing").header("accept", "text/html").body(Body::empty()).unwrap();
    assert_eq!(app.send(browser).await.status_and_body(), (404, nothing), "an API path, also for a browser");
}

#[tokio::test]
async fn method_not_allowed_lists_the_allowed_methods() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let wrong = r#"{"success":false,"error":"method_not_allowed","message":"This method is not allowed for this endpoint."}"#;
    let wrong_verify = r#"{"success":false,"error":"method_not_allowed","message":"This method is not allowed for this endpoint.","valid":false}"#;
    for (uri, methods, allow, body) in [
        ("/activate", ["GET", "PUT", "DELETE"], "POST, OPTIONS", wrong),
        ("/deactivate", ["GET", "PATCH", "DELETE"], "POST, OPTIONS", wrong),
        ("/verify", ["POST", "PUT", "DELETE"], "GET, HEAD, OPTIONS", wrong_verify),
        ("/api/license/status", ["POST", "PUT", "TRACE"], "GET, HEAD, OPTIONS", wrong),
    ] {
        for method in methods {
            let response =
                app.send(Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()).await;
            assert_eq!(response.status_and_body(), (405, body), "{method} {uri}");
            assert_eq!(response.header("allow"), allow, "{method} {uri}");
        }
    }
}

#[tokio::test]
async fn every_response_has_a_unique_request_id() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let mut seen = std::collections::HashSet::new();
    for uri in ["/verify", "/nothing", "/healthz", "/readyz", "/activate"] {
        let id = app.get(uri).await.header("x-request-id").to_owned();
        assert!(id.len() == 36 && seen.insert(id), "{uri}");
    }
}

#[tokio::test]
async fn server_errors_show_only_the_request_id() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    app.service.close().await;
    for (uri, valid) in [
        ("/verify?license_key=LIC-AAAA-BBBB&domain=a.com", r#","valid":false"#),
        ("/status?license_key=LIC-AAAA-BBBB", ""),
    ] {
        let response = app.get(uri).await;
        let id = response.header("x-request-id").to_owned();
        let body = format!(
            r#"{{"success":false,"error":"server_error","message":"The service is not available just now. Please try again. Request id: {id}.","request_id":"{id}"{valid}}}"#
        );
        assert_eq!(response.status_and_body(), (503, body.as_str()));
        assert_eq!(response.header("retry-after"), "1");
    }
    assert_eq!(app.get("/readyz").await.status, 503);
    assert_eq!(app.get("/healthz").await.status, 200);
}
