//! Which items of a subscription count for its license, and what the log tells about the others.

use domain::license::Standing;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider, ShopSettings};
use domain::{Period, ShopConnectionId, Timestamp};
use serde_json::{Value, json};
use service::Service;
use service::purchase::{self, Received};

use super::{MONTH, START, newest, open, pay, stripe_event, the_license};
use test_support::shop::{SECRET, connect, invoice, lemon_squeezy, send, settings, sign};
use test_support::{Seller, on_both_databases};

/// Gives a price a period of its own.
async fn set_price(service: &Service, seller: &Seller, shop: ShopConnectionId, id: &str, days: u32) {
    let price = PriceId::parse("price", id).unwrap();
    let terms = PriceTerms { validity: Period::from_days(days), ..PriceTerms::default() };
    purchase::set_price(service, &seller.actor, shop, &price, terms).await.unwrap();
}

/// A subscription of Lemon Squeezy to a variant.
fn subscription(variant: u32, renews_at: Timestamp) -> Value {
    json!({"status": "active", "order_id": 1, "variant_id": variant, "renews_at": renews_at.rfc3339()})
}

on_both_databases! {
    async fn prices_without_terms_do_not_renew_the_license_of_a_price_with_terms(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        set_price(&service, &ada, shop, "price_1", 30).await;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let before = the_license(&service, &ada).await.expires_at;
        let other = invoice("in_2", "subscription_cycle", "sub_1", "price_9", START + 12 * MONTH);
        let done = stripe_event(&service, shop, ("evt_2", "invoice.paid"), START + 1, other).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        let event = newest(&service, &ada, shop).await;
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("2 × price_9")), "{event:?}");
        let refund = json!({"id": "ch_2", "payment_intent": "pi_2", "invoice": "in_2", "refunded": true});
        stripe_event(&service, shop, ("evt_3", "charge.refunded"), START + 2, refund).await;
        let license = the_license(&service, &ada).await;
        assert_eq!((license.expires_at, license.standing), (before, Standing::Active));
    }

    async fn the_log_names_the_items_that_are_left_out(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        set_price(&service, &ada, shop, "price_1", 30).await;
        let mut both = invoice("in_1", "subscription_create", "sub_1", "price_9", START + MONTH);
        let licensed = invoice("in_1", "subscription_create", "sub_1", "price_1", START + MONTH);
        both["lines"]["data"].as_array_mut().unwrap().push(licensed["lines"]["data"][0].clone());
        let done = stripe_event(&service, shop, ("evt_1", "invoice.paid"), START, both.clone()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        let left_out = Some("Left out: 2 × price_9 (it has no terms here).");
        let event = newest(&service, &ada, shop).await;
        // After a note about the mail.
        assert!(event.detail.as_deref().zip(left_out).is_some_and(|(detail, text)| detail.ends_with(text)), "{event:?}");
        both["id"] = json!("in_2");
        both["billing_reason"] = json!("subscription_cycle");
        let done = stripe_event(&service, shop, ("evt_2", "invoice.paid"), START + 1, both).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        assert_eq!(newest(&service, &ada, shop).await.detail.as_deref(), left_out);
    }

    async fn payments_without_a_price_do_not_renew_a_subscription_that_left_its_price(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, ignoring).await.id;
        set_price(&service, &ada, shop, "42", 30).await;
        let event = async |name: &str, id: &str, attributes: Value| {
            let body = lemon_squeezy(name, id, service.now(), attributes);
            send(&service, shop, &sign(ShopProvider::LemonSqueezy, SECRET, &body, service.now())).await
        };
        let payment = || json!({"subscription_id": 9, "billing_reason": "renewal", "status": "paid"});
        let ends = service.now().plus_days(30);
        event("subscription_created", "9", subscription(42, ends)).await;
        let first = service.now().plus_days(33);
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(first));
        clock.set(ends);
        let done = event("subscription_updated", "9", subscription(43, ends.plus_days(30))).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        let done = event("subscription_payment_success", "5", payment()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        let logged = newest(&service, &ada, shop).await;
        assert!(logged.detail.as_ref().is_some_and(|why| why.contains("changed to a price") && why.contains("43")), "{logged:?}");
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(first));
        // It comes back to its price.
        clock.set(ends.plus_days(1));
        event("subscription_updated", "9", subscription(42, ends.plus_days(30))).await;
        let done = event("subscription_payment_success", "6", payment()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(first.plus_days(30)));
    }

    async fn a_price_that_gets_terms_later_is_paid_for_by_payments_without_a_price(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, ignoring).await.id;
        set_price(&service, &ada, shop, "42", 30).await;
        let event = async |name: &str, id: &str, attributes: Value| {
            let body = lemon_squeezy(name, id, service.now(), attributes);
            send(&service, shop, &sign(ShopProvider::LemonSqueezy, SECRET, &body, service.now())).await
        };
        let ends = service.now().plus_days(30);
        event("subscription_created", "9", subscription(42, ends)).await;
        clock.set(ends);
        event("subscription_updated", "9", subscription(43, ends.plus_days(30))).await;
        set_price(&service, &ada, shop, "43", 30).await;
        let payment = json!({"subscription_id": 9, "billing_reason": "renewal", "status": "paid"});
        let done = event("subscription_payment_success", "5", payment).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
    }

    async fn a_period_that_a_change_begins_counts_from_its_payment_once(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        set_price(&service, &ada, shop, "price_1", 30).await;
        let start = service.now();
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let day = START + 10 * 86_400;
        clock.set(start.plus_days(10));
        // The line pays for a whole period, and the former one has twenty days left.
        let mut change = invoice("in_2", "subscription_update", "sub_1", "price_1", day + MONTH);
        change["lines"]["data"][0]["parent"] = json!({"subscription_item_details": {"proration": false}});
        let done = stripe_event(&service, shop, ("evt_2", "invoice.paid"), day, change.clone()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(start.plus_days(43)), "not 63");
        let done = stripe_event(&service, shop, ("evt_3", "invoice.paid"), day + 5, change).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged), "it was counted");
        // The former period is over, so that its refund suspends nothing.
        let refund = json!({"id": "ch_1", "payment_intent": "pi_1", "invoice": "in_1", "refunded": true});
        let done = stripe_event(&service, shop, ("evt_4", "charge.refunded"), day + 6, refund).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(the_license(&service, &ada).await.standing, Standing::Active);
    }
}
