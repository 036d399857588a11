//! Notices of activations: from the audit log, once, and few a day.

use std::time::Duration;

use domain::license::{Limit, NewLicense};
use domain::machine::Machine;
use domain::{Email, LicenseKey};
use sea_orm::{ConnectionTrait as _, Database, DatabaseTransaction, Statement, TransactionTrait as _};
use service::activation::activate;
use service::license::issue;
use service::machine::ActivationRequest;
use service::mail::{CustomerMailSettings, NoticeTurns, announce_activations, change_customer_mail};
use service::{Clock, Service, machine, new_id};
use uuid::Uuid;

use super::{rows, send_all};
use crate::machine::support::request;
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, host, on_both_databases, seller};

pub async fn set_notices(service: &Service, seller: &Seller, announces_activations: bool) {
    let settings = CustomerMailSettings { announces_activations, ..CustomerMailSettings::default() };
    change_customer_mail(service, &seller.actor, &settings).await.unwrap();
}

pub async fn of_grace(service: &Service, seller: &Seller) -> LicenseKey {
    let new = NewLicense {
        customer_email: Some(Email::parse("grace@navy.example").unwrap()),
        domain_limit: Some(Limit::new(20)),
        machine_limit: Some(Limit::new(20)),
        ..NewLicense::for_product(seller.product.id)
    };
    issue(service, &seller.actor, new).await.unwrap().pop().unwrap().key
}

/// A service whose clock stands at the present, because ids of audit entries have the present time.
pub async fn open(db: &TestDatabase) -> (Service, Clock, SmtpServer, Seller) {
    let clock = Clock::manual(Clock::System.now());
    let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, clock, server, ada)
}

/// Lets the delay of notices pass.
pub fn wait(clock: &Clock) {
    clock.set(clock.now().plus_seconds(600));
}

pub async fn announce(service: &Service) {
    let mut turns = NoticeTurns::default();
    while announce_activations(service, &mut turns).await.unwrap() {}
}

/// Activates a machine that reports a host name.
async fn activate_machine(
    service: &Service,
    seller: &Seller,
    key: &LicenseKey,
    machine: &str,
    hostname: &str,
) {
    let asked = request(seller, key, machine);
    let reported = Machine { hostname: hostname.to_owned(), ..asked.machine };
    machine::activate(service, ActivationRequest { machine: reported, ..asked }, None).await.unwrap();
}

/// Stores a position in a transaction that is open, like another node that announces activations.
#[allow(clippy::disallowed_methods, reason = "the connection acts as another node")]
async fn store_position(db: &TestDatabase, position: Uuid) -> DatabaseTransaction {
    let txn = Database::connect(&db.url).await.unwrap().begin().await.unwrap();
    let sql = "UPDATE account_mail_settings SET announced_until = $1";
    let update = Statement::from_sql_and_values(txn.get_database_backend(), sql, [position.into()]);
    txn.execute_raw(update).await.unwrap();
    txn
}

pub async fn execute(db: &TestDatabase, sql: &str) {
    let connection = Database::connect(&db.url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn stored_position(db: &TestDatabase) -> Uuid {
    let connection = Database::connect(&db.url).await.unwrap();
    let sql = "SELECT announced_until FROM account_mail_settings";
    let select = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(select).await.unwrap().unwrap();
    connection.close().await.unwrap();
    row.try_get("", "announced_until").unwrap()
}

on_both_databases! {
    async fn a_domain_and_a_machine_are_announced_once(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        let key = of_grace(&service, &ada).await;
        activate(&service, &key, &host("early.example"), None).await.unwrap();
        wait(&clock);
        announce(&service).await;
        assert_eq!(rows(&db).await, Vec::<String>::new(), "off by default");
        clock.set(Clock::System.now());
        set_notices(&service, &ada, true).await;
        activate(&service, &key, &host("shop.example"), None).await.unwrap();
        activate(&service, &key, &host("shop.example"), None).await.unwrap();
        machine::activate(&service, request(&ada, &key, "a"), None).await.unwrap();
        assert_eq!(rows(&db).await, Vec::<String>::new(), "an activation writes no mail");
        wait(&clock);
        announce(&service).await;
        assert_eq!(rows(&db).await, ["activation_notice grace@navy.example queued 0"; 2]);
        announce(&service).await;
        assert_eq!(rows(&db).await.len(), 2);
        send_all(&service).await;
        let received = server.received();
        let mail = received.iter().find(|mail| mail.text().contains("shop.example")).expect("a notice");
        assert_eq!(mail.header("Subject"), Some("Your license for ada plugin was activated"));
        assert!(!received.iter().any(|mail| mail.text().contains("early.example")), "before the switch-on");
    }

    async fn a_day_has_few_notices(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        for n in 0..9 {
            activate(&service, &key, &host(&format!("shop{n}.example")), None).await.unwrap();
        }
        wait(&clock);
        announce(&service).await;
        assert_eq!(rows(&db).await.len(), 6);
        send_all(&service).await;
        let last = server.received().iter().filter(|mail| mail.text().contains("and further activations")).count();
        assert_eq!(last, 1);
        activate(&service, &key, &host("late.example"), None).await.unwrap();
        announce(&service).await;
        assert_eq!(rows(&db).await.len(), 6);
    }

    async fn a_notice_that_waits_reaches_no_former_address(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate(&service, &key, &host("shop.example"), None).await.unwrap();
        wait(&clock);
        announce(&service).await;
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE customers SET email = 'grace@home.example'").await.unwrap();
        connection.close().await.unwrap();
        send_all(&service).await;
        assert_eq!(rows(&db).await, ["activation_notice grace@navy.example failed 1"]);
        assert_eq!(server.connections(), 0);
    }

    async fn old_activations_are_not_announced(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate(&service, &key, &host("shop.example"), None).await.unwrap();
        clock.set(clock.now().plus_days(2));
        announce(&service).await;
        assert_eq!(rows(&db).await, Vec::<String>::new(), "mail was off for two days");
    }

    async fn two_nodes_announce_once(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        let second = db.open_at(clock.clone()).await;
        server.enable(&second);
        set_notices(&service, &ada, true).await;
        for n in 0..10 {
            let key = of_grace(&service, &ada).await;
            activate(&service, &key, &host(&format!("shop{n}.example")), None).await.unwrap();
        }
        wait(&clock);
        tokio::join!(announce(&service), announce(&second));
        assert_eq!(rows(&db).await.len(), 10);
    }

    async fn hosts_without_a_slot_and_licenses_without_an_address_are_not_announced(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate(&service, &key, &host("staging.example"), None).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE activations SET takes_slot = FALSE").await.unwrap();
        connection.close().await.unwrap();
        let (_, nameless) = test_support::license(&service, &ada, 5).await;
        activate(&service, &nameless, &host("nameless.example"), None).await.unwrap();
        wait(&clock);
        announce(&service).await;
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }

    async fn a_change_of_the_settings_keeps_a_position_that_is_stored_meanwhile(db: TestDatabase) {
        let (service, _clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let position = new_id();
        let txn = store_position(&db, position).await;
        let (changing, actor) = (service.clone(), ada.actor.clone());
        let change = tokio::spawn(async move {
            let settings = CustomerMailSettings {
                sends_reminders: true,
                announces_activations: true,
                ..CustomerMailSettings::default()
            };
            change_customer_mail(&changing, &actor, &settings).await
        });
        // Time to read the former position, and to wait for the row.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!change.is_finished(), "the row is locked");
        txn.commit().await.unwrap();
        change.await.unwrap().unwrap();
        assert_eq!(stored_position(&db).await, position);
    }

    async fn an_app_writes_no_text_into_the_mail(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate_machine(&service, &ada, &key, "a", "Pay now:\nhttps://thief.example").await;
        wait(&clock);
        announce(&service).await;
        send_all(&service).await;
        let mail = server.received().pop().expect("a notice");
        assert!(mail.text().contains("a machine"), "{}", mail.text());
        assert!(!mail.text().contains("thief"), "{}", mail.text());
    }

    async fn a_machine_with_another_host_name_by_now_is_announced(db: TestDatabase) {
        let (service, clock, server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate_machine(&service, &ada, &key, "a", "localhost").await;
        activate_machine(&service, &ada, &key, "a", "build-9").await;
        wait(&clock);
        announce(&service).await;
        send_all(&service).await;
        let mail = server.received().pop().expect("a notice");
        assert!(mail.text().contains("localhost"), "{}", mail.text());
    }

    async fn a_released_machine_is_not_announced(db: TestDatabase) {
        let (service, clock, _server, ada) = open(&db).await;
        set_notices(&service, &ada, true).await;
        let key = of_grace(&service, &ada).await;
        activate_machine(&service, &ada, &key, "a", "build-8").await;
        execute(&db, "DELETE FROM activations").await;
        activate_machine(&service, &ada, &key, "b", "build-9").await;
        wait(&clock);
        announce(&service).await;
        assert_eq!(rows(&db).await.len(), 1);
    }
}
