//! No interleaving lets a license hold more activations than its limit.

use std::sync::Arc;

use domain::activation::Refusal;
use service::Service;
use service::activation::{ActivateOutcome, activate};
use service::license::show;
use tokio::sync::Barrier;

use test_support::{host, license, on_both_databases, seller};

const TASKS: usize = 200;

/// Activates from [`TASKS`] tasks at once, distributed over the services. Returns the number of active
/// outcomes and the number of refusals because the domain limit was reached.
async fn race(
    services: &[Service],
    key: &domain::LicenseKey,
    domain: impl Fn(usize) -> String,
) -> (usize, usize) {
    let start = Arc::new(Barrier::new(TASKS));
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            let (service, start) = (services[n % services.len()].clone(), Arc::clone(&start));
            let (key, domain) = (key.clone(), host(&domain(n)));
            tokio::spawn(async move {
                start.wait().await;
                activate(&service, &key, &domain, None).await.expect("an outcome, not an error")
            })
        })
        .collect();
    let mut counts = (0, 0);
    for task in tasks {
        match task.await.expect("no panic") {
            ActivateOutcome::Active => counts.0 += 1,
            ActivateOutcome::Refused(Refusal::LimitReached) => counts.1 += 1,
            other => panic!("{other:?}"),
        }
    }
    counts
}

on_both_databases! {
    async fn concurrent_activations_of_different_domains_stop_at_the_limit(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        for _ in 0..3 {
            let (id, key) = license(&services[0], &seller, 5).await;
            assert_eq!(race(&services, &key, |n| format!("{n}.com")).await, (5, 195));
            let view = show(&services[0], &seller.actor, id).await.unwrap();
            assert_eq!((view.domains_used, view.activations().count()), (5, 5));
        }
    }

    async fn concurrent_activations_of_one_domain_use_one_slot(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let (id, key) = license(&services[0], &seller, 5).await;
        assert_eq!(race(&services, &key, |_| "same.com".into()).await, (200, 0));
        let view = show(&services[0], &seller.actor, id).await.unwrap();
        assert_eq!((view.domains_used, view.activations().count()), (1, 1));
    }

    async fn concurrent_activation_and_deactivation_keep_the_count_exact(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let (service, key, domain) = (service.clone(), key.clone(), host(&format!("{}.com", n % 6)));
                tokio::spawn(async move {
                    if n % 2 == 0 {
                        activate(&service, &key, &domain, None).await.expect("an outcome");
                    } else {
                        service::activation::deactivate(&service, &key, &domain, None).await.expect("an outcome");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(view.domains_used as usize, view.activations().count());
        assert!(view.domains_used <= 3);
    }
}
