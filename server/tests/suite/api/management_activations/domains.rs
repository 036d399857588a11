//! `/licenses/:id/domains`.

use domain::Scope;
use serde_json::json;

use super::Api;
use crate::api::management_api::{call, refusal};
use test_support::on_both_databases;

on_both_databases! {
    async fn domains_are_listed_and_freed_by_name_or_id(db: TestDatabase) {
        let api = Api::on(db).await;
        for name in ["a.example.com", "b.example.com"] {
            api.app.json("/activate", api.key.expose(), name).await;
        }
        let path = format!("/licenses/{}/domains", api.key.expose());
        let rows = api.json("GET", &path, "", 200).await;
        let row = &rows[0];
        let expected = json!({
            "id": row["id"], "createdAt": row["createdAt"], "updatedAt": row["updatedAt"], "licenseId": api.license,
            "productId": api.seller.product.id, "domain": "a.example.com", "lastVerifiedAt": null, "verifications": 0,
        });
        assert_eq!(row, &expected);
        assert_eq!(api.machines().await, Vec::<serde_json::Value>::new(), "domains are no machines");
        let named = api.json("GET", &format!("{path}?domain[sw]=B."), "", 200).await;
        assert_eq!(named.as_array().map(Vec::len), Some(1));
        let eve = api.token_of_eve().await;
        let of_ada = format!("/v3/licenses/{}/domains", api.license);
        assert_eq!(refusal(&call(&api.app, &eve, "GET", &of_ada, "").await).0, 404);
        assert_eq!(refusal(&call(&api.app, &eve, "DELETE", &format!("{of_ada}/a.example.com"), "").await).0, 404);
        let reads = api.token_with(&[Scope::LICENSE_READ]).await;
        assert_eq!(
            refusal(&call(&api.app, &reads, "DELETE", &format!("{of_ada}/a.example.com"), "").await).0,
            403
        );
        api.json("DELETE", &format!("{path}/A.Example.com"), "", 204).await;
        api.json("DELETE", &format!("{path}/a.example.com"), "", 404).await;
        api.json("DELETE", &format!("{path}/{}", rows[1]["id"].as_str().unwrap()), "", 204).await;
        api.json("DELETE", &format!("{path}/%20"), "", 404).await;
        let license = api.json("GET", &format!("/licenses/{}", api.license), "", 200).await;
        assert_eq!(license["totalDomains"], 0);
    }
}
