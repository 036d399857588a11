//! Signing secrets: the present one and, for a day, the former one.

use domain::ShopConnectionId;
use domain::purchase::{ShopOutcome, ShopProvider, ShopSecret};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use service::purchase::{self, Received, ShopChange};
use service::{Clock, RetentionPolicy, Service, prune};

use super::open;
use test_support::shop::{SECRET, connect, lemon_squeezy, send, settings, sign};
use test_support::{Seller, TestDatabase, on_both_databases, seller, texts};

const TAKEN: Received = Received::Applied(ShopOutcome::Ignored);
const SECOND: &str = "second-secret-1";
const THIRD: &str = "third-secret-22";

async fn set(service: &Service, seller: &Seller, shop: ShopConnectionId, text: &str) {
    let secret = Some(ShopSecret::parse("secret", text).unwrap());
    purchase::change(service, &seller.actor, shop, ShopChange { settings: None, secret }).await.unwrap();
}

/// Sends an event that a secret signs. Each has an id of its own.
async fn signed_by(service: &Service, shop: ShopConnectionId, secret: &str, id: &str) -> Received {
    let body = lemon_squeezy("order_created", id, service.now(), json!({"status": "pending"}));
    send(service, shop, &sign(ShopProvider::LemonSqueezy, secret, &body, service.now())).await
}

/// Damages a sealed secret of the only connection.
async fn damage(db: &TestDatabase, column: &str) {
    let connection = Database::connect(&db.url).await.unwrap();
    let damaged = if db.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
    let sql = format!("UPDATE shop_connections SET {column} = {damaged}");
    connection.execute_unprepared(&sql).await.unwrap();
}

on_both_databases! {
    async fn a_former_secret_is_taken_for_a_day(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        set(&service, &ada, shop, SECOND).await;
        assert_eq!(signed_by(&service, shop, SECRET, "1").await, TAKEN);
        assert_eq!(signed_by(&service, shop, SECOND, "2").await, TAKEN);
        clock.set(service.now().plus_days(1));
        assert_eq!(signed_by(&service, shop, SECRET, "3").await, Received::BadSignature);
        assert_eq!(signed_by(&service, shop, SECOND, "4").await, TAKEN);
    }

    async fn a_form_that_is_sent_twice_does_not_end_the_former_secret(db: TestDatabase) {
        let (service, clock, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        set(&service, &ada, shop, SECOND).await;
        clock.set(service.now().plus_seconds(3600));
        set(&service, &ada, shop, SECOND).await;
        assert_eq!(signed_by(&service, shop, SECRET, "1").await, TAKEN);
        assert_eq!(signed_by(&service, shop, SECOND, "2").await, TAKEN);
        clock.set(service.now().plus_seconds(23 * 3600));
        assert_eq!(signed_by(&service, shop, SECRET, "3").await, Received::BadSignature, "nor does it prolong it");
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action AS text FROM audit_entries WHERE action = 'shop_connection.updated'";
        assert_eq!(texts(&connection, sql).await.len(), 1, "nothing changed");
    }

    async fn of_three_secrets_the_last_two_are_taken(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        set(&service, &ada, shop, SECOND).await;
        set(&service, &ada, shop, THIRD).await;
        assert_eq!(signed_by(&service, shop, SECRET, "1").await, Received::BadSignature, "it may be known to others");
        assert_eq!(signed_by(&service, shop, SECOND, "2").await, TAKEN);
        assert_eq!(signed_by(&service, shop, THIRD, "3").await, TAKEN);
    }

    async fn a_former_secret_that_cannot_be_opened_refuses_no_event(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        set(&service, &ada, shop, SECOND).await;
        damage(&db, "former_secret_sealed").await;
        assert_eq!(signed_by(&service, shop, SECOND, "1").await, TAKEN);
        assert_eq!(signed_by(&service, shop, SECRET, "2").await, Received::BadSignature);
    }

    async fn a_secret_that_cannot_be_opened_is_replaced(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        damage(&db, "secret_sealed").await;
        set(&service, &ada, shop, SECOND).await;
        assert_eq!(signed_by(&service, shop, SECOND, "1").await, TAKEN);
        assert_eq!(signed_by(&service, shop, SECRET, "2").await, Received::BadSignature);
    }

    async fn a_former_secret_is_removed_when_its_day_is_over(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let shop = connect(&service, &ada, ShopProvider::LemonSqueezy, settings()).await.id;
        set(&service, &ada, shop, SECOND).await;
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT name AS text FROM shop_connections \
                   WHERE former_secret_sealed IS NOT NULL AND former_secret_until IS NOT NULL";
        let policy = RetentionPolicy { events: 365, audit: None };
        for (seconds, left) in [(86_399, 1), (1, 0)] {
            clock.set(service.now().plus_seconds(seconds));
            prune(&service, policy).await.unwrap();
            assert_eq!(texts(&connection, sql).await.len(), left, "{seconds}");
        }
        assert_eq!(signed_by(&service, shop, SECOND, "1").await, TAKEN, "the present one stays");
    }
}
