//! Changes of customers at the same time, from two processes.

use std::sync::Arc;

use domain::customer::{CustomerRef, NameChoice};
use service::customer::{erase, find, merge, show, update};
use service::license::{NewHolder, issue, transfer_to};
use service::{Error, Result, Service};
use tokio::sync::Barrier;

use super::{email, found, holder, identity, to};
use test_support::{TestDatabase, on_both_databases, seller, texts};

/// Runs tasks at once, distributed over the services, and returns their results.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    services: &[Service],
    count: usize,
    task: impl Fn(usize, Service) -> F,
) -> Vec<T> {
    let start = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|n| {
            let (run, start) = (task(n, services[n % services.len()].clone()), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                run.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("no panic"));
    }
    results
}

/// The number of licenses by customer, and of licenses whose customer is missing.
async fn licenses_by_holder(db: &TestDatabase) -> Vec<String> {
    let raw = sea_orm::Database::connect(&db.url).await.unwrap();
    let sql = "SELECT COALESCE(c.email, 'none') || ' ' || count(*) AS text FROM licenses l \
               LEFT JOIN customers c ON c.id = l.customer_id GROUP BY c.email ORDER BY c.email";
    texts(&raw, sql).await
}

on_both_databases! {
    async fn concurrent_issues_to_a_new_address_make_one_customer(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let results = at_once(&services, 40, |_, service| {
            let seller = seller.clone();
            async move { issue(&service, &seller.actor, to(&seller, &identity("Grace", "grace@navy.example"))).await.map(drop) }
        });
        assert!(results.await.iter().all(Result::is_ok));
        let rows = found(&services[0], &seller, "").await;
        assert_eq!(rows.iter().map(|row| row.licenses).collect::<Vec<_>>(), [40]);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let created = texts(&raw, "SELECT action AS text FROM audit_entries WHERE action = 'customer.created'").await;
        assert_eq!(created.len(), 1);
    }

    async fn no_license_is_lost_when_its_customer_is_merged_meanwhile(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        for round in 0..3 {
            let (a, b) = (format!("a{round}@example.com"), format!("b{round}@example.com"));
            let (keep, licenses) = holder(&services[0], &seller, "A", &a, 30).await;
            let (other, _) = holder(&services[0], &seller, "B", &b, 30).await;
            let results: Vec<Result<()>> = at_once(&services, 31, |n, service| {
                let (seller, licenses, b) = (seller.clone(), licenses.clone(), b.clone());
                async move {
                    match n {
                        0 => merge(&service, &seller.actor, keep, other).await.map(drop),
                        n if n % 2 == 0 => issue(&service, &seller.actor, to(&seller, &identity("B", &b))).await.map(drop),
                        n => {
                            let holder = NewHolder { email: Some(email(&b)), name: None, name_choice: NameChoice::Ask };
                            transfer_to(&service, &seller.actor, licenses[n % 30], &holder).await
                        }
                    }
                }
            }).await;
            for result in &results {
                assert!(result.is_ok(), "{result:?}");
            }
            assert!(matches!(show(&services[0], &seller.actor, other, None).await, Err(Error::NotFound)));
        }
        let counts = licenses_by_holder(&db).await;
        let total: u32 = counts.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()).sum();
        assert_eq!(total, 3 * (60 + 15), "{counts:?}");
        assert!(!counts.iter().any(|line| line.starts_with("none")), "{counts:?}");
    }

    async fn opposite_mergers_leave_one_customer(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        for round in 0..5 {
            let (a, _) = holder(&services[0], &seller, "A", &format!("a{round}@example.com"), 5).await;
            let (b, _) = holder(&services[0], &seller, "B", &format!("b{round}@example.com"), 5).await;
            let results = at_once(&services, 8, |n, service| {
                let actor = seller.actor.clone();
                async move { if n % 2 == 0 { merge(&service, &actor, a, b).await } else { merge(&service, &actor, b, a).await } }
            }).await;
            let done: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
            assert_eq!(done, [&5], "{results:?}");
            assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(Error::NotFound))), "{results:?}");
        }
        let rows = found(&services[0], &seller, "").await;
        assert_eq!(rows.iter().map(|row| row.licenses).collect::<Vec<_>>(), [10; 5]);
    }

    async fn an_erasure_during_issues_and_edits_leaves_no_name(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let (id, licenses) = holder(&services[0], &seller, "Grace", "grace@navy.example", 3).await;
        let results = at_once(&services, 21, |n, service| {
            let (seller, licenses) = (seller.clone(), licenses.clone());
            async move {
                match n {
                    0 => erase(&service, &seller.actor, id).await,
                    1..4 => {
                        let reason = domain::license::Reason::parse("reason", "Grace asked").unwrap();
                        service::license::suspend(&service, &seller.actor, licenses[n - 1], Some(reason)).await
                    }
                    _ => issue(&service, &seller.actor, to(&seller, &identity("Grace", "grace@navy.example"))).await.map(drop),
                }
            }
        }).await;
        for result in &results {
            assert!(result.is_ok(), "{result:?}");
        }
        let view = show(&services[0], &seller.actor, id, None).await.unwrap();
        assert_eq!((view.name, view.email), (None, None));
        // Issues after the erasure went to a new customer of this address.
        let new = find(&services[0], &seller.actor, &CustomerRef::Email(email("grace@navy.example"))).await;
        let new = match new {
            Ok(new) => show(&services[0], &seller.actor, new, None).await.unwrap().license_count,
            Err(_) => 0,
        };
        assert_eq!(view.license_count + new, 3 + 17);
        assert!(new < 20);
    }

    async fn of_two_customers_one_gets_an_address(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let mut ids = Vec::new();
        for n in 0..10 {
            ids.push(holder(&services[0], &seller, "X", &format!("x{n}@example.com"), 1).await.0);
        }
        let results = at_once(&services, 10, |n, service| {
            let (actor, id) = (seller.actor.clone(), ids[n]);
            async move { update(&service, &actor, id, identity("X", "one@example.com"), None).await }
        }).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(Error::Invalid(_)))), "{results:?}");
        assert_eq!(found(&services[0], &seller, "one@example").await.len(), 1);
    }
}
