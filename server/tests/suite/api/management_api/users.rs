//! `/users`: what published clients send, echoes, clashes and exports.

use domain::permission::Role;
use http::StatusCode;
use serde_json::{Value, json};
use service::new_id;

use super::{call, json as body_of, refusal, token_of_role};
use crate::test_app::TestApp;
use test_support::{TestDatabase, license, on_both_databases, seller};

const USERS: &str = "/v3/users";

on_both_databases! {
    /// The Stripe part of the vendor's integrations: look by address, make, look again, change.
    async fn a_payment_integration_makes_its_customer_once(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Support).await;
        let by_email = "/v3/users?email[eq]=buyer%2B1%40example.com";
        assert_eq!(call(&app, &token, "GET", by_email, "").await.status_and_body(), (200, "[]"));
        let new = json!({ "email": "buyer+1@example.com", "firstName": "Bea Buyer", "password": "0123456789", "role": "user" });
        let made = call(&app, &token, "POST", USERS, &new.to_string()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let user = body_of(&made);
        let id = user["id"].as_str().unwrap().to_owned();
        assert_eq!(made.header("location"), format!("/v3/users/{id}"));
        assert!(!made.text.contains("0123456789") && !made.text.contains("argon2"), "{}", made.text);
        // Addresses differ in no case, and a space in a query string was a plus.
        for uri in [by_email, "/v3/users?email=BUYER+1@example.com", "/v3/users?email[in]=a@x.example,buyer%2b1@example.com"] {
            let found = body_of(&call(&app, &token, "GET", uri, "").await);
            assert_eq!(found[0], user, "{uri}");
        }
        let again = call(&app, &token, "POST", USERS, &json!({ "email": "Buyer+1@Example.com", "firstName": "X" }).to_string()).await;
        assert_eq!(refusal(&again), (409, "DUPLICATE_EMAIL".to_owned()));
        let uri = format!("{USERS}/{id}");
        let changed = body_of(&call(&app, &token, "PATCH", &uri, r#"{"firstName":"Bea"}"#).await);
        assert_eq!((&changed["name"], &changed["lastName"]), (&json!("Bea"), &json!("")));
        let empty = call(&app, &token, "PATCH", &uri, "").await;
        assert_eq!((empty.status, body_of(&empty)), (StatusCode::OK, changed));
    }

    async fn one_of_twenty_equal_requests_makes_the_user(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let body = r#"{"email":"bea@x.example","firstName":"Bea","lastName":"Buyer","password":"0123456789","role":"user"}"#;
        let one = async || {
            let made = call(&app, &token, "POST", USERS, body).await;
            let found = call(&app, &token, "GET", "/v3/users?email=bea@x.example", "").await;
            assert_eq!(body_of(&found).as_array().unwrap().len(), 1, "whatever the answer, the user is there");
            made.status.as_u16()
        };
        let mut statuses = futures_util::future::join_all((0..20).map(|_| one())).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![409; 19]].concat());
    }

    async fn an_echo_is_no_change_and_no_event(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let organization = body_of(&call(&app, &token, "POST", "/v3/organizations", r#"{"name":"Initech","email":"it@initech.example"}"#).await);
        let new = json!({
            "email": "bea@x.example", "firstName": "Bea", "lastName": "Buyer", "company": "Initech", "roles": ["user"],
            "organizationId": organization["id"], "tags": ["vip", "beta"], "allowCustomerPortalAccess": false,
            "metadata": [{ "key": "crm", "value": 7, "visible": true }, { "key": "note", "value": "", "viewPermissions": ["user"] }],
        });
        let made = body_of(&call(&app, &token, "POST", USERS, &new.to_string()).await);
        assert_eq!(made["organization"], organization);
        assert_eq!((&made["tags"], &made["allowCustomerPortalAccess"]), (&json!(["vip", "beta"]), &json!(false)));
        let pairs: Vec<_> = made["metadata"].as_array().unwrap().iter().map(|pair| (&pair["value"], &pair["viewPermissions"], &pair["visible"])).collect();
        assert_eq!(pairs, [(&json!("7"), &json!(["activation"]), &json!(true)), (&json!(""), &json!(["user"]), &json!(false))]);
        // A customer made in the dashboard, without an address.
        let name = domain::bounded_text::Name::parse("name", "Grace Murray Hopper").unwrap();
        let issue = domain::license::NewLicense { customer_name: Some(name), ..domain::license::NewLicense::for_product(ada.product.id) };
        service::license::issue(&app.service, &ada.actor, issue).await.unwrap();
        let events = async || body_of(&call(&app, &token, "GET", "/v3/event-logs", "").await).as_array().unwrap().len();
        let before = events().await;
        let all = body_of(&call(&app, &token, "GET", USERS, "").await);
        assert_eq!(all[1]["email"], "");
        for user in all.as_array().unwrap() {
            let uri = format!("{USERS}/{}", user["id"].as_str().unwrap());
            let echoed = call(&app, &token, "PATCH", &uri, &user.to_string()).await;
            assert_eq!((echoed.status, &body_of(&echoed)), (StatusCode::OK, user));
        }
        let uri = format!("/v3/organizations/{}", organization["id"].as_str().unwrap());
        assert_eq!(body_of(&call(&app, &token, "PATCH", &uri, &organization.to_string()).await), organization);
        for tag in body_of(&call(&app, &token, "GET", "/v3/tags", "").await).as_array().unwrap() {
            let uri = format!("/v3/tags/{}", tag["id"].as_str().unwrap());
            assert_eq!(&body_of(&call(&app, &token, "PATCH", &uri, &tag.to_string()).await), tag);
        }
        assert_eq!(events().await, before, "no event");
    }

    async fn the_form_of_a_user_is_that_of_the_contract(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let made = call(&app, &token, "POST", USERS, r#"{"email":"bea@example.com","firstName":"Bea","lastName":"Buyer"}"#).await;
        let user = body_of(&made);
        let part = |name: &str| user[name].as_str().unwrap().to_owned();
        let expected = format!(
            concat!(
                r#"{{"id":"{}","createdAt":"{}","updatedAt":"{}","name":"Bea Buyer","firstName":"Bea","lastName":"Buyer","#,
                r#""email":"bea@example.com","company":"","role":"user","roles":["user"],"twoFactorEnabled":false,"#,
                r#""googleSsoEnabled":false,"allowCustomerPortalAccess":true,"lastLoginAt":null,"lastSeenAt":null,"#,
                r#""organizationId":null,"organization":null,"resellerId":null,"reseller":null,"userGroups":[],"#,
                r#""metadata":[],"tags":[]}}"#
            ),
            part("id"),
            part("createdAt"),
            part("updatedAt")
        );
        assert_eq!(made.text, expected);
    }

    async fn sign_ins_and_visits_are_answered_exported_and_filtered(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let new = r#"{"email":"bea@x.example","firstName":"Bea","password":"0123456789"}"#;
        let uri = call(&app, &token, "POST", USERS, new).await.header("location").to_owned();
        call(&app, &token, "POST", USERS, r#"{"email":"jo@x.example","firstName":"Jo"}"#).await;
        let sign_in = json!({ "accountId": ada.account, "email": "bea@x.example", "password": "0123456789" });
        assert_eq!(call(&app, "", "POST", "/v3/accounts/login", &sign_in.to_string()).await.status, 200);
        service::access::flush_last_uses(&app.service).await.unwrap();
        let bea = body_of(&call(&app, &token, "GET", &uri, "").await);
        let login = bea["lastLoginAt"].as_str().expect("a time").to_owned();
        assert_eq!(bea["lastSeenAt"], json!(login));
        assert_eq!(bea["updatedAt"], bea["createdAt"], "a visit is no change");
        let seen = body_of(&call(&app, &token, "GET", "/v3/users?lastSeenAfter=2020-01-01", "").await);
        assert_eq!(seen, json!([bea]));
        let export = call(&app, &token, "GET", "/v3/users/export?email=bea@x.example", "").await;
        assert!(export.text.contains(&format!(",{login},{login},")), "{}", export.text);
        let echo = call(&app, &token, "PATCH", &uri, &bea.to_string()).await;
        assert_eq!(body_of(&echo), bea, "an echo changes nothing");
    }

    async fn imports_keep_ids_and_times(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let id = new_id().to_string();
        let body = json!({ "id": id, "createdAt": "2020-01-02 03:04:05", "email": "bea@x.example", "firstName": "Bea" }).to_string();
        let plain = body_of(&call(&app, &token, "POST", USERS, &body.replace("bea@", "jo@")).await);
        assert_ne!(plain["id"], json!(id));
        let made = body_of(&call(&app, &token, "POST", "/v3/users?import=true", &body).await);
        assert_eq!((&made["id"], &made["createdAt"]), (&json!(id), &json!("2020-01-02T03:04:05.000Z")));
        let again = call(&app, &token, "POST", "/v3/users?import=true", &body).await;
        assert_eq!(refusal(&again), (409, "DUPLICATE_EMAIL".to_owned()));
        let taken = call(&app, &token, "POST", "/v3/users?import=true", &body.replace("bea@", "al@")).await;
        assert_eq!(refusal(&taken), (400, "VALIDATION_ERROR".to_owned()));
        let first = body_of(&call(&app, &token, "GET", "/v3/users?limit=1", "").await);
        assert_eq!(first[0]["id"], json!(id), "the oldest first");
    }
}

#[tokio::test]
async fn refusals_name_the_field_and_the_remedy() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let (ada, eve) = (seller(&app.service, "ada").await, seller(&app.service, "eve").await);
    let token = token_of_role(&app, &ada, Role::Owner).await;
    let of_eve = token_of_role(&app, &eve, Role::Owner).await;
    let made = call(&app, &token, "POST", USERS, r#"{"email":"bea@x.example","firstName":"Bea"}"#).await;
    call(&app, &token, "POST", USERS, r#"{"email":"jo@x.example","firstName":"Jo"}"#).await;
    let uri = made.header("location").to_owned();
    for (method, uri, body, status, code) in [
        ("POST", USERS, r#"{"firstName":"Bea"}"#, 400, "VALIDATION_ERROR"),
        ("POST", USERS, r#"{"email":"al@x.example"}"#, 400, "VALIDATION_ERROR"),
        ("POST", USERS, r#"{"email":"nobody","firstName":"X"}"#, 400, "VALIDATION_ERROR"),
        (
            "POST",
            USERS,
            r#"{"email":"al@x.example","firstName":"X","password":"1234567"}"#,
            400,
            "VALIDATION_ERROR",
        ),
        ("POST", USERS, r#"{"email":"al@x.example","firstName":"X","role":"admin"}"#, 403, "FORBIDDEN"),
        (
            "POST",
            USERS,
            r#"{"email":"al@x.example","firstName":"X","roles":["super-admin"]}"#,
            403,
            "FORBIDDEN",
        ),
        (
            "POST",
            USERS,
            r#"{"email":"al@x.example","firstName":"X","role":"auditor"}"#,
            400,
            "VALIDATION_ERROR",
        ),
        (
            "POST",
            USERS,
            r#"{"email":"al@x.example","firstName":"X","organizationId":"0199a1c2-0000-7a40-9c1b-000000000006"}"#,
            400,
            "INVALID_ORGANIZATION_ID",
        ),
        (
            "POST",
            USERS,
            r#"{"email":"al@x.example","firstName":"X","tags":["a","b","c","d","e","f"]}"#,
            400,
            "VALIDATION_ERROR",
        ),
        ("PATCH", &uri, r#"{"email":"JO@x.example"}"#, 400, "DUPLICATE_EMAIL"),
        ("PATCH", &uri, r#"{"firstName":""}"#, 400, "VALIDATION_ERROR"),
        ("PATCH", &uri, r#"{"email":""}"#, 400, "VALIDATION_ERROR"),
        ("GET", "/v3/users?limit=0", "", 400, "VALIDATION_ERROR"),
        ("GET", "/v3/users/0199a1c2-0000-7a40-9c1b-000000000006", "", 404, "NOT_FOUND"),
        ("GET", "/v3/users/nobody", "", 404, "NOT_FOUND"),
        ("PUT", &uri, "{}", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let refused = call(&app, &token, method, uri, body).await;
        assert_eq!(refusal(&refused), (status, code.to_owned()), "{method} {uri} {body}: {}", refused.text);
    }
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(refusal(&call(&app, &of_eve, method, &uri, "").await).0, 404, "{method}");
    }
    let viewer = token_of_role(&app, &ada, Role::Viewer).await;
    assert_eq!(
        refusal(&call(&app, &viewer, "POST", USERS, r#"{"email":"al@x.example","firstName":"X"}"#).await).0,
        403
    );
}

#[tokio::test]
async fn a_deleted_user_leaves_its_licenses() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    let made = call(&app, &token, "POST", USERS, r#"{"email":"bea@x.example","firstName":"Bea"}"#).await;
    let uri = made.header("location").to_owned();
    let (id, _) = license(&app.service, &ada, 1).await;
    let email = domain::Email::parse("bea@x.example").unwrap();
    service::license::transfer(&app.service, &ada.actor, id, None, Some(&email)).await.unwrap();
    let deleted = call(&app, &token, "DELETE", &uri, "").await;
    assert_eq!(deleted.status_and_body(), (204, ""));
    assert_eq!(call(&app, &token, "DELETE", &uri, "").await.status, 404);
    let shown = service::license::show(&app.service, &ada.actor, id).await.unwrap();
    assert_eq!(shown.customer_id, None);
}

#[tokio::test]
async fn passwords_are_reset_by_a_token_and_changed() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    let made = call(&app, &token, "POST", USERS, r#"{"email":"bea@x.example","firstName":"Bea"}"#).await;
    let uri = made.header("location").to_owned();
    let post = async |action: &str, body: Value| {
        call(&app, &token, "POST", &format!("{uri}/{action}"), &body.to_string()).await
    };
    let reset = call(&app, &token, "POST", &format!("{uri}/reset-password-token"), "").await;
    let reset = body_of(&reset)["resetPasswordToken"].as_str().unwrap().to_owned();
    let new = json!({ "token": reset, "newPassword": "12345678" });
    assert_eq!(post("reset-password", new.clone()).await.status, 204);
    assert_eq!(refusal(&post("reset-password", new).await).0, 400, "used");
    let wrong = json!({ "oldPassword": "wrong", "newPassword": "87654321" });
    assert_eq!(refusal(&post("update-password", wrong).await).0, 400);
    let right = json!({ "oldPassword": "12345678", "newPassword": "87654321" });
    assert_eq!(post("update-password", right).await.status_and_body(), (204, ""));
}

#[tokio::test]
async fn lists_tell_customers_and_the_team_apart() {
    let app = TestApp::new(TestDatabase::sqlite()).await;
    let ada = seller(&app.service, "ada").await;
    let token = token_of_role(&app, &ada, Role::Owner).await;
    call(
        &app,
        &token,
        "POST",
        USERS,
        r#"{"email":"bea@x.example","firstName":"Bea","role":"organization-admin"}"#,
    )
    .await;
    let emails = async |query: &str| -> Vec<String> {
        let found = body_of(&call(&app, &token, "GET", &format!("{USERS}?{query}"), "").await);
        let rows = found.as_array().unwrap_or_else(|| panic!("{query}: {found}")).clone();
        rows.iter().map(|row| row["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(emails("").await, ["bea@x.example"]);
    assert_eq!(emails("userType=user").await, ["bea@x.example"]);
    assert_eq!(emails("userType=Admin").await, ["ada@example.com"]);
    assert_eq!(emails("role=organization-admin").await, ["bea@x.example"]);
    assert_eq!(emails("query=bea").await, ["bea@x.example"]);
    assert!(emails("role=admin").await.is_empty());
}

on_both_databases! {
    async fn users_are_exported_as_csv(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let body = json!({
            "email": "bea@x.example", "firstName": "=1+1", "lastName": "Bu, yer", "tags": ["a", "b"],
            "metadata": [{ "key": "k", "value": "v" }, { "key": "l", "value": "w" }],
        });
        call(&app, &token, "POST", USERS, &body.to_string()).await;
        let export = call(&app, &token, "GET", "/v3/users/export", "").await;
        assert_eq!(export.header("content-type"), "text/csv; charset=utf-8");
        let mut lines = export.text.split("\r\n");
        let columns = "id,createdAt,updatedAt,name,firstName,lastName,email,company,role,twoFactorEnabled,googleSsoEnabled,\
            allowCustomerPortalAccess,lastLoginAt,lastSeenAt,organizationId,resellerId,userEmail,organizationName,tags,\
            metadata";
        assert_eq!(lines.next(), Some(columns));
        let line = lines.next().unwrap();
        assert!(
            line.contains(",\"'=1+1 Bu, yer\",'=1+1,\"Bu, yer\",bea@x.example,,user,false,false,true,"),
            "{line}"
        );
        assert!(line.ends_with(",bea@x.example,,a; b,k=v; l=w"), "{line}");
        let filtered = call(&app, &token, "GET", "/v3/users/export?email=jo@x.example", "").await;
        assert_eq!(filtered.text.lines().count(), 1);
        let wrong = call(&app, &token, "GET", "/v3/users/export?createdAt=soon", "").await;
        assert_eq!(refusal(&wrong).0, 400);
    }
}
