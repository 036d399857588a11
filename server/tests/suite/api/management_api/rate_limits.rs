//! The rate limit per token, and its headers.

use domain::permission::Role;
use server::config::Config;

use super::{call, refusal, token_of_role};
use crate::test_app::TestApp;
use test_support::{TestDatabase, seller};

#[tokio::test]
async fn each_token_has_its_own_limit() {
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { management_rate_limit: 3, ..Config::default() }).await;
    let ada = seller(&app.service, "ada").await;
    let tokens =
        [token_of_role(&app, &ada, Role::Owner).await, token_of_role(&app, &ada, Role::Viewer).await];
    for (n, token) in (1..).zip(&tokens) {
        // The look-up of a token that is not cached counts for its address.
        let peer = format!("192.0.2.{n}:1234");
        for left in ["2", "1", "0"] {
            let request = http::Request::get("/v3/me").header("authorization", format!("Bearer {token}"));
            let response = app.send_from(&peer, request.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!((response.status.as_u16(), response.header("x-rate-limit-remaining")), (200, left));
            assert_eq!(response.header("x-rate-limit-limit"), "5s");
            let reset = response.header("x-rate-limit-reset");
            assert!(reset.len() == 24 && reset.parse::<domain::Timestamp>().is_ok(), "{reset}");
        }
        let request = http::Request::get("/v3/me").header("authorization", format!("Bearer {token}"));
        let refused = app.send_from("192.0.2.9:1234", request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(refusal(&refused), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
        assert_eq!(refused.header("x-rate-limit-remaining"), "0");
        assert!((1..=5).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    }
}

#[tokio::test]
async fn guesses_of_tokens_are_limited_by_address_and_the_operator_lifts_the_limit() {
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { management_rate_limit: 2, ..Config::default() }).await;
    let mut statuses = Vec::new();
    for n in 0..3 {
        statuses.push(call(&app, &format!("cs_{n:032}"), "GET", "/v3/me", "").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
    let app =
        TestApp::with(TestDatabase::sqlite(), Config { management_rate_limit: 0, ..Config::default() }).await;
    let response = call(&app, "cs_x", "GET", "/v3/me", "").await;
    assert_eq!((response.status.as_u16(), response.header("x-rate-limit-limit")), (401, ""));
}
