//! The `Idempotency-Key` header.

use axum::body::Body;
use domain::permission::Role;
use http::Request;

use super::{call, json, refusal, token_of_role};
use crate::test_app::{TestApp, TestResponse};
use test_support::{on_both_databases, seller};

const PATH: &str = "/v3/personal-access-tokens";
const BODY: &str = r#"{"name":"a","scopes":["license:read"]}"#;

async fn post(app: &TestApp, token: &str, key: &str, body: &str) -> TestResponse {
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .body(Body::from(body.to_owned()));
    app.send(request.unwrap()).await
}

on_both_databases! {
    async fn the_first_answer_is_repeated_byte_for_byte(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let first = post(&app, &token, "key", BODY).await;
        assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
        let again = post(&app, &token, "key", BODY).await;
        assert_eq!(again.status_and_body(), first.status_and_body());
        assert_eq!(again.header("idempotent-replayed"), "true");
        for name in ["location", "content-type"] {
            assert_eq!(again.header(name), first.header(name), "{name}");
        }
        let other = post(&app, &token, "key", &BODY.replace("\"a\"", "\"b\"")).await;
        assert_eq!(refusal(&other), (422, "IDEMPOTENCY_KEY_REUSED".to_owned()));
        let refused = post(&app, &token, "bad", "{}").await;
        assert_eq!(refused.status, 400);
        assert_eq!(post(&app, &token, "bad", "{}").await.header("idempotent-replayed"), "true", "refusals too");
        let listed = json(&call(&app, &token, "GET", PATH, "").await);
        assert_eq!(listed.as_array().unwrap().len(), 2, "the caller's token and one more");
        assert_eq!(post(&app, &token, &"k".repeat(256), BODY).await.status, 400);
        let of_another = token_of_role(&app, &ada, Role::Admin).await;
        assert_eq!(post(&app, &of_another, "key", BODY).await.header("idempotent-replayed"), "", "kept per token");
    }

    async fn of_parallel_requests_with_one_key_one_runs(db: TestDatabase) {
        let app = std::sync::Arc::new(TestApp::new(db).await);
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let tasks: Vec<_> = (0..24)
            .map(|_| {
                let (app, token) = (std::sync::Arc::clone(&app), token.clone());
                tokio::spawn(async move {
                    let answer = post(&app, &token, "key", BODY).await;
                    (answer.status.as_u16(), answer.text)
                })
            })
            .collect();
        let mut made = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                (201, text) => made.push(text),
                (status, text) => {
                    assert_eq!(status, 409, "{text}");
                    assert!(text.contains("IDEMPOTENCY_KEY_IN_USE"), "{text}");
                }
            }
        }
        assert!(!made.is_empty() && made.iter().all(|text| *text == made[0]));
        let listed = json(&call(&app, &token, "GET", PATH, "").await);
        assert_eq!(listed.as_array().unwrap().len(), 2, "the caller's token and one more");
    }
}
