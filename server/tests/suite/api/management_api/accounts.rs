//! `POST /v3/accounts/login`, and what its access token may do.

use domain::permission::Role;
use serde_json::json;

use super::{call, json as body_of, refusal};
use crate::test_app::{TestApp, TestResponse};
use test_support::{PASSWORD, TestDatabase, on_both_databases, person, seller};

const PATH: &str = "/v3/accounts/login";

async fn login(app: &TestApp, body: &serde_json::Value) -> TestResponse {
    call(app, "", "POST", PATH, &body.to_string()).await
}

on_both_databases! {
    async fn a_member_signs_in_and_may_do_what_the_role_may(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let (_, _, email) = person(&app.service, "grace", "ada", Role::Viewer).await;
        let id = ada.account.to_string();
        for body in [
            json!({ "accountId": id, "email": email, "password": PASSWORD }),
            json!({ "accountId": "ada", "email": email, "password": PASSWORD }),
            json!({ "AccountAlias": "ADA", "Email": email, "Password": PASSWORD }),
            json!({ "companyId": "ada", "email": email, "password": PASSWORD }),
            json!({ "email": email, "password": PASSWORD, "accountId": null }),
        ] {
            let done = login(&app, &body).await;
            assert_eq!(done.status, 200, "{body}: {}", done.text);
            let done = body_of(&done);
            assert!(done["refreshToken"].is_null(), "{done}");
            let token = done["accessToken"].as_str().unwrap();
            let me = body_of(&call(&app, token, "GET", "/v3/me", "").await);
            assert_eq!((&me["email"], &me["role"], &me["firstName"]), (&json!(email), &json!("viewer"), &json!("grace")));
            assert_eq!(call(&app, token, "GET", "/v3/roles", "").await.status, 200);
            let refused = call(&app, token, "POST", "/v3/personal-access-tokens", "{}").await;
            assert_eq!(refusal(&refused), (403, "FORBIDDEN".to_owned()));
        }
    }

    async fn the_own_name_is_changed(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let done = login(&app, &json!({ "email": ada.email, "password": PASSWORD })).await;
        let token = body_of(&done)["accessToken"].as_str().unwrap().to_owned();
        let me = call(&app, &token, "PATCH", "/v3/me", r#"{"lastName":"Lovelace King"}"#).await;
        let me = body_of(&me);
        assert_eq!((&me["name"], &me["lastName"]), (&json!("ada Lovelace King"), &json!("Lovelace King")));
        let me = body_of(&call(&app, &token, "PATCH", "/v3/me", r#"{"firstName":"Ada","lastName":""}"#).await);
        assert_eq!((&me["name"], &me["lastName"]), (&json!("Ada"), &json!("")));
    }
}

#[tokio::test]
async fn every_wrong_part_gets_the_same_answer() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
    let mut answers = Vec::new();
    for body in [
        json!({ "email": ada.email, "password": "wrong password" }),
        json!({ "email": "nobody@example.com", "password": PASSWORD }),
        json!({ "email": "no address", "password": PASSWORD }),
        json!({ "accountId": "nobody", "email": ada.email, "password": PASSWORD }),
        json!({ "accountId": eve.account, "email": ada.email, "password": PASSWORD }),
    ] {
        let refused = login(&app, &body).await;
        assert_eq!(refusal(&refused), (400, "AUTHENTICATION_FAILED".to_owned()), "{body}");
        answers.push(refused.text);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    for body in [json!({}), json!({ "email": ada.email }), json!({ "email": ada.email, "password": "short" })]
    {
        assert_eq!(refusal(&login(&app, &body).await), (400, "VALIDATION_ERROR".to_owned()), "{body}");
    }
    for _ in 0..10 {
        login(&app, &json!({ "email": ada.email, "password": "wrong password" })).await;
    }
    let limited = login(&app, &json!({ "email": ada.email, "password": PASSWORD })).await;
    assert_eq!(refusal(&limited), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
    assert!(limited.header("retry-after").parse::<u64>().unwrap() > 0);
}
