//! The user, the organization and the tags of licenses.

use axum::body::Body;
use domain::permission::Role;
use http::Request;
use serde_json::{Value, json};

use super::Api;
use test_support::{TestDatabase, on_both_databases};

const UNKNOWN: &str = "0199a1c2-0000-7a40-9c1b-000000000001";

/// A license with a user, an organization and tags.
struct Grouped {
    api: Api,
    user: Value,
    organization: Value,
    license: Value,
}

fn id(object: &Value) -> String {
    object["id"].as_str().expect("an id").to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(id).collect()
}

impl Grouped {
    async fn new() -> Self {
        Self::on(TestDatabase::sqlite()).await
    }

    async fn on(db: TestDatabase) -> Self {
        let api = Api::on(db, Role::Admin).await;
        let organization =
            json!({"name": "Initech", "email": "it@initech.example", "description": "slow payer"});
        let organization = api.json("POST", "/organizations", &organization.to_string(), 201).await;
        let user = json!({"email": "bea@x.example", "firstName": "Bea", "lastName": "Buyer", "company": "Initech",
            "password": "0123456789", "organizationId": organization["id"], "tags": ["crm"],
            "metadata": [{"key": "crm", "value": "7"}, {"key": "shown", "value": "1", "viewPermissions": ["user"]}]});
        let user = api.json("POST", "/users", &user.to_string(), 201).await;
        let license = json!({"productId": api.product(), "userId": user["id"], "organizationId": organization["id"],
            "tags": ["vip", "CRM"], "notes": "call first",
            "metadata": [{"key": "order", "value": "SO-1"}, {"key": "seat", "value": "A", "viewPermissions": ["user"]}]});
        let license = api.json("POST", "/licenses", &license.to_string(), 201).await;
        Self { api, user, organization, license }
    }

    fn path(&self) -> String {
        format!("/licenses/{}", id(&self.license))
    }

    async fn events(&self) -> usize {
        let events = self.api.json("GET", "/event-logs", "", 200).await;
        events.as_array().map_or(0, Vec::len)
    }
}

on_both_databases! {
    async fn licenses_hold_whole_users_and_organizations(db: TestDatabase) {
        let grouped = Grouped::on(db).await;
        let shown = grouped.api.json("GET", &grouped.path(), "", 200).await;
        let listed = grouped.api.json("GET", "/licenses", "", 200).await;
        for license in [&grouped.license, &shown, &listed[0]] {
            assert_eq!((&license["userId"], &license["user"]), (&grouped.user["id"], &grouped.user));
            assert_eq!(license["organizationId"], grouped.organization["id"]);
            assert_eq!(license["organization"], grouped.organization);
            assert_eq!(license["tags"], json!(["vip", "crm"]), "a known tag keeps its spelling");
        }
    }
}

on_both_databases! {
    async fn an_echo_of_user_organization_and_tags_is_no_change(db: TestDatabase) {
        let grouped = Grouped::on(db).await;
        let before = grouped.events().await;
        let mut echo = grouped.license.clone();
        for body in [echo.clone(), json!({"tags": ["VIP", "Crm"], "organizationId": grouped.organization["id"]})]
        {
            let after = grouped.api.json("PATCH", &grouped.path(), &body.to_string(), 200).await;
            assert_eq!(after, grouped.license);
        }
        echo["organization"] = json!({"id": UNKNOWN});
        echo["organizationId"] = json!(null);
        echo["tags"] = json!(null);
        let after = grouped.api.json("PATCH", &grouped.path(), &echo.to_string(), 200).await;
        assert_eq!(after, grouped.license, "null is not given");
        assert_eq!(grouped.events().await, before, "no event");
    }
}

#[tokio::test]
async fn tags_are_replaced_and_ids_removed() {
    let grouped = Grouped::new().await;
    let (api, path) = (&grouped.api, grouped.path());
    let changed = api.json("PATCH", &path, r#"{"tags":["beta"]}"#, 200).await;
    assert_eq!(changed["tags"], json!(["beta"]));
    let cleared = api.json("PATCH", &path, r#"{"tags":[],"organizationId":"","userId":""}"#, 200).await;
    assert_eq!((&cleared["tags"], &cleared["user"]), (&json!([]), &json!(null)));
    assert_eq!((&cleared["organizationId"], &cleared["organization"]), (&json!(null), &json!(null)));
    let body = json!({"organizationId": UNKNOWN}).to_string();
    assert_eq!(api.json("PATCH", &path, &body, 400).await["code"], "INVALID_ORGANIZATION_ID");
    let six = json!({"tags": ["a", "b", "c", "d", "e", "f"]}).to_string();
    assert_eq!(api.json("PATCH", &path, &six, 400).await["code"], "VALIDATION_ERROR");
    // A revoked license can still be grouped.
    let revoked = json!({"revoked": true, "tags": ["lost"], "organizationId": grouped.organization["id"]});
    let revoked = api.json("PATCH", &path, &revoked.to_string(), 200).await;
    let again = api.json("PATCH", &path, r#"{"tags":["lost","late"]}"#, 200).await;
    assert_eq!((&revoked["tags"], &again["tags"]), (&json!(["lost"]), &json!(["lost", "late"])));
    assert_eq!(api.send("DELETE", &path, "").await.status_and_body(), (204, ""));
}

#[tokio::test]
async fn bulk_requests_take_tags_and_organizations() {
    let grouped = Grouped::new().await;
    let api = &grouped.api;
    let new = |tags: Value, organization: Value| json!({"productId": api.product(), "tags": tags, "organizationId": organization});
    let organization = &grouped.organization["id"];
    let body = json!({"licenses": [new(json!(["new", "VIP"]), organization.clone()), new(json!(["NEW"]), json!(UNKNOWN)), new(json!(["New"]), json!(null))]});
    let made = api.json("POST", "/licenses/bulk", &body.to_string(), 200).await;
    assert_eq!(made[0]["license"]["tags"], json!(["new", "vip"]));
    assert_eq!(made[1]["error"]["code"], "INVALID_ORGANIZATION_ID");
    assert_eq!(made[2]["license"]["tags"], json!(["new"]), "made once");
    let both = json!([made[0]["license"]["id"], made[2]["license"]["id"]]);
    let set = json!({"ids": both, "set": {"tags": ["x", "new"], "organizationId": organization}});
    let changed = api.json("PATCH", "/licenses/bulk", &set.to_string(), 200).await;
    for outcome in changed.as_array().expect("a list") {
        assert_eq!(outcome["license"]["tags"], json!(["x", "new"]));
        assert_eq!(outcome["license"]["organization"], grouped.organization);
    }
    let tags = api.json("GET", "/tags", "", 200).await;
    assert_eq!(tags.as_array().map(Vec::len), Some(4), "crm, vip, new, x");
}

#[tokio::test]
async fn lists_filter_by_user_organization_and_tags() {
    let grouped = Grouped::new().await;
    let api = &grouped.api;
    let plain = api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
    let (grouped_id, plain_id) = (id(&grouped.license), id(&plain));
    let organization = id(&grouped.organization);
    for query in [
        format!("organizationId={organization}"),
        "organization.name=INITECH".to_owned(),
        "organization.name[cn]=nite".to_owned(),
        "user.company=initech".to_owned(),
        "tags=VIP".to_owned(),
        "tag[in]=none,vip".to_owned(),
        "tags[sw]=cr".to_owned(),
        format!("organizationId[in]={organization},{UNKNOWN}&tag=crm&user.email=bea@x.example"),
    ] {
        let found = api.json("GET", &format!("/licenses?{query}"), "", 200).await;
        assert_eq!(ids(&found), [grouped_id.as_str()], "{query}");
    }
    for query in
        ["organization.name[ne]=Initech", "tags[ne]=vip", "user.company[nc]=init", "tag[nin]=vip,crm"]
    {
        let found = api.json("GET", &format!("/licenses?{query}"), "", 200).await;
        assert_eq!(ids(&found), [plain_id.as_str()], "{query}");
    }
    for query in ["tags=none", "tag[in]=", "organization.name=none"] {
        let found = api.json("GET", &format!("/licenses?{query}"), "", 200).await;
        assert_eq!(found, json!([]), "{query}");
    }
    let of_organization = api.json("GET", &format!("/organizations/{organization}/licenses"), "", 200).await;
    assert_eq!(ids(&of_organization), [grouped_id.as_str()]);
    api.json("GET", &format!("/organizations/{UNKNOWN}/licenses"), "", 404).await;
    let export = api.send("GET", "/licenses/export?tag=vip", "").await.text;
    let line = export.lines().nth(1).expect("a license");
    assert!(line.contains(&organization) && line.contains("bea@x.example,Initech,vip; crm,"), "{line}");
}

/// Sends a request with the customer's token.
async fn as_customer(api: &Api, token: &str, method: &str, path: &str) -> (u16, Value) {
    send_as_customer(api, token, method, path, &Value::Null).await
}

/// Sends a request with the customer's token and a body.
async fn send_as_customer(api: &Api, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(format!("/v3{path}"));
    let request = request.header("authorization", format!("Bearer {token}"));
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    let response = api.app.send(request.body(body).expect("a request")).await;
    (response.status.as_u16(), serde_json::from_str(&response.text).unwrap_or(Value::Null))
}

#[tokio::test]
async fn customers_change_their_own_names_alone() {
    let grouped = Grouped::new().await;
    let api = &grouped.api;
    let sign_in = json!({"accountId": "ada", "email": "bea@x.example", "password": "0123456789"}).to_string();
    let signed_in = api.json("POST", "/accounts/login", &sign_in, 200).await;
    let token = signed_in["accessToken"].as_str().expect("a token");
    let before = api.json("GET", &format!("/users/{}", id(&grouped.user)), "", 200).await;
    let change = json!({"firstName": "Beatrice", "lastName": "Buyer", "email": "other@x.example", "company": "Other",
        "role": "organization-admin", "tags": ["mine"], "metadata": [{"key": "mine", "value": "1"}]});
    let (status, me) = send_as_customer(api, token, "PATCH", "/me", &change).await;
    assert_eq!((status, &me["name"], &me["tags"]), (200, &json!("Beatrice Buyer"), &json!([])));
    assert_eq!(as_customer(api, token, "GET", "/me").await.1, me);
    let mut after = api.json("GET", &format!("/users/{}", id(&grouped.user)), "", 200).await;
    for name in ["name", "firstName", "lastName", "updatedAt"] {
        after[name] = before[name].clone();
    }
    assert_eq!(after, before, "nothing else is changed");
    let (status, me) = send_as_customer(api, token, "PATCH", "/me", &json!({"lastName": ""})).await;
    assert_eq!((status, &me["name"]), (200, &json!("Beatrice")));
    let (status, refused) = send_as_customer(api, token, "PATCH", "/me", &json!({"firstName": ""})).await;
    assert_eq!((status, &refused["code"]), (400, &json!("VALIDATION_ERROR")));
    assert!(refused["message"].as_str().expect("a message").contains("firstName"), "{refused}");
    let log = api
        .json("GET", &format!("/event-logs?resourceId={}&sort=-createdAt", id(&grouped.user)), "", 200)
        .await;
    let entry = (&log[0]["action"], &log[0]["actorKind"], &log[0]["actorId"]);
    assert_eq!(entry, (&json!("updated"), &json!("customer"), &grouped.user["id"]));
}

#[tokio::test]
async fn customers_sign_in_and_see_their_own_licenses() {
    let grouped = Grouped::new().await;
    let api = &grouped.api;
    api.json("POST", "/licenses", &json!({"productId": api.product()}).to_string(), 201).await;
    let sign_in = |password: &str| {
        json!({"accountId": "ada", "email": "Bea@X.example", "password": password}).to_string()
    };
    let wrong = api.json("POST", "/accounts/login", &sign_in("wrong password"), 400).await;
    assert_eq!(wrong["code"], "AUTHENTICATION_FAILED");
    let without_account = json!({"email": "bea@x.example", "password": "0123456789"}).to_string();
    assert_eq!(api.json("POST", "/accounts/login", &without_account, 400).await, wrong);
    let signed_in = api.json("POST", "/accounts/login", &sign_in("0123456789"), 200).await;
    let token = signed_in["accessToken"].as_str().expect("a token");
    let (status, me) = as_customer(api, token, "GET", "/me").await;
    assert_eq!((status, &me["id"], &me["tags"]), (200, &grouped.user["id"], &json!([])));
    assert_eq!(me["metadata"].as_array().map(Vec::len), Some(1), "fields that the customer may see");
    assert_eq!(me["organization"]["description"], "");
    let (status, own) = as_customer(api, token, "GET", "/me/licenses?count=true").await;
    assert_eq!((status, ids(&own)), (200, vec![id(&grouped.license)]));
    assert_eq!((&own[0]["notes"], &own[0]["tags"]), (&json!(null), &json!([])));
    assert_eq!((&own[0]["key"], &own[0]["user"]), (&grouped.license["key"], &me));
    let shown: Vec<_> =
        own[0]["metadata"].as_array().expect("a list").iter().map(|pair| &pair["key"]).collect();
    assert_eq!(shown, [&json!("seat")]);
    assert_eq!(as_customer(api, token, "GET", "/me/licenses?search=SO-1").await.0, 400);
    // A condition on a hidden field is ignored.
    assert_eq!(as_customer(api, token, "GET", "/me/licenses?notes=other").await.1, own);
    for (method, path) in [
        ("GET", "/licenses".to_owned()),
        ("GET", grouped.path()),
        ("GET", "/users".to_owned()),
        ("GET", "/accounts/me".to_owned()),
        ("GET", "/personal-access-tokens".to_owned()),
    ] {
        assert_eq!(as_customer(api, token, method, &path).await.0, 403, "{method} {path}");
    }
    // A new password ends the token.
    let path = format!("/users/{}/update-password", id(&grouped.user));
    let new = json!({"oldPassword": "0123456789", "newPassword": "9876543210"}).to_string();
    api.json("POST", &path, &new, 204).await;
    assert_eq!(as_customer(api, token, "GET", "/me").await.0, 401);
    let signed_in = api.json("POST", "/accounts/login", &sign_in("9876543210"), 200).await;
    let token = signed_in["accessToken"].as_str().expect("a token");
    assert_eq!(as_customer(api, token, "GET", "/me").await.0, 200);
    let user = format!("/users/{}", id(&grouped.user));
    assert_eq!(api.send("DELETE", &user, "").await.status_and_body(), (204, ""));
    assert_ne!(as_customer(api, token, "GET", "/me").await.0, 200);
    assert_eq!(api.json("GET", "/me/licenses", "", 200).await, json!([]), "a token of the seller holds none");
}
