//! Lock contention: requests for other licenses do not wait for a license that another node keeps locked.

use std::time::{Duration, Instant};

use domain::LicenseKey;
use domain::license::Limit;
use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};
use service::activation::{ActivateOutcome, activate};
use service::license::{NewLimits, change_limit};
use service::machine::{self, ActivationOutcome};
use service::{Error, Service};
use tokio::task::JoinSet;

use crate::machine::support::request;
use test_support::{Seller, TestDatabase, host, license, seller};

/// Activates a domain (even `n`) or a machine (odd `n`) that has no activation yet.
async fn activate_new(service: &Service, seller: &Seller, key: &LicenseKey, n: usize) -> Result<(), Error> {
    if n.is_multiple_of(2) {
        let outcome = activate(service, key, &host(&format!("d{n}.com")), None).await?;
        assert_eq!(outcome, ActivateOutcome::Active);
    } else {
        let outcome = machine::activate(service, request(seller, key, &format!("fp{n}")), None).await?;
        assert!(matches!(outcome, ActivationOutcome::Token(_)));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods, reason = "the connection acts as another node")]
async fn requests_for_free_licenses_do_not_wait_for_locked_licenses() {
    let db = TestDatabase::postgres().await;
    let service = db.open().await;
    let seller = seller(&service, "ada").await;
    let (id, other) = license(&service, &seller, 100).await;
    let limits = NewLimits { domains: None, machines: Some(Limit::new(100)) };
    change_limit(&service, &seller.actor, id, limits).await.unwrap();
    let mut locked = Vec::new();
    for _ in 0..20 {
        locked.push(license(&service, &seller, 100).await);
    }
    // The first machine token generates the signing key of the product.
    activate_new(&service, &seller, &other, 1).await.unwrap();
    let other_node = Database::connect(&db.url).await.unwrap();
    let txn = other_node.begin().await.unwrap();
    for (id, _) in &locked {
        let lock = format!("SELECT 1 FROM licenses WHERE id = '{id}' FOR UPDATE");
        txn.execute_unprepared(&lock).await.unwrap();
    }
    for round in 0..2 {
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for (n, (_, key)) in locked.iter().enumerate() {
            let (service, key, seller) = (service.clone(), key.clone(), seller.clone());
            tasks.spawn(async move {
                activate_new(&service, &seller, &key, n)
                    .await
                    .is_err_and(|e| matches!(e, Error::Unavailable(_)))
            });
        }
        for n in 0..4 {
            let (service, key, seller) = (service.clone(), other.clone(), seller.clone());
            tasks.spawn(
                async move { activate_new(&service, &seller, &key, 10 * (round + 1) + n).await.is_ok() },
            );
        }
        assert_eq!(tasks.join_all().await, [true; 24]);
        // Requests of the first round wait for the lock timeout. Both limits are generous because test machines
        // can be slow.
        let max_millis = if round == 0 { 10_000 } else { 3_000 };
        assert!(started.elapsed() < Duration::from_millis(max_millis), "{round}: {:?}", started.elapsed());
    }
    txn.rollback().await.unwrap();
    for (n, (_, key)) in locked.iter().enumerate() {
        activate_new(&service, &seller, key, n).await.expect("the license is unlocked again");
    }
}
