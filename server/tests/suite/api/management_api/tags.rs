//! `/tags`.

use domain::permission::Role;
use serde_json::json;

use super::{call, json as body_of, refusal, token_of_role};
use crate::test_app::TestApp;
use test_support::{on_both_databases, seller};

const TAGS: &str = "/v3/tags";

on_both_databases! {
    async fn tags_are_made_changed_and_taken_off_everything(db: TestDatabase) {
        let app = TestApp::new(db).await;
        let ada = seller(&app.service, "ada").await;
        let token = token_of_role(&app, &ada, Role::Owner).await;
        let made = call(&app, &token, "POST", TAGS, r#"{"name":"early-bird"}"#).await;
        let tag = body_of(&made);
        assert_eq!(
            (made.status.as_u16(), &tag["name"], &tag["description"]),
            (201, &json!("early-bird"), &json!(""))
        );
        let again = call(&app, &token, "POST", TAGS, r#"{"name":"Early-Bird"}"#).await;
        assert_eq!(refusal(&again), (409, "DUPLICATE_NAME".to_owned()));
        let user = r#"{"email":"bea@x.example","firstName":"Bea","tags":["EARLY-BIRD","new"]}"#;
        let user = body_of(&call(&app, &token, "POST", "/v3/users", user).await);
        assert_eq!(
            user["tags"],
            json!(["early-bird", "new"]),
            "unknown names are made, known ones keep their spelling"
        );
        let uri = made.header("location").to_owned();
        let renamed = body_of(&call(&app, &token, "PATCH", &uri, r#"{"name":"bird","description":"x"}"#).await);
        assert_eq!((&renamed["name"], &renamed["description"]), (&json!("bird"), &json!("x")));
        let clash = call(&app, &token, "PATCH", &uri, r#"{"name":"NEW"}"#).await;
        assert_eq!(refusal(&clash), (400, "DUPLICATE_NAME".to_owned()));
        let tagged = body_of(&call(&app, &token, "GET", "/v3/users?tag=Bird", "").await);
        assert_eq!(tagged[0]["tags"], json!(["bird", "new"]));
        assert_eq!(call(&app, &token, "DELETE", &uri, "").await.status_and_body(), (204, ""));
        let left = body_of(&call(&app, &token, "GET", "/v3/users", "").await);
        assert_eq!(left[0]["tags"], json!(["new"]));
        let names: Vec<_> =
            body_of(&call(&app, &token, "GET", "/v3/tags?sort=-name", "").await).as_array().unwrap().clone();
        assert_eq!(names.len(), 1);
    }
}
