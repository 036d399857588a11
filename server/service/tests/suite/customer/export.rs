//! Exports of a customer's data.

use domain::license::{Limit, NewLicense};
use serde_json::Value;
use service::activation::activate;
use service::customer::{export, update};
use service::license::issue;

use super::{holder, identity, to};
use test_support::{host, on_both_databases, seller};

on_both_databases! {
    async fn an_export_holds_everything_but_the_keys(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let request = NewLicense { domain_limit: Some(Limit::UNLIMITED), ..to(&seller, &identity("Grace \"G\" Hopper", "grace@navy.example")) };
        let issued = issue(&service, &seller.actor, request).await.unwrap().pop().unwrap();
        for n in 0..230 {
            activate(&service, &issued.key, &host(&format!("d{n}.example.com")), Some("192.0.2.7".into())).await.unwrap();
        }
        let (id, _) = holder(&service, &seller, "Grace \"G\" Hopper", "grace@navy.example", 205).await;
        holder(&service, &seller, "Jean", "jean@eniac.example", 1).await;
        update(&service, &seller.actor, id, identity("Grace", "grace@navy.example"), None).await.unwrap();
        let mut document = String::new();
        let mut parts = export(&service, &seller.actor, id).await.unwrap();
        while let Some(part) = parts.next().await {
            document.push_str(&part.unwrap());
        }
        assert!(!document.contains(issued.key.expose()) && !document.contains("jean"));
        let document: Value = serde_json::from_str(&document).unwrap_or_else(|e| panic!("{e}: {document}"));
        assert_eq!((&document["customer"]["name"], &document["customer"]["email"]), (&"Grace".into(), &"grace@navy.example".into()));
        let licenses = document["licenses"].as_array().unwrap();
        assert_eq!(licenses.len(), 206);
        let license = &licenses[0];
        assert_eq!(license["key_last_four"], issued.key.last_four());
        let activations = license["activations"].as_array().unwrap();
        assert_eq!((activations.len(), &activations[229]["subject"]), (230, &"d229.example.com".into()));
        assert_eq!(activations[0]["ip"], "192.0.2.7");
        assert_eq!(license["audit_entries"].as_array().unwrap().len(), 231);
        let actions: Vec<_> = document["audit_entries"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["customer.created", "customer.updated"]);
    }

    async fn an_export_that_is_not_read_ends(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace", "grace@navy.example", 50).await;
        let mut parts = export(&service, &seller.actor, id).await.unwrap();
        assert!(parts.next().await.is_some());
        drop(parts);
        // Writers go on.
        holder(&service, &seller, "Grace", "grace@navy.example", 1).await;
    }
}
