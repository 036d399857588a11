//! The life of a license by the events of a subscription: issue, renewal, suspension, refund.

use domain::license::Standing;
use domain::purchase::{ShopOutcome, ShopProvider, ShopReaction, ShopSettings};
use domain::{LicenseTemplateId, Timestamp};
use sea_orm::Database;
use serde_json::json;
use service::purchase::Received;

use super::{MONTH, START, licenses, open, outcomes, pay, stripe_event, the_license};
use test_support::shop::{checkout, connect, settings};
use test_support::{on_both_databases, texts};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

on_both_databases! {
    async fn a_first_invoice_issues_a_license_and_a_renewal_moves_its_expiry(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        // Stripe sends both; one of them counts.
        let session = json!({"id": "cs_1", "mode": "subscription", "payment_status": "paid", "subscription": "sub_1"});
        let done = stripe_event(&service, shop, ("evt_0", "checkout.session.completed"), START, session).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored));
        let done = pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        let license = the_license(&service, &ada).await;
        assert_eq!(license.customer_email.as_deref(), Some("grace@navy.example"));
        assert_eq!(license.customer_name.as_deref(), Some("Grace Hopper"));
        assert_eq!(license.expires_at, Some(at(START + MONTH + 3 * 86_400)), "three days of grace");
        clock.set(service.now().plus_seconds(MONTH));
        let done = pay(&service, shop, ("evt_2", "in_2", "subscription_cycle"), START + MONTH, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(at(START + 2 * MONTH + 3 * 86_400)));
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action AS text FROM audit_entries \
                   WHERE actor_kind = 'shop' ORDER BY id";
        let expected = ["shop Shop customer.created", "shop Shop license.issued", "shop Shop license.renewed"];
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn an_event_counts_once(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for expected in [Received::Applied(ShopOutcome::Issued), Received::Repeated, Received::Repeated] {
            let done = pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
            assert_eq!(done, expected);
        }
        // Another event about the same payment.
        let before = the_license(&service, &ada).await;
        let done = pay(&service, shop, ("evt_2", "in_1", "subscription_create"), START, START + MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(the_license(&service, &ada).await.expires_at, before.expires_at);
    }

    async fn a_failed_payment_suspends_and_the_next_payment_reinstates(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        let done = stripe_event(&service, shop, ("evt_2", "invoice.payment_failed"), START + 10, failed).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        let license = the_license(&service, &ada).await;
        assert_eq!((license.standing, license.standing_reason.as_deref()), (Standing::Suspended, Some("A payment failed (Stripe)")));
        clock.set(service.now().plus_seconds(60));
        let done = pay(&service, shop, ("evt_3", "in_2", "subscription_cycle"), START + 60, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Reinstated));
        let license = the_license(&service, &ada).await;
        assert_eq!((license.standing, license.expires_at), (Standing::Active, Some(at(START + 2 * MONTH + 3 * 86_400))));
    }

    async fn a_suspension_by_the_seller_is_not_lifted_by_a_payment(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let id = licenses(&service, &ada).await[0];
        let failed = || json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        stripe_event(&service, shop, ("evt_2", "invoice.payment_failed"), START + 10, failed()).await;
        // The seller reinstates and suspends for another reason.
        clock.set(service.now().plus_seconds(1));
        service::license::reinstate(&service, &ada.actor, id).await.unwrap();
        service::license::suspend(&service, &ada.actor, id, None).await.unwrap();
        let done = pay(&service, shop, ("evt_3", "in_2", "subscription_cycle"), START + 60, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
        // A failure of a license that is suspended already is no suspension of the connection.
        let done = stripe_event(&service, shop, ("evt_4", "invoice.payment_failed"), START + 90, failed()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        pay(&service, shop, ("evt_5", "in_5", "subscription_cycle"), START + 99, START + 3 * MONTH).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended);
    }

    async fn refunds_and_ends_do_what_the_seller_has_set(db: TestDatabase) {
        for (reaction, outcome, standing) in [
            (ShopReaction::Nothing, ShopOutcome::Unchanged, Standing::Active),
            (ShopReaction::Suspend, ShopOutcome::Suspended, Standing::Suspended),
            (ShopReaction::Revoke, ShopOutcome::Revoked, Standing::Revoked),
        ] {
            let clock = service::Clock::manual(Timestamp::from_millis(START * 1000));
            let service = db.open_at(clock).await;
            let ada = test_support::seller(&service, &format!("ada-{reaction}")).await;
            let on = ShopSettings { on_refund: reaction, ..settings() };
            let shop = connect(&service, &ada, ShopProvider::Stripe, on).await.id;
            let bought = checkout("cs_1", "pi_1", "plink_1");
            stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, bought).await;
            let part = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": false, "amount_refunded": 1});
            let done = stripe_event(&service, shop, ("evt_2", "charge.refunded"), START + 1, part).await;
            assert_eq!(done, Received::Applied(ShopOutcome::Ignored), "a part");
            let all = json!({"id": "ch_1", "payment_intent": "pi_1", "refunded": true});
            let done = stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + 2, all).await;
            assert_eq!(done, Received::Applied(outcome), "{reaction}");
            assert_eq!(the_license(&service, &ada).await.standing, standing, "{reaction}");
        }
    }

    async fn a_refund_is_lifted_by_the_payment_of_a_later_period_alone(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let failed = json!({"id": "in_2", "billing_reason": "subscription_cycle", "subscription": "sub_1"});
        stripe_event(&service, shop, ("evt_2", "invoice.payment_failed"), START + 1, failed).await;
        let refund = json!({"id": "ch_1", "payment_intent": "pi_9", "invoice": "in_1", "refunded": true});
        let done = stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + 2, refund).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "it is suspended already");
        pay(&service, shop, ("evt_4", "in_1", "subscription_create"), START + 3, START + MONTH).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Suspended, "it was counted");
        pay(&service, shop, ("evt_5", "in_2", "subscription_cycle"), START + 4, START + 2 * MONTH).await;
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }

    async fn an_end_suspends_only_if_the_seller_wants_it(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let on = ShopSettings { on_cancellation: ShopReaction::Suspend, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::Stripe, on).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let ended = json!({"id": "sub_1", "status": "canceled", "items": {"data": [{"price": {"id": "price_1"}}]}});
        let done = stripe_event(&service, shop, ("evt_2", "customer.subscription.deleted"), START + 1, ended).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Suspended));
        let log = outcomes(&service, &ada, shop).await;
        assert_eq!(log[0], ("customer.subscription.deleted".to_owned(), ShopOutcome::Suspended));
    }

    async fn a_deleted_license_is_not_issued_again_by_its_renewal(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let id = licenses(&service, &ada).await[0];
        service::license::delete(&service, &ada.actor, id).await.unwrap();
        let done = pay(&service, shop, ("evt_2", "in_2", "subscription_cycle"), START + 1, START + 2 * MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert!(licenses(&service, &ada).await.is_empty());
    }

    async fn a_template_that_does_not_exist_is_no_template(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let price = domain::purchase::PriceId::parse("price", "price_1").unwrap();
        let terms = domain::purchase::PriceTerms {
            template: Some(LicenseTemplateId(service::new_id())),
            ..domain::purchase::PriceTerms::default()
        };
        let done = service::purchase::set_price(&service, &ada.actor, shop, &price, terms).await;
        assert!(matches!(done, Err(service::Error::Invalid(faults)) if faults[0].field == "template"));
    }
}
