//! The operator's pages, and the page of a suspended seller, without JavaScript.

use axum::body::Body;
use domain::permission::Role;
use http::Request;
use server::config::{Config, Switch};

use super::Browser;
use crate::test_app::{TestApp, TestResponse};
use test_support::{license, new_operator, on_both_databases, seller};

const PAGES: [&str; 4] =
    ["/operator/sellers", "/operator/sellers?q=a", "/operator/health", "/operator/settings"];

/// Everything but the nonce, which differs in any two responses.
fn without_nonce(response: &TestResponse) -> String {
    response.text.replace(&response.nonce(), "NONCE")
}

/// Calls a server function as a script does.
async fn call(browser: &mut Browser<'_>, function: &str, form: &str) -> TestResponse {
    let request = Request::post(format!("/_fn/{function}"))
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    browser.send(request, Body::from(form.to_owned())).await
}

on_both_databases! {
    async fn pages_of_the_operator_look_missing_to_other_users(db: TestDatabase) {
        let settings = Config { rate_limits: Switch::Off, master_key: Some("top-secret".into()), ..Config::default() };
        let app = TestApp::with(db, settings).await;
        let (olga, ada) = (new_operator(&app.service, "olga").await, seller(&app.service, "ada").await);
        let mut owner = Browser::of(&app, &ada).await;
        let missing = owner.get("/operator/nothing").await;
        assert_eq!(missing.status, 404);
        for page in PAGES {
            let found = owner.get(page).await;
            assert_eq!(found.status, 404, "{page}");
            assert_eq!(without_nonce(&found), without_nonce(&missing), "{page}");
        }
        assert!(!owner.get("/").await.text.contains("/operator/"));
        for function in ["health", "settings_in_force"] {
            let refused = call(&mut owner, function, "").await;
            assert_eq!(refused.status_and_body(), (404, r#"{"code":"not_found","message":"Not found.","fields":{},"reference":null}"#));
        }
        let mut stranger = Browser::new(&app);
        assert!(stranger.get("/operator/health").await.header("location").starts_with("/sign-in?next="));

        let mut operator = Browser::of(&app, &olga).await;
        assert!(operator.get("/").await.text.contains("href=\"/operator/health\""));
        for (page, part) in [
            ("/operator/sellers", ">ada</span>"),
            ("/operator/health", "Usage counts to write"),
            ("/operator/settings", "rate_limit.verify"),
        ] {
            let found = operator.get(page).await;
            assert_eq!(found.status, 200, "{page}");
            assert!(found.text.contains(part), "{page}: {}", found.text);
            assert!(!found.text.contains("top-secret"), "{page}");
        }
        let none = operator.get("/operator/sellers?q=nothing").await.text;
        assert!(none.contains("No seller matches.") && !none.contains(">ada</span>"));
    }

    async fn a_suspended_seller_sees_one_page_until_it_is_reinstated(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let olga = new_operator(&app.service, "olga").await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let invitation = service::member::NewInvitation { role: Role::Viewer, name: None, email: None };
        let invited = service::member::invite(&app.service, &eve.actor, invitation).await.unwrap();
        service::member::accept_invitation(&app.service, &invited.token, ada.user).await.unwrap();
        let (_, key) = license(&app.service, &ada, 1).await;
        app.json("/activate", key.expose(), "a.com").await;
        let (mut owner, mut operator) = (Browser::of(&app, &ada).await, Browser::of(&app, &olga).await);

        let id = ada.account.to_string();
        let page = format!("/operator/sellers?suspend={id}");
        assert!(operator.get(&page).await.text.contains("Suspend ada?"));
        let mut fields = [("id", id.as_str()), ("reason", ""), ("apps", "verify")];
        let refused = operator.submit(&page, "/_fn/suspend_seller", &fields).await;
        assert_eq!(refused.header("location"), page);
        assert!(operator.get(&page).await.text.contains("This field is required."));
        fields[1].1 = "Not <paid>";
        let done = operator.submit(&page, "/_fn/suspend_seller", &fields).await;
        assert_eq!(done.header("location"), page);
        let list = operator.get(&page).await.text;
        assert!(list.contains("Not &lt;paid&gt;") && !list.contains("Suspend ada?"), "{list}");

        for path in ["/", "/licenses", "/team", "/account", "/sign-in", "/operator/sellers", "/licenses/export.csv", "/audit/export.csv"] {
            assert_eq!(owner.get(path).await.header("location"), "/suspended", "{path}");
        }
        let shown = owner.get("/suspended").await;
        assert_eq!(shown.status, 200);
        for part in ["Not &lt;paid&gt;", "go on verifying", "/_fn/sign_out", "/_fn/switch_account"] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
        let license = format!("id={id}&reason=");
        let calls = [
            ("create_api_token", "name=shop&role=viewer"), ("own_account", ""), ("me", ""),
            ("suspend_license", license.as_str()), ("create_seller_as_user", "account=Maple&token="),
        ];
        for (function, form) in calls {
            let refused = call(&mut owner, function, form).await;
            assert_eq!(refused.status, 403, "{function}: {}", refused.text);
            assert!(refused.text.contains("\"code\":\"suspended\""), "{function}: {}", refused.text);
        }
        for file in ["/licenses/export.csv", "/audit/export.csv", "/licenses/issued.csv"] {
            let refused = owner.send(Request::get(file).header("accept", "*/*"), Body::empty()).await;
            assert!(refused.status.is_client_error() && !refused.text.contains("LIC-"), "{file}: {}", refused.status);
        }
        let verify = format!("/verify?license_key={}&domain=a.com", key.expose());
        assert!(app.get(&verify).await.text.contains("\"valid\":true"));

        let (own, other) = (ada.account.to_string(), eve.account.to_string());
        let switched = owner.submit("/suspended", "/_fn/switch_account", &[("account", &other)]).await;
        assert_eq!(switched.header("location"), "/");
        assert!(owner.get("/products").await.text.contains("eve plugin"));
        owner.submit("/", "/_fn/switch_account", &[("account", &own)]).await;
        assert_eq!(owner.get("/").await.header("location"), "/suspended");

        operator.submit("/operator/sellers", "/_fn/reinstate_seller", &[("id", &id)]).await;
        assert!(operator.get("/operator/sellers").await.text.contains("The seller is reinstated."));
        assert_eq!(owner.get("/suspended").await.header("location"), "/");
        assert!(owner.get("/products").await.text.contains("ada plugin"));
        let log = owner.get("/audit?actor=operator").await.text;
        assert!(log.contains("Account suspended") && log.contains("olga"), "{log}");
    }

    async fn apps_of_a_stopped_seller_get_the_answer_of_a_suspended_license(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (olga, ada) = (new_operator(&app.service, "olga").await, seller(&app.service, "ada").await);
        let (_, key) = license(&app.service, &ada, 2).await;
        app.json("/activate", key.expose(), "a.com").await;
        let mut operator = Browser::of(&app, &olga).await;
        let id = ada.account.to_string();
        let fields = [("id", id.as_str()), ("reason", "Fraud"), ("apps", "stop")];
        operator.submit("/operator/sellers", "/_fn/suspend_seller", &fields).await;
        let verify = format!("/verify?license_key={}&domain=a.com", key.expose());
        assert_eq!(app.get(&verify).await.status_and_body(), (200, r#"{"valid":false,"error":"suspended"}"#));
        let refused = app.json("/activate", key.expose(), "b.com").await;
        assert!(refused.status.is_client_error() && refused.text.contains("suspended"), "{}", refused.text);
        operator.submit("/operator/sellers", "/_fn/reinstate_seller", &[("id", &id)]).await;
        assert!(app.get(&verify).await.text.contains("\"valid\":true"));
        assert_eq!(app.json("/activate", key.expose(), "b.com").await.status, 200);
    }
}
