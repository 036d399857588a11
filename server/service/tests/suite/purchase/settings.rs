//! Prices, signatures and settings of a connection.

use domain::license::Limit;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider, ShopSecret, ShopSettings};
use domain::{Period, ShopConnectionId, Timestamp};
use serde_json::json;
use service::purchase::{self, NewShop, Received, ShopChange};
use service::{Error, new_id, product};

use super::{MONTH, START, licenses, open, outcomes, pay, stripe_event, the_license};
use test_support::on_both_databases;
use test_support::shop::{SECRET, checkout, connect, invoice, settings, sign, stripe};

fn price(id: &str) -> PriceId {
    PriceId::parse("price", id).expect("an id")
}

on_both_databases! {
    async fn a_price_has_terms_of_its_own(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::Stripe, ignoring).await.id;
        let done = pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Ignored), "the price is not known");
        assert!(licenses(&service, &ada).await.is_empty());
        let terms = PriceTerms {
            validity: Period::from_days(365),
            machine_limit: Some(Limit::new(3)),
            domain_limit: Some(Limit::UNLIMITED),
            ..PriceTerms::default()
        };
        purchase::set_price(&service, &ada.actor, shop, &price("price_1"), terms).await.unwrap();
        // A member has the event applied again.
        let page = purchase::show_page(&service, &ada.actor, shop, Some(ShopOutcome::Ignored), None).await.unwrap();
        assert_eq!(page.prices.len(), 1);
        let done = purchase::repeat(&service, &ada.actor, page.events[0].id).await.unwrap();
        assert_eq!(done, ShopOutcome::Issued);
        let again = purchase::repeat(&service, &ada.actor, page.events[0].id).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "it counts once");
        let license = the_license(&service, &ada).await;
        assert_eq!((license.machine_limit, license.domain_limit), (Limit::new(6), Limit::UNLIMITED), "two units");
        assert_eq!(license.expires_at, Some(service.now().plus_days(368)));
        // Each payment adds a year, whatever the provider's period is, and counts once.
        clock.set(service.now().plus_seconds(5));
        pay(&service, shop, ("evt_2", "in_2", "subscription_cycle"), START + 5, START + 2 * MONTH).await;
        pay(&service, shop, ("evt_3", "in_2", "subscription_cycle"), START + 5, START + 2 * MONTH).await;
        let end = Timestamp::from_millis(START * 1000).plus_days(368 + 365);
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(end));
    }

    async fn a_trial_is_no_payment_for_a_period_of_the_price(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let year = PriceTerms { validity: Period::from_days(365), ..PriceTerms::default() };
        purchase::set_price(&service, &ada.actor, shop, &price("price_1"), year).await.unwrap();
        let start = service.now();
        let ends = start.plus_days(14);
        let mut trial = invoice("in_1", "subscription_create", "sub_1", "price_1", ends.seconds());
        trial["lines"]["data"][0]["amount"] = json!(0);
        stripe_event(&service, shop, ("evt_1", "invoice.paid"), START, trial).await;
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(start.plus_days(17)), "and three days of grace");
        clock.set(ends);
        let end = ends.plus_days(365).seconds();
        pay(&service, shop, ("evt_2", "in_2", "subscription_cycle"), ends.seconds(), end).await;
        assert_eq!(the_license(&service, &ada).await.expires_at, Some(start.plus_days(17 + 365)));
    }

    async fn a_payment_for_another_item_of_the_subscription_renews_nothing(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let ignoring = ShopSettings { issues_unmapped: false, ..settings() };
        let shop = connect(&service, &ada, ShopProvider::Stripe, ignoring).await.id;
        let terms = PriceTerms { validity: Period::from_days(30), ..PriceTerms::default() };
        purchase::set_price(&service, &ada.actor, shop, &price("price_1"), terms).await.unwrap();
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let before = the_license(&service, &ada).await.expires_at;
        // The buyer has removed the licensed item, and goes on paying for another one.
        let other = invoice("in_2", "subscription_cycle", "sub_1", "price_9", START + 12 * MONTH);
        let done = stripe_event(&service, shop, ("evt_2", "invoice.paid"), START + 1, other.clone()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(the_license(&service, &ada).await.expires_at, before);
        // Both items on an invoice: the period of the other one does not count.
        let mut both = invoice("in_3", "subscription_cycle", "sub_1", "price_1", START + 2 * MONTH);
        let lines = both["lines"]["data"].as_array_mut().unwrap();
        lines.insert(0, other["lines"]["data"][0].clone());
        let done = stripe_event(&service, shop, ("evt_3", "invoice.paid"), START + 2, both).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Renewed));
        let expected = before.map(|before| before.plus_seconds(MONTH));
        assert_eq!(the_license(&service, &ada).await.expires_at, expected);
    }

    async fn a_change_of_price_follows_the_new_terms(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for (id, days) in [("price_1", 30), ("price_2", 365)] {
            let terms = PriceTerms { validity: Period::from_days(days), ..PriceTerms::default() };
            purchase::set_price(&service, &ada.actor, shop, &price(id), terms).await.unwrap();
        }
        let start = service.now();
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let year = start.plus_days(365).seconds();
        // The change is paid until the end of the provider's period, and each renewal adds the new period.
        for (event, number, reason, days) in [
            ("evt_2", "in_2", "subscription_update", 368),
            ("evt_3", "in_3", "subscription_cycle", 368 + 365),
        ] {
            let object = invoice(number, reason, "sub_1", "price_2", year);
            stripe_event(&service, shop, (event, "invoice.paid"), START + 1, object).await;
            assert_eq!(the_license(&service, &ada).await.expires_at, Some(start.plus_days(days)), "{reason}");
        }
    }

    async fn a_wrong_or_old_signature_is_refused(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let body = stripe("evt_1", "checkout.session.completed", START, checkout("cs_1", "pi_1", "plink_1"));
        let now = service.now();
        let old = sign(ShopProvider::Stripe, SECRET, &body, now.plus_seconds(-301));
        let wrong = sign(ShopProvider::Stripe, "whsec_other", &body, now);
        let right = sign(ShopProvider::Stripe, SECRET, &body, now);
        for (header, body) in [
            (Some(old.header.as_str()), &old.body),
            (Some(wrong.header.as_str()), &wrong.body),
            (Some(right.header.as_str()), &right.body.replace("plink_1", "plink_2")),
            (None, &right.body),
            (Some(""), &right.body),
        ] {
            let received = purchase::receive(&service, ShopProvider::Stripe, shop, header, body.as_bytes()).await;
            assert_eq!(received.unwrap(), Received::BadSignature, "{header:?}");
        }
        // Of another provider, and of no connection.
        for (provider, id) in [(ShopProvider::Paddle, shop), (ShopProvider::Stripe, ShopConnectionId(new_id()))] {
            let received = purchase::receive(&service, provider, id, Some(&right.header), right.body.as_bytes());
            assert_eq!(received.await.unwrap(), Received::UnknownConnection);
        }
        assert!(outcomes(&service, &ada, shop).await.is_empty(), "nothing is logged");
    }

    async fn no_event_is_taken_before_the_secret_is_set(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let new =
            NewShop { provider: ShopProvider::Stripe, product: ada.product.id, settings: settings(), secret: None };
        let shop = purchase::create(&service, &ada.actor, new).await.unwrap();
        assert_eq!(shop.secret_last_four, None);
        let bought = || checkout("cs_1", "pi_1", "plink_1");
        let event = ("evt_1", "checkout.session.completed");
        let done = stripe_event(&service, shop.id, event, START, bought()).await;
        assert_eq!(done, Received::BadSignature);
        let secret = Some(ShopSecret::parse("secret", SECRET).unwrap());
        purchase::change(&service, &ada.actor, shop.id, ShopChange { settings: None, secret }).await.unwrap();
        let shown = purchase::show(&service, &ada.actor, shop.id).await.unwrap();
        assert_eq!(shown.secret_last_four.as_deref(), Some("cdef"));
        let done = stripe_event(&service, shop.id, event, START, bought()).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued));
        // Without an interval of its own, the license follows the product: it never expires.
        assert_eq!(the_license(&service, &ada).await.expires_at, None);
    }

    async fn an_archived_product_issues_none_until_it_is_restored(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        product::archive(&service, &ada.actor, ada.product.id).await.unwrap();
        let bought = checkout("cs_1", "pi_1", "plink_1");
        let done = stripe_event(&service, shop, ("evt_1", "checkout.session.completed"), START, bought).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Failed));
        product::restore(&service, &ada.actor, ada.product.id).await.unwrap();
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let done = purchase::repeat(&service, &ada.actor, page.events[0].id).await.unwrap();
        assert_eq!(done, ShopOutcome::Issued);
    }

    async fn a_product_with_a_shop_is_not_deleted(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Paddle, settings()).await.id;
        let refused = product::delete(&service, &ada.actor, ada.product.id).await;
        assert!(matches!(refused, Err(Error::Conflict(why)) if why.contains("A shop is connected")));
        purchase::delete(&service, &ada.actor, shop).await.unwrap();
        product::delete(&service, &ada.actor, ada.product.id).await.unwrap();
    }
}
