//! No interleaving lets a license hold more activations than its limit.

use std::sync::Arc;

use domain::activation::Refusal;
use service::Service;
use service::activation::{ActivateOutcome, activate};
use service::license::show;
use tokio::sync::Barrier;

use crate::on_both_databases;
use crate::support::{host, license, seller};

const TASKS: usize = 200;

/// Activates from many tasks at once, each on the engine and the domain it is
/// given; how many were active and how many refused for want of a slot.
async fn race(
    engines: &[Service],
    key: &domain::LicenseKey,
    domain: impl Fn(usize) -> String,
) -> (usize, usize) {
    let start = Arc::new(Barrier::new(TASKS));
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            let (service, start) = (engines[n % engines.len()].clone(), Arc::clone(&start));
            let (key, domain) = (key.clone(), host(&domain(n)));
            tokio::spawn(async move {
                start.wait().await;
                activate(&service, &key, &domain, None).await.expect("an answer, not a failure")
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
    async fn two_hundred_domains_and_five_slots(db: TestDatabase) {
        let engines = [db.open().await, db.open().await];
        let seller = seller(&engines[0], "ada").await;
        for _ in 0..3 {
            let (id, key) = license(&engines[0], &seller, 5).await;
            assert_eq!(race(&engines, &key, |n| format!("{n}.com")).await, (5, 195));
            let view = show(&engines[0], &seller.actor, id).await.unwrap();
            assert_eq!((view.domains_used, view.activations.len()), (5, 5));
        }
    }

    async fn two_hundred_times_the_same_domain(db: TestDatabase) {
        let engines = [db.open().await, db.open().await];
        let seller = seller(&engines[0], "ada").await;
        let (id, key) = license(&engines[0], &seller, 5).await;
        assert_eq!(race(&engines, &key, |_| "same.com".into()).await, (200, 0));
        let view = show(&engines[0], &seller.actor, id).await.unwrap();
        assert_eq!((view.domains_used, view.activations.len()), (1, 1));
    }

    async fn taking_and_freeing_at_once_keeps_the_count(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let (service, key, domain) = (service.clone(), key.clone(), host(&format!("{}.com", n % 6)));
                tokio::spawn(async move {
                    if n % 2 == 0 {
                        activate(&service, &key, &domain, None).await.expect("an answer");
                    } else {
                        service::activation::deactivate(&service, &key, &domain, None).await.expect("an answer");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(view.domains_used as usize, view.activations.len());
        assert!(view.domains_used <= 3);
    }
}
