//! Events out of order.

use domain::license::Standing;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider};
use domain::{Period, Timestamp};
use serde_json::json;
use service::purchase::{self, Received};

use super::{MONTH, START, licenses, open, outcomes, pay, stripe_event, the_license};
use test_support::on_both_databases;
use test_support::shop::{checkout, connect, settings};

on_both_databases! {
    async fn a_refund_before_its_purchase_waits_for_it(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
        let done = stripe_event(&service, shop, ("evt_2", "charge.refunded"), START + 5, refund).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Waiting));
        let bought = checkout("cs_1", "pi_1", "plink_1");
        let done = stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, bought).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
        let log = outcomes(&service, &ada, shop).await;
        let expected = [("checkout.session.completed", ShopOutcome::Issued), ("charge.refunded", ShopOutcome::Suspended)];
        assert_eq!(log, expected.map(|(name, outcome)| (name.to_owned(), outcome)));
    }

    async fn a_renewal_before_the_first_payment_issues_the_license(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let price = PriceId::parse("price", "price_1").unwrap();
        let terms = PriceTerms { validity: Period::from_days(30), ..PriceTerms::default() };
        purchase::set_price(&service, &ada.actor, shop, &price, terms).await.unwrap();
        let done = pay(&service, shop, ("evt_2", "in_2", "subscription_cycle"), START + MONTH, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        let done = pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        // Two payments of thirty days, and three days of grace, as in order.
        let end = Timestamp::from_millis(START * 1000).plus_days(63);
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(end));
    }

    async fn a_late_failure_does_not_suspend_what_was_paid_since(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        pay(&service, shop, ("evt_3", "in_2", "subscription_cycle"), START + 20, START + 2 * MONTH).await;
        let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        let done = stripe_event(&service, shop, ("evt_2", "invoice.payment_failed"), START + 10, failed.clone()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
        // An old payment does not make up for a new failure.
        stripe_event(&service, shop, ("evt_5", "invoice.payment_failed"), START + 40, failed).await;
        pay(&service, shop, ("evt_4", "in_3", "subscription_cycle"), START + 30, START + 3 * MONTH).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
    }

    async fn a_failure_in_the_second_of_its_payment_does_not_suspend(db: TestDatabase) {
        for paid_first in [true, false] {
            let clock = service::Clock::manual(Timestamp::from_millis(START * 1000));
            let service = db.open_at(clock).await;
            let ada = test_support::seller(&service, &format!("ada-{paid_first}")).await;
            let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
            pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
            let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
            let failure = ("evt_2", "invoice.payment_failed");
            if !paid_first {
                stripe_event(&service, shop, failure, START + 9, failed.clone()).await;
            }
            pay(&service, shop, ("evt_3", "in_2", "subscription_cycle"), START + 9, START + 2 * MONTH).await;
            if paid_first {
                stripe_event(&service, shop, failure, START + 9, failed).await;
            }
            assert_eq!(the_license(&service, &ada).await.standing, Standing::Active, "{paid_first}");
        }
    }

    async fn an_event_that_waits_is_applied_once_also_if_two_lead_to_it(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let link = || json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
        for id in ["evt_1", "evt_2"] {
            stripe_event(&service, shop, (id, "invoice_payment.paid"), START, link()).await;
        }
        let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
        stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + 5, refund).await;
        pay(&service, shop, ("evt_4", "in_1", "subscription_create"), START, START + MONTH).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
        let log = outcomes(&service, &ada, shop).await;
        assert_eq!(log[1], ("charge.refunded".to_owned(), ShopOutcome::Suspended), "what was done");
    }

    async fn a_payment_that_is_linked_later_is_refunded(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let link = json!({"id": "inpay_1", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}});
        let done = stripe_event(&service, shop, ("evt_2", "invoice_payment.paid"), START, link).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Waiting));
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
        let done = stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + 5, refund).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        assert_eq!(licenses(&service, &ada).await.len(), 1);
    }
}
