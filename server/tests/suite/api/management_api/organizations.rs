//! `/organizations`.

use domain::Scope;
use domain::permission::Role;
use serde_json::json;

use super::{call, json as body_of, refusal, token_of_role, token_with};
use crate::test_app::TestApp;
use test_support::{TestDatabase, on_both_databases, seller};

const ORGANIZATIONS: &str = "/v3/organizations";

on_both_databases! {
    async fn organizations_are_made_changed_and_deleted(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let body = json!({
            "name": "Initech", "email": "it@initech.example", "allowedUsers": "25", "domain": "initech.example",
            "address": { "addressLine1": "4120 Freidrich Ln", "City": "Austin", "postalCode": "78744" },
        });
        let made = call(&app, &token, "POST", ORGANIZATIONS, &body.to_string()).await;
        let organization = body_of(&made);
        let part = |name: &str| organization[name].as_str().unwrap().to_owned();
        let expected = format!(
            concat!(
                r#"{{"id":"{}","createdAt":"{}","updatedAt":"{}","name":"Initech","email":"it@initech.example","#,
                r#""description":"","domain":"initech.example","allowedUsers":25,"address":{{"addressLine1":"4120 Freidrich Ln","#,
                r#""addressLine2":"","city":"Austin","state":"","country":"","postalCode":"78744"}},"resellerId":null,"reseller":null}}"#
            ),
            part("id"),
            part("createdAt"),
            part("updatedAt")
        );
        assert_eq!((made.status.as_u16(), made.text.as_str()), (201, expected.as_str()));
        let again =
            call(&app, &token, "POST", ORGANIZATIONS, r#"{"name":"INITECH","email":"x@x.example"}"#).await;
        assert_eq!(refusal(&again), (409, "DUPLICATE_NAME".to_owned()));
        let missing = call(&app, &token, "POST", ORGANIZATIONS, r#"{"name":"Initrode"}"#).await;
        assert_eq!(refusal(&missing), (400, "VALIDATION_ERROR".to_owned()));
        let uri = made.header("location").to_owned();
        let changed =
            body_of(&call(&app, &token, "PATCH", &uri, r#"{"address":{"city":"","state":"TX"}}"#).await);
        assert_eq!((&changed["address"]["city"], &changed["address"]["state"]), (&json!(""), &json!("TX")));
        assert_eq!(changed["address"]["postalCode"], "78744");
        call(&app, &token, "POST", ORGANIZATIONS, r#"{"name":"Initrode","email":"x@x.example"}"#).await;
        let clash = call(&app, &token, "PATCH", &uri, r#"{"name":"initrode"}"#).await;
        assert_eq!(refusal(&clash), (400, "DUPLICATE_NAME".to_owned()));
        let user = json!({ "email": "bea@x.example", "firstName": "Bea", "organizationId": organization["id"] });
        call(&app, &token, "POST", "/v3/users", &user.to_string()).await;
        call(&app, &token, "POST", "/v3/users", r#"{"email":"jo@x.example","firstName":"Jo"}"#).await;
        let users = body_of(&call(&app, &token, "GET", &format!("{uri}/users"), "").await);
        assert_eq!((users.as_array().unwrap().len(), &users[0]["email"]), (1, &json!("bea@x.example")));
        let named = body_of(&call(&app, &token, "GET", "/v3/organizations?name[eq]=INITECH", "").await);
        assert_eq!(named[0]["id"], organization["id"]);
        let of_eve = token_of_role(&app, &eve, Role::Owner).await;
        assert_eq!(call(&app, &of_eve, "GET", &uri, "").await.status, 404);
        assert_eq!(call(&app, &of_eve, "GET", &format!("{uri}/users"), "").await.status, 404);
        assert_eq!(call(&app, &token, "DELETE", &uri, "").await.status_and_body(), (204, ""));
        let left = body_of(&call(&app, &token, "GET", "/v3/users?email=bea@x.example", "").await);
        assert_eq!((&left[0]["organizationId"], &left[0]["organization"]), (&json!(null), &json!(null)));
    }
}

#[tokio::test]
async fn lists_of_an_organization_need_the_scope_of_what_they_list() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let owner = token_of_role(&app, &ada, Role::Owner).await;
    let body = r#"{"name":"Initech","email":"it@initech.example"}"#;
    let uri = call(&app, &owner, "POST", ORGANIZATIONS, body).await.header("location").to_owned();
    for (list, scope) in [
        ("users", Scope::USER_READ),
        ("licenses", Scope::LICENSE_READ),
        ("activations", Scope::ACTIVATION_READ),
    ] {
        let uri = format!("{uri}/{list}");
        for (scopes, status) in [
            (vec![Scope::ORGANIZATION_READ], 403),
            (vec![scope], 403),
            (vec![Scope::ORGANIZATION_READ, scope], 200),
        ] {
            let token = token_with(&app, &ada, &scopes).await;
            assert_eq!(
                call(&app, &token, "GET", &uri, "").await.status.as_u16(),
                status,
                "{list} {scopes:?}"
            );
        }
    }
}
