//! The machine cache: cached results match the database.

use std::time::Duration;

use domain::ActivationId;
use domain::machine::{AdmissionError, MachineRules};
use service::license::{renew, revoke, show, suspend};
use service::machine::{ActivationOutcome, activate, increment, sync};
use service::{Service, activation, cache_invalidation};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::support::{claims, request, set_rules};
use test_support::{license, on_both_databases, seller};

/// Starts the listener for invalidations, so that the cache is used.
async fn listening(service: &Service) -> JoinHandle<()> {
    let listener = tokio::spawn(cache_invalidation::listen(service.clone()));
    sleep(Duration::from_millis(500)).await;
    listener
}

on_both_databases! {
    async fn an_unchanged_activation_takes_at_most_one_statement(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let listener = listening(&service).await;
        let asked = request(&seller, &key, "fp");
        for _ in 0..2 {
            claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        }
        statements.take();
        assert!(matches!(activate(&service, asked.clone(), None).await.unwrap(), ActivationOutcome::Token(_)));
        // On PostgreSQL one statement confirms the activation, because another node may have freed it.
        assert_eq!(statements.take().len(), usize::from(!db.is_sqlite()));
        listener.abort();
    }

    async fn a_cached_product_is_not_read_again(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let (_, other) = license(&service, &seller, 1).await;
        let listener = listening(&service).await;
        let reads = |statements: Vec<String>| {
            statements.iter().filter(|sql| sql.contains("FROM \"products\"")).count()
        };
        claims(&service, activate(&service, request(&seller, &key, "a"), None).await.unwrap()).await;
        assert!(reads(statements.take()) > 0);
        assert!(matches!(activate(&service, request(&seller, &other, "a"), None).await.unwrap(), ActivationOutcome::Token(_)));
        assert_eq!(reads(statements.take()), 0);
        set_rules(&service, &seller, MachineRules::default(), "prints").await;
        statements.take();
        assert_eq!(activate(&service, request(&seller, &key, "c"), None).await.unwrap(), ActivationOutcome::LimitReached);
        assert!(reads(statements.take()) > 0, "it was changed");
        listener.abort();
    }

    async fn every_change_is_in_the_next_token(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "prints").await;
        let listener = listening(&service).await;
        let asked = request(&seller, &key, "fp");
        let token = async || claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        for _ in 0..3 {
            assert_eq!(token().await["lma"][0]["totalUses"], 0);
        }
        let activation_id: ActivationId = token().await["aid"].as_str().unwrap().parse().unwrap();
        increment(&service, "prints", activation_id, 7).await.unwrap();
        assert_eq!(token().await["lma"][0]["totalUses"], 7, "a meter was counted on");
        suspend(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(token().await["suspended"], true);
        renew(&service, &seller.actor, id, domain::license::Renewal::Until(domain::Timestamp::from_millis(4_102_444_800_000)), None).await.unwrap();
        assert_eq!(token().await["eat"], 4_102_444_800i64);
        let mut other = asked.clone();
        other.machine.hostname = "renamed".into();
        claims(&service, sync(&service, activation_id, &other).await.unwrap()).await;
        token().await;
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(view.activations().next().unwrap().machine.as_ref().unwrap().hostname, "build-7", "it said its name again");
        let containers = MachineRules { allow_container: false, ..MachineRules::default() };
        let mut contained = asked.clone();
        contained.machine.container = Some("docker".into());
        claims(&service, activate(&service, contained.clone(), None).await.unwrap()).await;
        set_rules(&service, &seller, containers, "prints").await;
        assert_eq!(
            activate(&service, contained.clone(), None).await.unwrap(),
            ActivationOutcome::NotAdmitted(AdmissionError::Container)
        );
        revoke(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(activate(&service, asked.clone(), None).await.unwrap(), ActivationOutcome::Revoked);
        listener.abort();
    }

    async fn a_freed_activation_is_not_served_from_the_cache(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = license(&here, &seller, 1).await;
        let listener = listening(&here).await;
        let asked = request(&seller, &key, "fp");
        let mut activation_id = None;
        for _ in 0..3 {
            let token_claims = claims(&here, activate(&here, asked.clone(), None).await.unwrap()).await;
            activation_id = token_claims["aid"].as_str().unwrap().parse::<ActivationId>().ok();
        }
        activation::free(&there, &seller.actor, id, activation_id.unwrap()).await.unwrap();
        if db.is_sqlite() {
            // SQLite detects a change of another process within 250 ms.
            sleep(Duration::from_millis(250)).await;
        }
        let token_claims = claims(&here, activate(&here, asked.clone(), None).await.unwrap()).await;
        assert_ne!(token_claims["aid"].as_str().unwrap().parse().ok(), activation_id, "a new seat was taken");
        assert_eq!(show(&here, &seller.actor, id).await.unwrap().machines_used, 1);
        listener.abort();
    }
}
