//! What is kept of shops: sealed, re-sealed, pruned and deleted.

use domain::purchase::{ShopOutcome, ShopProvider, ShopSecret};
use sea_orm::{ConnectionTrait as _, Database};
use service::purchase::{self, Received, ShopChange};
use service::secrets::MasterKey;
use service::{Clock, RetentionPolicy, Service, key_rotation, prune};

use super::{START, licenses, open, stripe_event};
use test_support::shop::{SECRET, checkout, connect, send, settings, sign, stripe};
use test_support::{TestDatabase, on_both_databases, seller, texts};

const EVENT: (&str, &str) = ("evt_1", "checkout.session.completed");

/// Adds events to the log of the only connection, which are older than all others.
async fn add_old_events(db: &TestDatabase, count: u64, outcome: &str) {
    let connection = Database::connect(&db.url).await.unwrap();
    let id = if db.is_sqlite() { "unhex(printf('%032x', n))" } else { "lpad(to_hex(n), 32, '0')::uuid" };
    let sql = format!(
        "INSERT INTO shop_events (id, account_id, connection_id, event_id, name, outcome, occurred_at, updated_at) \
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) \
         SELECT {id}, c.account_id, c.id, 'old_' || n, 'x', '{outcome}', 1, 1 FROM numbers, shop_connections AS c"
    );
    connection.execute_unprepared(&sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn suspend(service: &Service, account: domain::AccountId) {
    let olga = test_support::new_operator(service, "olga").await;
    let by = service::account::member(service, olga.user, None).await.unwrap();
    let reason = domain::license::Reason::parse("reason", "Not paid").unwrap();
    service::operator::suspend_seller(service, &by, account, &reason, false).await.unwrap();
}

on_both_databases! {
    async fn secrets_and_payloads_survive_a_rotation_of_the_master_key(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, EVENT, START, checkout("cs_1", "pi_1", "plink_1")).await;
        let next = MasterKey::decode(&data_encoding::BASE64URL_NOPAD.encode(&[9; 32])).unwrap();
        let changed = ShopSecret::parse("secret", "whsec_changed").unwrap();
        let change = ShopChange { settings: None, secret: Some(changed) };
        purchase::change(&service, &ada.actor, shop, change).await.unwrap();
        key_rotation::begin(&service, next).await.unwrap();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
        let shown = purchase::show_event(&service, &ada.actor, page.events[0].id).await.unwrap();
        assert!(shown.payload.unwrap().contains("plink_1"));
        let done = stripe_event(&service, shop, ("evt_2", EVENT.1), START, checkout("cs_2", "pi_2", "plink_1")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Issued), "the former secret checks signatures still");
        let body = stripe("evt_3", EVENT.1, START, checkout("cs_3", "pi_3", "plink_1"));
        let signed = sign(ShopProvider::Stripe, "whsec_changed", &body, service.now());
        assert_eq!(send(&service, shop, &signed).await, Received::Applied(ShopOutcome::Issued), "and the present one");
    }

    async fn nothing_secret_is_stored_in_clear(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, EVENT, START, checkout("cs_1", "pi_1", "plink_1")).await;
        let connection = Database::connect(&db.url).await.unwrap();
        let hex = if db.is_sqlite() { "hex(secret_sealed)" } else { "upper(encode(secret_sealed, 'hex'))" };
        let sealed = texts(&connection, &format!("SELECT {hex} AS text FROM shop_connections")).await;
        assert!(!sealed[0].contains(&data_encoding::HEXUPPER.encode(SECRET.as_bytes())));
        let hex = hex.replace("secret_sealed", "payload_sealed");
        let sealed = texts(&connection, &format!("SELECT {hex} AS text FROM shop_events")).await;
        assert!(!sealed[0].contains(&data_encoding::HEXUPPER.encode(b"grace@navy.example")));
    }

    async fn the_log_is_deleted_after_ninety_days_and_purchases_stay(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let now = service.now().seconds();
        stripe_event(&service, shop, EVENT, now, checkout("cs_1", "pi_1", "plink_1")).await;
        let policy = RetentionPolicy { events: 365, audit: None };
        for (days, left) in [(89, 1), (2, 0)] {
            clock.set(service.now().plus_days(days));
            prune(&service, policy).await.unwrap();
            let page = purchase::show_page(&service, &ada.actor, shop, None, None).await.unwrap();
            assert_eq!(page.events.len(), left, "{days}");
        }
        // The purchase is known still, so that a repetition issues no second license.
        let done = stripe_event(&service, shop, EVENT, now, checkout("cs_1", "pi_1", "plink_1")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
        assert_eq!(licenses(&service, &ada).await.len(), 1);
    }

    async fn the_log_keeps_the_newest_events_of_each_connection(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        let quiet = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for n in 0..7 {
            let bought = checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
            stripe_event(&service, shop, (format!("evt_{n}").as_str(), EVENT.1), START, bought).await;
        }
        stripe_event(&service, quiet, EVENT, START, checkout("cs_1", "pi_1", "plink_1")).await;
        assert_eq!(purchase::prune_log(&service, 7).await.unwrap(), 0);
        assert_eq!(purchase::prune_log(&service, 3).await.unwrap(), 4);
        assert_eq!(purchase::prune_log(&service, 3).await.unwrap(), 0);
        for (id, expected) in [(shop, vec!["evt_6", "evt_5", "evt_4"]), (quiet, vec!["evt_1"])] {
            let page = purchase::show_page(&service, &ada.actor, id, None, None).await.unwrap();
            let left: Vec<&str> = page.events.iter().map(|event| event.event_id.as_str()).collect();
            assert_eq!(left, expected);
        }
        assert_eq!(licenses(&service, &ada).await.len(), 8, "licenses and purchases stay");
        let done = stripe_event(&service, shop, ("evt_0", EVENT.1), START, checkout("cs_0", "pi_0", "plink_1")).await;
        assert_eq!(done, Received::Applied(ShopOutcome::Unchanged));
    }

    async fn a_log_far_beyond_its_quota_is_deleted_in_batches(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        for n in 0..3 {
            let bought = checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
            stripe_event(&service, shop, (format!("evt_{n}").as_str(), EVENT.1), START, bought).await;
        }
        let connection = Database::connect(&db.url).await.unwrap();
        // Copies with smaller ids, so that they are older.
        let (id, to) = if db.is_sqlite() {
            ("unhex(printf('%032x', n))", "hex(id)")
        } else {
            ("lpad(to_hex(n), 32, '0')::uuid", "id::text")
        };
        let sql = format!(
            "INSERT INTO shop_events (id, account_id, connection_id, event_id, name, outcome, occurred_at, updated_at) \
             WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200) \
             SELECT {id}, c.account_id, c.id, 'copy_' || n, 'x', 'ignored', 1, 1 FROM numbers, shop_connections AS c"
        );
        connection.execute_unprepared(&sql).await.unwrap();
        assert_eq!(purchase::prune_log(&service, 2).await.unwrap(), 1201);
        let left = texts(&connection, &format!("SELECT {to} AS text FROM shop_events")).await;
        assert_eq!(left.len(), 2);
    }

    async fn the_quota_of_the_log_counts_and_deletes_no_deferred_events(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        add_old_events(&db, 700, "deferred").await;
        for n in 0..7 {
            if n == 4 {
                suspend(&service, ada.account).await;
            }
            let bought = checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
            stripe_event(&service, shop, (format!("evt_{n}").as_str(), EVENT.1), START, bought).await;
        }
        assert_eq!(purchase::prune_log(&service, 3).await.unwrap(), 0, "703 deferred ones and 4 others");
        let connection = Database::connect(&db.url).await.unwrap();
        let half = "UPDATE shop_events SET outcome = 'ignored' WHERE name = 'x' AND event_id LIKE '%5'";
        connection.execute_unprepared(half).await.unwrap();
        let deleted = purchase::prune_log(&service, 3).await.unwrap();
        assert_eq!(deleted, 7, "of the 71 oldest, those that are not deferred any more");
        let left = texts(&connection, "SELECT outcome AS text FROM shop_events WHERE outcome = 'deferred'").await;
        assert_eq!(left.len(), 633);
    }

    async fn a_full_backlog_refuses_events_so_that_the_provider_repeats_them(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        suspend(&service, ada.account).await;
        add_old_events(&db, purchase::MAX_DEFERRED_EVENTS - 1, "deferred").await;
        let bought = |n: u32| checkout(&format!("cs_{n}"), &format!("pi_{n}"), "plink_1");
        let last = stripe_event(&service, shop, EVENT, START, bought(1)).await;
        assert_eq!(last, Received::Applied(ShopOutcome::Deferred));
        let refused = stripe_event(&service, shop, ("evt_2", EVENT.1), START, bought(2)).await;
        assert_eq!(refused, Received::BacklogFull);
        let again = stripe_event(&service, shop, EVENT, START, bought(1)).await;
        assert_eq!(again, Received::Repeated, "what is kept is no further event");
    }

    async fn a_deleted_connection_leaves_its_licenses_and_nothing_else(db: TestDatabase) {
        let (service, _, ada) = open(&db).await;
        let shop = connect(&service, &ada, ShopProvider::Stripe, settings()).await.id;
        stripe_event(&service, shop, EVENT, START, checkout("cs_1", "pi_1", "plink_1")).await;
        purchase::delete(&service, &ada.actor, shop).await.unwrap();
        let done = stripe_event(&service, shop, ("evt_2", EVENT.1), START, checkout("cs_2", "pi_2", "plink_1")).await;
        assert_eq!(done, Received::UnknownConnection);
        assert_eq!(licenses(&service, &ada).await.len(), 1);
        let connection = Database::connect(&db.url).await.unwrap();
        for table in ["shop_connections", "shop_prices", "purchases", "purchase_references", "shop_events"] {
            let rows = texts(&connection, &format!("SELECT 'x' AS text FROM {table}")).await;
            assert!(rows.is_empty(), "{table}");
        }
    }
}
