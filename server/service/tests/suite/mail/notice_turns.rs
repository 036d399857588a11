//! Notices of activations of several sellers: in turns, in small batches, and within a bound.

use domain::license::NewLicense;
use sea_orm::Database;
use service::Service;
use service::activation::activate;
use service::license::issue;
use service::mail::{NoticeTurns, announce_activations, send_test};

use super::activation_notice::{announce, execute, of_grace, open, set_notices, wait};
use test_support::{Seller, TestDatabase, host, on_both_databases, seller, texts};

/// Activates so many licenses of Grace, which the worker may announce afterwards.
async fn activate_many(service: &Service, seller: &Seller, count: usize) {
    for n in 0..count {
        let key = of_grace(service, seller).await;
        activate(service, &key, &host(&format!("shop{n}.example")), None).await.unwrap();
    }
}

/// Returns the number of notices of a seller.
async fn notices(db: &TestDatabase, seller: &str) -> usize {
    let connection = Database::connect(&db.url).await.unwrap();
    let sql = format!(
        "SELECT kind AS text FROM mails WHERE kind = 'activation_notice' \
         AND account_id = (SELECT id FROM accounts WHERE slug = '{seller}')"
    );
    let found = texts(&connection, &sql).await.len();
    connection.close().await.unwrap();
    found
}

on_both_databases! {
    async fn a_transaction_announces_twenty_activations(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        activate_many(&service, &ada, 25).await;
        wait(&clock);
        let mut turns = NoticeTurns::default();
        assert!(announce_activations(&service, &mut turns).await.unwrap());
        assert_eq!(notices(&db, "ada").await, 20);
        assert!(!announce_activations(&service, &mut turns).await.unwrap());
        assert_eq!(notices(&db, "ada").await, 25);
    }

    async fn other_entries_are_passed_in_one_step(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        for _ in 0..2 {
            let new = NewLicense { count: 1000, ..NewLicense::for_product(ada.product.id) };
            issue(&service, &ada.actor, new).await.unwrap();
        }
        activate_many(&service, &ada, 1).await;
        wait(&clock);
        assert!(!announce_activations(&service, &mut NoticeTurns::default()).await.unwrap());
        assert_eq!(notices(&db, "ada").await, 1);
    }

    async fn accounts_take_turns_while_many_mails_wait(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        let jean = seller(&service, "jean").await;
        for seller in [&ada, &jean] {
            set_notices(&service, seller, true).await;
            activate_many(&service, seller, 25).await;
        }
        for _ in 0..190 {
            send_test(&service, &ada.actor).await.unwrap();
        }
        wait(&clock);
        let mut turns = NoticeTurns::default();
        assert!(!announce_activations(&service, &mut turns).await.unwrap(), "200 mails wait");
        let first = (notices(&db, "ada").await, notices(&db, "jean").await);
        assert!(first == (20, 0) || first == (0, 20), "{first:?}");
        // The mail server has accepted the notices.
        execute(&db, "UPDATE mails SET state = 'sent' WHERE kind = 'activation_notice'").await;
        announce_activations(&service, &mut turns).await.unwrap();
        assert_eq!((notices(&db, "ada").await, notices(&db, "jean").await), (20, 20));
    }

    async fn an_account_has_few_notices_in_an_hour(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        let jean = seller(&service, "jean").await;
        for seller in [&ada, &jean] {
            set_notices(&service, seller, true).await;
            activate_many(&service, seller, 5).await;
        }
        for _ in 0..domain::mail::MAX_OF_WORKER_PER_HOUR - 2 {
            send_test(&service, &ada.actor).await.unwrap();
        }
        execute(&db, "UPDATE mails SET kind = 'activation_notice', state = 'sent'").await;
        wait(&clock);
        announce(&service).await;
        assert_eq!((notices(&db, "ada").await, notices(&db, "jean").await), (500, 5));
        // The others wait for the next hour.
        clock.set(clock.now().plus_seconds(3600));
        announce(&service).await;
        assert_eq!((notices(&db, "ada").await, notices(&db, "jean").await), (503, 5));
    }

    async fn few_notices_of_an_account_wait_for_the_mail_server(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        activate_many(&service, &ada, 60).await;
        wait(&clock);
        announce(&service).await;
        assert_eq!(notices(&db, "ada").await, 50);
        execute(&db, "UPDATE mails SET state = 'sent'").await;
        announce(&service).await;
        assert_eq!(notices(&db, "ada").await, 60);
    }
}
