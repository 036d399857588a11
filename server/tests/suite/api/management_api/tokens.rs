//! `/v3/personal-access-tokens`, `/v3/roles` and `/v3/me`.

use domain::Scope;
use domain::permission::Role;
use serde_json::{Value, json};

use super::{call, json as body_of, refusal, token_of_role, token_with};
use crate::test_app::TestApp;
use test_support::{TestDatabase, on_both_databases, seller};

const PATH: &str = "/v3/personal-access-tokens";

on_both_databases! {
    async fn a_token_is_shown_once_changed_and_deleted(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let owner = token_of_role(&app, &ada, Role::Owner).await;
        let sent = json!({ "name": "stripe", "scopes": ["user:read", "license:read", "invoice:read"], "expiresAt": "2099-01-01" });
        let made = call(&app, &owner, "POST", PATH, &sent.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let mut view = body_of(&made);
        let id = view["id"].as_str().unwrap().to_owned();
        assert_eq!(made.header("location"), format!("{PATH}/{id}"));
        let token = view["token"].as_str().unwrap().to_owned();
        assert!(token.starts_with("cs_") && token.len() == 35);
        assert_eq!((&view["accessToken"], &view["lastFour"]), (&json!(token), &json!(token[31..])));
        assert_eq!(view["scopes"], json!(["license:read", "user:read"]));
        assert_eq!(view["expiresAt"], "2099-01-01T00:00:00.000Z");
        assert_eq!((&view["revoked"], &view["lastUsedAt"], &view["user"]), (&json!(false), &Value::Null, &Value::Null));

        // The clear text is not shown again; nothing else differs.
        view.as_object_mut().unwrap().retain(|name, _| name != "token" && name != "accessToken");
        let uri = format!("{PATH}/{id}");
        assert_eq!(body_of(&call(&app, &owner, "GET", &uri, "").await), view);
        assert_eq!(call(&app, &token, "GET", "/v3/me", "").await.status, 200);

        let echo = call(&app, &owner, "PATCH", &uri, &view.to_string()).await;
        assert_eq!(body_of(&echo), view, "an echo changes nothing");
        let narrowed = call(&app, &owner, "PATCH", &uri, r#"{"scopes":["license:read"]}"#).await;
        assert_eq!(refusal(&narrowed), (400, "VALIDATION_ERROR".to_owned()));
        let renamed = call(&app, &owner, "PATCH", &uri, r#"{"name":"shop","revoked":"True"}"#).await;
        let renamed = body_of(&renamed);
        assert_eq!((&renamed["name"], &renamed["revoked"]), (&json!("shop"), &json!(true)));
        assert_eq!(call(&app, &token, "GET", "/v3/me", "").await.status, 401);
        let again = call(&app, &owner, "PATCH", &uri, r#"{"revoked":false}"#).await;
        assert_eq!(refusal(&again), (400, "VALIDATION_ERROR".to_owned()));
        assert_eq!(call(&app, &owner, "DELETE", &uri, "").await.status_and_body(), (204, ""));
        assert_eq!(call(&app, &owner, "DELETE", &uri, "").await.status, 404);
    }

    async fn a_token_without_the_scope_sees_itself_alone(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let owner = token_of_role(&app, &ada, Role::Owner).await;
        let reader = token_with(&app, &ada, &[Scope::LICENSE_READ]).await;
        let of_eve = token_of_role(&app, &eve, Role::Owner).await;
        let ids = async |token: &str| -> Vec<String> {
            let listed = body_of(&call(&app, token, "GET", PATH, "").await);
            listed.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        let (of_ada, own) = (ids(&owner).await, ids(&reader).await);
        assert_eq!((of_ada.len(), own.len(), &of_ada[1]), (2, 1, &own[0]));
        let other = format!("{PATH}/{}", of_ada[0]);
        for (token, status) in [(&owner, 200), (&reader, 404), (&of_eve, 404)] {
            assert_eq!(call(&app, token, "GET", &other, "").await.status, status);
        }
        let refused = call(&app, &reader, "DELETE", &format!("{PATH}/{}", own[0]), "").await;
        assert_eq!(refusal(&refused), (403, "FORBIDDEN".to_owned()));
        assert_eq!(call(&app, &of_eve, "DELETE", &other, "").await.status, 404);
    }

    async fn a_token_gives_no_scopes_that_it_lacks(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let scopes = [Scope::PERSONAL_ACCESS_TOKEN_WRITE, Scope::LICENSE_READ];
        let token = token_with(&app, &ada, &scopes).await;
        let give = async |scope: &str| {
            let body = json!({ "name": "a", "scopes": [scope] });
            call(&app, &token, "POST", PATH, &body.to_string()).await
        };
        assert_eq!(give("license:read").await.status, 201);
        let refused = give("license:write").await;
        assert_eq!(refusal(&refused), (403, "FORBIDDEN".to_owned()));
        assert!(refused.text.contains("license:write"), "{}", refused.text);
    }

    async fn scopes_that_give_nothing_make_no_token(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let owner = token_of_role(&app, &ada, Role::Owner).await;
        for (scopes, named) in [
            (json!(["invoice:read"]), "license:read"),
            (json!(["paymentMethod:write", "MAINTENANCEPOLICY:read"]), "license:read"),
            (json!(["license:delete"]), "license:delete"),
            (json!(["invoice:read", "coffee:write"]), "coffee:write"),
            (json!([]), "required"),
            (json!([" "]), "required"),
            (json!(null), "required"),
        ] {
            let body = json!({ "name": "void", "scopes": scopes }).to_string();
            let refused = call(&app, &owner, "POST", PATH, &body).await;
            assert_eq!(refusal(&refused), (400, "VALIDATION_ERROR".to_owned()), "{scopes}");
            let message = body_of(&refused)["message"].as_str().unwrap().to_owned();
            assert!(message.contains("scopes") && message.contains(named), "{scopes}: {message}");
        }
        assert_eq!(body_of(&call(&app, &owner, "GET", PATH, "").await).as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn lists_have_pages_links_and_counts() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let owner = token_of_role(&app, &ada, Role::Owner).await;
    for name in ["a", "B", "c", "D"] {
        let body = json!({ "name": name, "scopes": ["license:read"] });
        assert_eq!(call(&app, &owner, "POST", PATH, &body.to_string()).await.status, 201);
    }
    let names = |text: &str| -> Vec<String> {
        let listed: Value = serde_json::from_str(text).unwrap();
        listed.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut uri = format!("{PATH}?limit=2&sort=-name&count=true");
    let mut seen = Vec::new();
    loop {
        let page = call(&app, &owner, "GET", &uri, "").await;
        assert_eq!((page.status.as_u16(), page.header("x-total-count")), (200, "5"), "{}", page.text);
        seen.extend(names(&page.text));
        let Some(next) = page.header("link").strip_prefix('<').and_then(|link| link.split_once('>')) else {
            break;
        };
        assert_eq!(next.1, "; rel=\"next\"");
        next.0.clone_into(&mut uri);
    }
    assert_eq!(seen, ["shop", "D", "c", "B", "a"]);
    for (query, expected) in [
        ("limit=2&page=2", vec!["B", "c"]),
        ("limit=2&page=9", vec![]),
        ("name[in]=d,b", vec!["B", "D"]),
        ("search=SH", vec!["shop"]),
        ("query=hop", vec![]),
        ("name[in]=", vec![]),
    ] {
        let page = call(&app, &owner, "GET", &format!("{PATH}?{query}"), "").await;
        assert_eq!(
            (page.status.as_u16(), names(&page.text)),
            (200, expected.iter().map(ToString::to_string).collect()),
            "{query}"
        );
    }
    let warned = call(&app, &owner, "GET", &format!("{PATH}?colour=red"), "").await;
    assert_eq!(warned.header("warning"), "299 - \"ignored parameters: colour\"");
    for wrong in ["limit=0", "limit=101", "page=0", "sort=price", "name[gt]=a", "after=x"] {
        let refused = call(&app, &owner, "GET", &format!("{PATH}?{wrong}"), "").await;
        assert_eq!(refusal(&refused), (400, "VALIDATION_ERROR".to_owned()), "{wrong}");
    }
}

on_both_databases! {
    async fn roles_and_the_caller_are_shown(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let owner = token_of_role(&app, &ada, Role::Owner).await;
        let roles = body_of(&call(&app, &owner, "GET", "/v3/roles", "").await);
        let names: Vec<&str> =
            roles.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["owner", "admin", "support", "viewer"]);
        let uri = format!("/v3/roles/{}", roles[3]["id"].as_str().unwrap());
        assert_eq!(body_of(&call(&app, &owner, "GET", &uri, "").await), roles[3]);
        assert!(
            roles[3]["claims"].as_array().unwrap().iter().all(|claim| claim.as_str().unwrap().ends_with(":read"))
        );
        let me = body_of(&call(&app, &owner, "GET", "/v3/me", "").await);
        assert_eq!((&me["name"], &me["role"], &me["email"]), (&json!("shop"), &json!("admin"), &json!("")));
        let account = body_of(&call(&app, &owner, "GET", "/v3/accounts/me", "").await);
        assert_eq!(
            (&account["name"], &account["alias"], &account["status"]),
            (&json!("ada"), &json!("ada"), &json!("active"))
        );
        assert_eq!(account["email"], ada.email.as_str());
        for named in ["ADA", ada.account.to_string().as_str()] {
            assert_eq!(body_of(&call(&app, &owner, "GET", &format!("/v3/accounts/{named}"), "").await), account);
        }
        assert_eq!(call(&app, &owner, "GET", "/v3/accounts/eve", "").await.status, 404);
    }
}
