//! A license that another node holds, and does not let go of: nobody who asks for another
//! license waits for it.

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
use crate::support::{Seller, TestDatabase, host, license, seller};

/// Somebody's first activation of the day, of either kind.
async fn ask(service: &Service, seller: &Seller, key: &LicenseKey, n: usize) -> Result<(), Error> {
    if n.is_multiple_of(2) {
        let done = activate(service, key, &host(&format!("d{n}.com")), None).await?;
        assert_eq!(done, ActivateOutcome::Active);
    } else {
        let done = machine::activate(service, request(seller, key, &format!("fp{n}")), None).await?;
        assert!(matches!(done, ActivationOutcome::Token(_)));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods, reason = "it is another node's")]
async fn nobody_waits_for_a_license_of_somebody_elses() {
    let db = TestDatabase::postgres().await;
    let service = db.open().await;
    let seller = seller(&service, "ada").await;
    let (id, other) = license(&service, &seller, 100).await;
    let limits = NewLimits { domains: None, machines: Some(Limit::new(100)) };
    change_limit(&service, &seller.actor, id, limits).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(license(&service, &seller, 100).await);
    }
    // Machines' first token makes the product's key.
    ask(&service, &seller, &other, 1).await.unwrap();
    let another = Database::connect(&db.url).await.unwrap();
    let txn = another.begin().await.unwrap();
    for (id, _) in &held {
        let lock = format!("SELECT 1 FROM licenses WHERE id = '{id}' FOR UPDATE");
        txn.execute_unprepared(&lock).await.unwrap();
    }
    for round in 0..2 {
        let (began, mut all) = (Instant::now(), JoinSet::new());
        for (n, (_, key)) in held.iter().enumerate() {
            let (service, key, seller) = (service.clone(), key.clone(), seller.clone());
            all.spawn(async move {
                ask(&service, &seller, &key, n).await.is_err_and(|e| matches!(e, Error::Unavailable(_)))
            });
        }
        for n in 0..4 {
            let (service, key, seller) = (service.clone(), other.clone(), seller.clone());
            all.spawn(async move { ask(&service, &seller, &key, 10 * (round + 1) + n).await.is_ok() });
        }
        assert_eq!(all.join_all().await, [true; 24]);
        // The first wait as long as one does for a lock, and a bit; generously, for slow machines.
        let patience = if round == 0 { 10_000 } else { 3_000 };
        assert!(began.elapsed() < Duration::from_millis(patience), "{round}: {:?}", began.elapsed());
    }
    txn.rollback().await.unwrap();
    for (n, (_, key)) in held.iter().enumerate() {
        ask(&service, &seller, key, n).await.expect("they are free again");
    }
}
