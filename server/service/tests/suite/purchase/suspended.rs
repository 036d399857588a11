//! Events of a suspended seller: logged, and applied after the reinstatement.

use domain::license::Standing;
use domain::purchase::{PriceId, PriceTerms, ShopOutcome, ShopProvider};
use domain::view::ShopEventRow;
use domain::{Period, ShopConnectionId, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use service::account::Member;
use service::purchase::{self, Received};
use service::{Clock, Service, operator};

use super::{MONTH, START, licenses, open, outcomes, pay, stripe_event, the_license};
use test_support::shop::{checkout, connect, settings};
use test_support::smtp::SmtpServer;
use test_support::{Seller, on_both_databases, seller};

const PURCHASE: (&str, &str) = ("evt_1", "checkout.session.completed");

async fn operator_member(service: &Service) -> Member {
    let olga = test_support::new_operator(service, "olga").await;
    service::account::member(service, olga.user, None).await.unwrap()
}

async fn suspend(service: &Service, by: &Member, account: domain::AccountId) {
    let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
    operator::suspend_seller(service, by, account, &reason, false).await.unwrap();
}

/// Returns the newest event of the log.
async fn newest(service: &Service, seller: &Seller, shop: ShopConnectionId) -> ShopEventRow {
    let page = purchase::show_page(service, &seller.actor, shop, None, None).await.unwrap();
    page.events.into_iter().next().expect("an event")
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

    async fn an_event_that_always_errs_is_logged_as_failed_and_blocks_no_other(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        suspend(&service, &by, ada.account).await;
        for n in 1..3 {
            let bought = checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
            stripe_event(&service, shop, (format!("evt_{n}").as_str(), PURCHASE.1), START, bought).await;
        }
        let connection = Database::connect(&db.url).await.unwrap();
        let damaged = if db.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
        let sql = format!("UPDATE shop_events SET payload_sealed = {damaged} WHERE event_id = 'evt_1'");
        connection.execute_unprepared(&sql).await.unwrap();
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 1);
        let log: Vec<ShopOutcome> = outcomes(&service, &ada, shop).await.into_iter().map(|(_, done)| done).collect();
        assert_eq!(log, [ShopOutcome::Issued, ShopOutcome::Failed]);
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let failed = &page.events[1];
        assert!(failed.detail.as_ref().is_some_and(|why| why.contains(&failed.id.to_string())), "{failed:?}");
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0);
    }

    async fn an_event_whose_payload_was_erased_tells_the_seller_what_to_look_up(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, START + MONTH).await;
        let holder = the_license(&service, &ada).await.customer_id.unwrap();
        suspend(&service, &by, ada.account).await;
        let ended = json!({"id": "sub_1", "items": {"data": []}});
        stripe_event(&service, shop, ("evt_2", "customer.subscription.deleted"), START + 5, ended).await;
        service::customer::erase(&service, &ada.actor, holder).await.unwrap();
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0);
        let event = newest(&service, &ada, shop).await;
        assert_eq!(event.outcome, ShopOutcome::Failed);
        assert!(event.detail.as_ref().is_some_and(|why| why.contains("erased") && why.contains("sub_1")), "{event:?}");
    }

    async fn events_wait_while_the_quota_of_mails_is_used_up(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for _ in 0..domain::mail::MAX_PER_HOUR {
            service::mail::send_test(&service, &ada.actor).await.unwrap();
        }
        suspend(&service, &by, ada.account).await;
        let now = service.now().seconds();
        stripe_event(&service, shop, PURCHASE, now, checkout("cs_1", "pi_1", "plink_1")).await;
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 0);
        assert_eq!(newest(&service, &ada, shop).await.outcome, ShopOutcome::Deferred, "it is kept");
        clock.set(service.now().plus_millis(3_700_000));
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 1);
        let event = newest(&service, &ada, shop).await;
        assert_eq!((event.outcome, event.detail), (ShopOutcome::Issued, None), "and the key is mailed");
    }

    async fn periods_of_deferred_payments_begin_with_the_payments(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let day = |days: i64| START + days * 86_400;
        let by = operator_member(&service).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let terms = PriceTerms { validity: Period::from_days(30), ..PriceTerms::default() };
        let price = PriceId::parse("price", "price_1").unwrap();
        purchase::set_price(&service, &ada.actor, shop, &price, terms).await.unwrap();
        pay(&service, shop, ("evt_1", "in_1", "subscription_create"), START, day(30)).await;
        suspend(&service, &by, ada.account).await;
        // The license has ended on day 33.
        for (event, number, at) in [("evt_2", "in_2", 70), ("evt_3", "in_3", 100)] {
            clock.set(Timestamp::from_millis(day(at) * 1000));
            pay(&service, shop, (event, number, "subscription_cycle"), day(at), day(at + 30)).await;
        }
        clock.set(Timestamp::from_millis(day(105) * 1000));
        operator::reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(purchase::apply_deferred(&service).await.unwrap(), 2);
        let end = the_license(&service, &ada).await.expires_at;
        assert_eq!(end, Some(Timestamp::from_millis(day(133) * 1000)), "as without the suspension");
    }
}
