//! Events of a suspended seller: logged, and applied after the reinstatement.

use domain::license::Standing;
use domain::purchase::{ShopOutcome, ShopProvider};
use serde_json::json;
use service::account::Member;
use service::purchase::{self, Received};
use service::{Service, operator};

use super::{START, licenses, open, outcomes, stripe_event, the_license};
use test_support::on_both_databases;
use test_support::shop::{checkout, connect, settings};

const PURCHASE: (&str, &str) = ("evt_1", "checkout.session.completed");

async fn operator_member(service: &Service) -> Member {
    let olga = test_support::new_operator(service, "olga").await;
    service::account::member(service, olga.user, None).await.unwrap()
}

async fn suspend(service: &Service, by: &Member, account: domain::AccountId) {
    let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
    operator::suspend_seller(service, by, account, &reason, false).await.unwrap();
}

on_both_databases! {
    async fn events_of_a_suspended_seller_are_applied_after_the_reinstatement(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        suspend(&service, &by, ada.account).await;
        let deferred = Received::Applied(ShopOutcome::Deferred);
        let bought = || checkout("cs_1", "pi_1", "plink_1");
        assert_eq!(stripe_event(&service, shop, PURCHASE, START, bought()).await, deferred);
        let again = stripe_event(&service, shop, PURCHASE, START, bought()).await;
        assert_eq!(again, Received::Repeated, "it is kept");
        let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
        assert_eq!(stripe_event(&service, shop, ("evt_2", "charge.refunded"), START + 5, refund).await, deferred);
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0, "the seller is suspended still");
        assert!(licenses(&service, &ada).await.is_empty());
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 2);
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended, "and refunded");
        let log = outcomes(&service, &ada, shop).await;
        let expected = [("charge.refunded", ShopOutcome::Suspended), (PURCHASE.1, ShopOutcome::Issued)];
        assert_eq!(log, expected.map(|(name, outcome)| (name.to_owned(), outcome)));
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0, "once");
    }

    async fn a_deferred_event_has_a_reason_and_a_member_may_apply_it_first(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        suspend(&service, &by, ada.account).await;
        stripe_event(&service, shop, PURCHASE, START, checkout("cs_1", "pi_1", "plink_1")).await;
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let event = &page.events[0];
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("suspended the account")), "{event:?}");
        assert!(event.outcome.can_repeat());
        let done = purchase::repeat(&service, &ada.actor, event.id).await.unwrap();
        assert_eq!(done, ShopOutcome::Issued);
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0);
        assert_eq!(licenses(&service, &ada).await.len(), 1);
    }

    async fn two_workers_apply_a_deferred_event_once(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        suspend(&service, &by, ada.account).await;
        for n in 0..5 {
            let bought = checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
            stripe_event(&service, shop, (format!("evt_{n}").as_str(), PURCHASE.1), START, bought).await;
        }
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        let (one, two) = tokio::join!(purchase::apply_deferred(&service), purchase::apply_deferred(&service));
        assert_eq!(one.unwrap() + two.unwrap(), 5);
        assert_eq!(licenses(&service, &ada).await.len(), 5);
    }
}
