//! `/me/activations`: the machines that a signed-in customer sees and frees.

use domain::license::{Limit, NewLicense};
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::{CustomerRelease, Email};
use serde_json::{Value, json};
use service::license::issue;
use service::{new_id, product};

use super::Api;
use crate::api::management_api::{call, json as body_of, refusal, token_of_role};
use test_support::{on_both_databases, seller};

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

    async fn a_machine_of_another_seller_is_not_found(db: TestDatabase) {
        let api = Api::on(db).await;
        api.activate("a").await;
        set_rule(&api, CustomerRelease::Always).await;
        let (_, token) = customer(&api, "bea@x.example").await;
        let eve = seller(&api.app.service, "eve").await;
        let new = NewLicense {
            machine_limit: Some(Limit::new(1)),
            customer_email: Email::parse("bea@x.example").ok(),
            ..NewLicense::for_product(eve.product.id)
        };
        let issued = issue(&api.app.service, &eve.actor, new).await.unwrap().pop().unwrap();
        let mut machine = api.machine("e");
        machine["key"] = json!(issued.key.expose());
        machine["productId"] = json!(eve.product.id);
        let activated = api.app.post("/v3/activations", "application/json", machine.to_string()).await;
        assert_eq!(activated.status, 200, "{}", activated.text);
        let of_eve = token_of_role(&api.app, &eve, Role::Owner).await;
        let machines = async || body_of(&call(&api.app, &of_eve, "GET", "/v3/activations", "").await);
        let id = machines().await[0]["id"].clone();
        let path = format!("/v3/me/activations/{}", id.as_str().unwrap());
        let refused = call(&api.app, &token, "DELETE", &path, "").await;
        assert_eq!(refusal(&refused), (404, "NOT_FOUND".to_owned()));
        assert_eq!(machines().await[0]["id"], id, "it stays");
    }

    async fn releases_of_a_customer_are_throttled(db: TestDatabase) {
        let api = Api::on(db).await;
        api.activate("a").await;
        set_rule(&api, CustomerRelease::Always).await;
        let (bea, token) = customer(&api, "bea@x.example").await;
        let (_, of_jo) = customer(&api, "jo@x.example").await;
        let license = format!("/licenses/{}", api.license);
        api.json("PATCH", &license, &json!({ "userId": bea }).to_string(), 200).await;
        let unknown = format!("/v3/me/activations/{}", new_id());
        for _ in 0..60 {
            assert_eq!(call(&api.app, &token, "DELETE", &unknown, "").await.status, 404);
        }
        let own = api.machines().await[0]["id"].clone();
        let own = format!("/v3/me/activations/{}", own.as_str().unwrap());
        let refused = call(&api.app, &token, "DELETE", &own, "").await;
        assert_eq!(refusal(&refused), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
        assert!((1..=600).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
        assert_eq!(api.machines().await.len(), 1);
        assert_eq!(call(&api.app, &of_jo, "DELETE", &unknown, "").await.status, 404, "another customer goes on");
    }

    async fn offline_machines_stay_and_those_of_a_suspended_license_are_freed(db: TestDatabase) {
        let api = Api::on(db).await;
        api.activate("online").await;
        set_rule(&api, CustomerRelease::Always).await;
        let (bea, token) = customer(&api, "bea@x.example").await;
        let license = format!("/licenses/{}", api.license);
        api.json("PATCH", &license, &json!({ "userId": bea }).to_string(), 200).await;
        let file = api.machine("offline").to_string();
        let request = json!({ "licenseId": api.license, "offlineRequest": file, "responseValidity": 86_400 });
        api.json("POST", "/activations/offline-activate", &request.to_string(), 200).await;
        api.json("PATCH", &license, r#"{"suspended":true}"#, 200).await;
        let machines = api.machines().await;
        let path = |offline: bool| {
            let machine = machines.iter().find(|machine| machine["offline"] == offline).unwrap();
            format!("/v3/me/activations/{}", machine["id"].as_str().unwrap())
        };
        let refused = call(&api.app, &token, "DELETE", &path(true), "").await;
        assert_eq!(refusal(&refused), (409, "DEACTIVATION_LIMIT_REACHED".to_owned()));
        assert!(refused.text.contains("works without a network"), "{}", refused.text);
        assert_eq!(call(&api.app, &token, "DELETE", &path(false), "").await.status_and_body(), (204, ""));
        let left = api.machines().await;
        assert_eq!((left.len(), &left[0]["offline"]), (1, &json!(true)));
    }
}
