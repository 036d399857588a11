//! `/me/activations`: the machines that a signed-in customer sees and frees.

use domain::CustomerRelease;
use domain::product::ProductSettings;
use serde_json::{Value, json};
use service::product;

use super::Api;
use crate::api::management_api::{call, json as body_of, refusal};
use test_support::on_both_databases;

const PASSWORD: &str = "0123456789";

/// Sets how often customers of the seller's product may free.
async fn set_rule(api: &Api, rule: CustomerRelease) {
    let (service, seller) = (&api.app.service, &api.seller);
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let settings = ProductSettings { customer_release: rule, ..shown.settings().unwrap() };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

/// Creates a customer, and returns the customer's id and access token.
async fn customer(api: &Api, email: &str) -> (Value, String) {
    let new = json!({ "email": email, "firstName": "Bea", "password": PASSWORD }).to_string();
    let user = api.json("POST", "/users", &new, 201).await;
    let sign_in =
        json!({ "accountId": api.seller.account, "email": email, "password": PASSWORD }).to_string();
    let signed_in = api.json("POST", "/accounts/login", &sign_in, 200).await;
    (user["id"].clone(), signed_in["accessToken"].as_str().unwrap().to_owned())
}

on_both_databases! {
    async fn customers_free_their_own_machines_by_the_rule_of_the_product(db: TestDatabase) {
        let api = Api::on(db).await;
        for name in ["a", "b", "c"] {
            api.activate(name).await;
        }
        let (bea, token) = customer(&api, "bea@x.example").await;
        let (_, of_jo) = customer(&api, "jo@x.example").await;
        let license = format!("/licenses/{}", api.license);
        api.json("PATCH", &license, &json!({ "userId": bea }).to_string(), 200).await;
        let own = body_of(&call(&api.app, &token, "GET", "/v3/me/activations", "").await);
        assert_eq!(own.as_array().map(Vec::len), Some(3));
        let path = |row: usize| format!("/v3/me/activations/{}", own[row]["id"].as_str().unwrap());
        let delete = async |token: &str, path: &str| call(&api.app, token, "DELETE", path, "").await;
        assert_eq!(refusal(&delete(&token, &path(0)).await), (403, "FORBIDDEN".to_owned()), "the seller frees");
        set_rule(&api, CustomerRelease::OnceInDays(7)).await;
        assert_eq!(refusal(&delete(&of_jo, &path(0)).await), (404, "NOT_FOUND".to_owned()), "of another customer");
        assert_eq!(refusal(&delete(&api.token, &path(0)).await), (403, "FORBIDDEN".to_owned()), "no customer");
        assert_eq!(refusal(&delete("", &path(0)).await), (401, "UNAUTHORIZED".to_owned()));
        assert_eq!(refusal(&delete(&token, "/v3/me/activations/x").await), (404, "NOT_FOUND".to_owned()));
        assert_eq!(api.app.json("/activate", api.key.expose(), "a.example").await.status, 200);
        let domains = api.json("GET", &format!("{license}/domains"), "", 200).await;
        let domain = format!("/v3/me/activations/{}", domains[0]["id"].as_str().unwrap());
        assert_eq!(refusal(&delete(&token, &domain).await), (404, "NOT_FOUND".to_owned()), "a domain is no machine");
        assert_eq!(api.machines().await.len(), 3);

        assert_eq!(delete(&token, &path(0)).await.status_and_body(), (204, ""));
        let early = delete(&token, &path(1)).await;
        assert_eq!(refusal(&early), (409, "DEACTIVATION_LIMIT_REACHED".to_owned()));
        assert!(early.text.contains("Z."), "the time is named: {}", early.text);
        set_rule(&api, CustomerRelease::Always).await;
        assert_eq!(delete(&token, &path(1)).await.status, 204);
        assert_eq!(refusal(&delete(&token, &path(1)).await).0, 404, "it is gone");
        let shown = api.json("GET", &license, "", 200).await;
        assert_eq!((&shown["totalActivations"], &shown["totalDeactivations"]), (&json!(1), &json!(0)));
        let log = api.json("GET", "/activation-logs?action=deactivate", "", 200).await;
        let names: Vec<_> = log.as_array().unwrap().iter().map(|entry| &entry["hostname"]).collect();
        assert_eq!(names, [&own[0]["hostname"], &own[1]["hostname"]]);
    }
}
