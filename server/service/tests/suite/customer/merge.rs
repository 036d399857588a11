//! Mergers of two customers.

use domain::event::Event;
use service::activation::{VerifyResult, activate, verify};
use service::customer::{merge, show, update};
use service::license::{self, timeline};
use service::{Error, new_id};

use super::{found, holder, identity, to};
use test_support::{host, on_both_databases, seller, texts};

on_both_databases! {
    async fn licenses_move_and_the_merged_customer_goes_away(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (keep, mut licenses) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        let request = to(&seller, &identity("G. Hopper", "grace@yale.example"));
        let issued = license::issue(&service, &seller.actor, request).await.unwrap().pop().unwrap();
        activate(&service, &issued.key, &host("a.com"), None).await.unwrap();
        let (other, _) = holder(&service, &seller, "G. Hopper", "grace@yale.example", 1).await;
        let moved = merge(&service, &seller.actor, keep, other).await.unwrap();
        assert_eq!(moved, 2);
        let view = show(&service, &seller.actor, keep, None).await.unwrap();
        assert_eq!((view.name.as_deref(), view.email.as_deref()), (Some("Grace Hopper"), Some("grace@navy.example")));
        licenses.push(issued.id);
        assert_eq!(view.license_count, 3);
        assert!(licenses.iter().all(|id| view.licenses.iter().any(|license| license.id == *id)));
        assert!(matches!(show(&service, &seller.actor, other, None).await, Err(Error::NotFound)));
        assert_eq!(found(&service, &seller, "grace@yale").await, []);
        assert_eq!(found(&service, &seller, "grace@navy").await.len(), 1);
        let verified = verify(&service, &issued.key, &host("a.com"), None).await.unwrap();
        assert!(matches!(verified, VerifyResult::Evaluated { .. }));
        let entries = timeline(&service, &seller.actor, issued.id).await.unwrap().entries;
        assert_eq!(entries[0].event, Some(Event::LicenseTransferred));
        assert_eq!(entries[0].detail.as_deref(), Some("Grace Hopper"));
        let again = merge(&service, &seller.actor, keep, other).await;
        assert!(matches!(again, Err(Error::NotFound)));
        // The address may come back as another customer.
        let (new, _) = holder(&service, &seller, "Grace", "grace@yale.example", 1).await;
        assert_ne!(new, other);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let sql = "SELECT payload AS text FROM outbox_events WHERE kind = 'customer.merged' ORDER BY seq";
        let events = texts(&raw, sql).await;
        assert_eq!(events.len(), 2, "one for each customer");
        assert!(events[0].contains(&other.to_string()) && events[1].contains(&keep.to_string()), "{events:?}");
        assert!(!events.iter().any(|event| event.contains("Hopper") || event.contains('@')), "{events:?}");
    }

    async fn the_merged_customer_fills_gaps(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (keep, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        update(&service, &seller.actor, keep, identity("Grace Hopper", ""), None).await.unwrap();
        let (other, _) = holder(&service, &seller, "Commodore Hopper", "hopper@yale.example", 1).await;
        merge(&service, &seller.actor, keep, other).await.unwrap();
        let view = show(&service, &seller.actor, keep, None).await.unwrap();
        assert_eq!((view.name.as_deref(), view.email.as_deref()), (Some("Grace Hopper"), Some("hopper@yale.example")));
        assert_eq!(found(&service, &seller, "hopper@yale").await.len(), 1);
        assert_eq!(found(&service, &seller, "commodore").await, []);
    }

    async fn many_licenses_move_in_several_transactions(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (keep, _) = holder(&service, &seller, "Grace", "grace@example.com", 1).await;
        let (other, _) = holder(&service, &seller, "Reseller", "reseller@example.com", 450).await;
        assert_eq!(merge(&service, &seller.actor, keep, other).await.unwrap(), 450);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let sql = "SELECT CAST(count(*) AS TEXT) AS text FROM licenses GROUP BY customer_id";
        assert_eq!(texts(&raw, sql).await, ["451"]);
        let sql = "SELECT CAST(count(*) AS TEXT) AS text FROM audit_entries WHERE action = 'license.transferred'";
        assert_eq!(texts(&raw, sql).await, ["450"]);
    }

    async fn a_customer_is_not_merged_with_itself_or_with_a_missing_one(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (keep, _) = holder(&service, &seller, "Grace", "grace@example.com", 1).await;
        let same = merge(&service, &seller.actor, keep, keep).await;
        assert!(matches!(same, Err(Error::Invalid(_))), "{same:?}");
        let missing = domain::CustomerId(new_id());
        assert!(matches!(merge(&service, &seller.actor, keep, missing).await, Err(Error::NotFound)));
        assert!(matches!(merge(&service, &seller.actor, missing, keep).await, Err(Error::NotFound)));
        assert_eq!(show(&service, &seller.actor, keep, None).await.unwrap().license_count, 1);
    }
}
