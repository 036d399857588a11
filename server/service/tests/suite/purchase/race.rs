//! Events that arrive at once, on two nodes.

use domain::purchase::{ShopOutcome, ShopProvider};
use service::Clock;
use service::purchase::Received;

use super::{MONTH, START, licenses, pay};
use test_support::shop::{connect, settings};
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn the_same_event_many_times_at_once_issues_one_license(db: TestDatabase) {
        let clock = Clock::manual(domain::Timestamp::from_millis(START * 1000));
        let (service, other) = (db.open_at(clock.clone()).await, db.open_at(clock).await);
        let ada = seller(&service, "ada").await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let requests: Vec<_> = (0..12)
            .map(|n| {
                let node = if n % 2 == 0 { service.clone() } else { other.clone() };
                tokio::spawn(async move {
                    pay(&node, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await
                })
            })
            .collect();
        let mut issued = 0;
        for request in requests {
            match request.await.unwrap() {
                Received::Applied(ShopOutcome::Issued) => issued += 1,
                other => assert_eq!(other, Received::Repeated),
            }
        }
        assert_eq!((issued, licenses(&service, &ada).await.len()), (1, 1));
    }

    async fn payments_of_a_subscription_at_once_issue_one_license(db: TestDatabase) {
        let clock = Clock::manual(domain::Timestamp::from_millis(START * 1000));
        let (service, other) = (db.open_at(clock.clone()).await, db.open_at(clock).await);
        let ada = seller(&service, "ada").await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let requests: Vec<_> = (0..12)
            .map(|n: i64| {
                let node = if n % 2 == 0 { service.clone() } else { other.clone() };
                tokio::spawn(async move {
                    let (event, invoice) = (format!("evt_{n}"), format!("in_{n}"));
                    let reason = if n == 0 { "subscription_create" } else { "subscription_cycle" };
                    let end = START + (n + 1) * MONTH;
                    pay(&node, shop, (event.as_str(), invoice.as_str(), reason), START + n, end).await
                })
            })
            .collect();
        for request in requests {
            assert!(matches!(request.await.unwrap(), Received::Applied(_)));
        }
        let ids = licenses(&service, &ada).await;
        assert_eq!(ids.len(), 1);
        let shown = service::license::show(&service, &ada.actor, ids[0]).await.unwrap();
        let end = domain::Timestamp::from_millis((START + 12 * MONTH) * 1000).plus_days(3);
        assert_eq!(shown.expires_at, Some(end), "the latest period, in any order");
    }
}
