//! What is answered from memory is as true as what is read.

use std::time::Duration;

use domain::ActivationId;
use domain::machine::{AdmissionError, MachineRules};
use service::license::{renew, revoke, show, suspend};
use service::machine::{ActivationOutcome, activate, increment, sync};
use service::{Service, activation, cache_invalidation};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::support::{claims, request, set_rules};
use crate::on_both_databases;
use crate::support::{license, seller};

/// Hears of changes, so that memory is used.
async fn listening(service: &Service) -> JoinHandle<()> {
    let following = tokio::spawn(cache_invalidation::listen(service.clone()));
    sleep(Duration::from_millis(500)).await;
    following
}

on_both_databases! {
    async fn who_has_nothing_new_to_say_costs_no_more_than_a_look(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let following = listening(&service).await;
        let asked = request(&seller, &key, "fp");
        for _ in 0..2 {
            claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        }
        statements.take();
        assert!(matches!(activate(&service, asked.clone(), None).await.unwrap(), ActivationOutcome::Token(_)));
        // Other nodes of a shared database are asked by it whether the seat is still held.
        assert_eq!(statements.take().len(), usize::from(!db.is_sqlite()));
        following.abort();
    }

    async fn whose_product_was_met_is_decided_on_without_reading_it_again(db: TestDatabase) {
        let (service, statements) = db.open_watched().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let (_, other) = license(&service, &seller, 1).await;
        let following = listening(&service).await;
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
        following.abort();
    }

    async fn whatever_changes_is_in_the_next_token(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "prints").await;
        let following = listening(&service).await;
        let asked = request(&seller, &key, "fp");
        let token = async || claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        for _ in 0..3 {
            assert_eq!(token().await["lma"][0]["totalUses"], 0);
        }
        let seat: ActivationId = token().await["aid"].as_str().unwrap().parse().unwrap();
        increment(&service, "prints", seat, 7).await.unwrap();
        assert_eq!(token().await["lma"][0]["totalUses"], 7, "a meter was counted on");
        suspend(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(token().await["suspended"], true);
        renew(&service, &seller.actor, id, Some(domain::Timestamp::from_millis(4_102_444_800_000))).await.unwrap();
        assert_eq!(token().await["eat"], 4_102_444_800i64);
        let mut other = asked.clone();
        other.machine.hostname = "renamed".into();
        claims(&service, sync(&service, seat, &other).await.unwrap()).await;
        token().await;
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(view.activations[0].machine.as_ref().unwrap().hostname, "build-7", "it said its name again");
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
        following.abort();
    }

    async fn a_seat_that_was_given_away_is_not_held(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let seller = seller(&here, "ada").await;
        let (id, key) = license(&here, &seller, 1).await;
        let following = listening(&here).await;
        let asked = request(&seller, &key, "fp");
        let mut seat = None;
        for _ in 0..3 {
            let told = claims(&here, activate(&here, asked.clone(), None).await.unwrap()).await;
            seat = told["aid"].as_str().unwrap().parse::<ActivationId>().ok();
        }
        activation::free(&there, &seller.actor, id, seat.unwrap()).await.unwrap();
        if db.is_sqlite() {
            // By another process: heard of within 250 ms.
            sleep(Duration::from_millis(250)).await;
        }
        let told = claims(&here, activate(&here, asked.clone(), None).await.unwrap()).await;
        assert_ne!(told["aid"].as_str().unwrap().parse().ok(), seat, "a new seat was taken");
        assert_eq!(show(&here, &seller.actor, id).await.unwrap().machines_used, 1);
        following.abort();
    }
}
