//! Reminders of expiries: each once, on any number of nodes, and only the nearest one.

use domain::license::{NewLicense, Renewal};
use domain::mail::MailKind;
use domain::time::DAY_MS;
use domain::{Email, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::license::{issue, reinstate, renew, revoke, suspend, transfer};
use service::mail::{
    CustomerMailSettings, ReminderTurns, Reminders, change_customer_mail, notices_of_license,
    queue_reminders, send_test, set_product_reminders,
};
use service::{Clock, Error, RetentionPolicy, Service, prune};

use super::{rows, send_all};
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, on_both_databases, seller, texts};

/// A clock that stands at the present, because ids of licenses tell when they arrived.
pub fn clock() -> Clock {
    Clock::manual(Clock::System.now())
}

pub fn advance(clock: &Clock, millis: i64) {
    clock.set(clock.now().plus_millis(millis));
}

pub async fn set_reminders(service: &Service, seller: &Seller, sends_reminders: bool) {
    let settings = CustomerMailSettings { sends_reminders, ..CustomerMailSettings::default() };
    change_customer_mail(service, &seller.actor, &settings).await.unwrap();
}

pub fn to_grace(seller: &Seller, expires_at: Timestamp) -> NewLicense {
    NewLicense {
        customer_email: Some(Email::parse("grace@navy.example").unwrap()),
        expires_at: Some(Some(expires_at)),
        ..NewLicense::for_product(seller.product.id)
    }
}

/// Issues a license to Grace that expires after so many days.
pub async fn expiring(service: &Service, seller: &Seller, days: i64) -> LicenseId {
    let new = to_grace(seller, service.now().plus_days(days));
    issue(service, &seller.actor, new).await.unwrap()[0].id
}

/// Runs a whole round and returns the number of reminders.
pub async fn round(service: &Service) -> usize {
    let (mut turns, mut queued) = (ReminderTurns::default(), 0);
    loop {
        match queue_reminders(service, &mut turns).await.unwrap() {
            Reminders::Queued(reminders) => queued += reminders,
            Reminders::Paused | Reminders::Done => return queued,
        }
    }
}

pub async fn open(db: &TestDatabase, clock: &Clock) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}

on_both_databases! {
    async fn each_reminder_is_sent_once(db: TestDatabase) {
        let clock = clock();
        let (service, server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let id = expiring(&service, &ada, 40).await;
        assert_eq!(round(&service).await, 0);
        for (days, left) in [(11, "29 days"), (23, "6 days"), (5, "1 day")] {
            advance(&clock, days * DAY_MS);
            assert_eq!((round(&service).await, round(&service).await), (1, 0), "{left}");
            send_all(&service).await;
            let subject = format!("Your license for ada plugin expires in {left}");
            let mail = server.received().pop().unwrap();
            assert_eq!((mail.header("Subject"), mail.to[0].as_str()), (Some(subject.as_str()), "grace@navy.example"));
        }
        advance(&clock, 3 * DAY_MS);
        assert_eq!(round(&service).await, 0, "it has expired");
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_name || ' ' || detail AS text FROM audit_entries \
                   WHERE action = 'license.expiry_reminder_sent'";
        assert_eq!(texts(&connection, sql).await, ["Countersign grace@navy.example"; 3]);
        let notices = notices_of_license(&service, &ada.actor, id).await.unwrap();
        assert_eq!(notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [MailKind::ExpiryReminder]);
        let marks = "SELECT cast(count(*) AS text) AS text FROM license_reminders";
        assert_eq!(texts(&connection, marks).await, ["3"]);
        prune(&service, RetentionPolicy { events: 30, audit: None }).await.unwrap();
        assert_eq!(texts(&connection, marks).await, ["0"], "the expiry has passed");
    }

    async fn an_extended_license_is_reminded_of_its_new_expiry(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let id = expiring(&service, &ada, 6).await;
        let first = service.now().plus_days(6);
        assert_eq!(round(&service).await, 1);
        let later = first.plus_days(60);
        renew(&service, &ada.actor, id, Renewal::Until(later), None).await.unwrap();
        assert_eq!(round(&service).await, 0);
        advance(&clock, 60 * DAY_MS);
        assert_eq!((round(&service).await, round(&service).await), (1, 0));
        // The same expiry again, after a correction.
        renew(&service, &ada.actor, id, Renewal::Never, None).await.unwrap();
        assert_eq!(round(&service).await, 0);
        renew(&service, &ada.actor, id, Renewal::Until(later), None).await.unwrap();
        assert_eq!(round(&service).await, 0);
    }

    async fn a_renewal_by_a_month_is_not_answered_by_a_reminder(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let id = expiring(&service, &ada, 50).await;
        advance(&clock, 49 * DAY_MS);
        assert_eq!(round(&service).await, 1);
        let next = service.now().plus_days(30);
        renew(&service, &ada.actor, id, Renewal::Until(next), None).await.unwrap();
        assert_eq!(round(&service).await, 0);
        advance(&clock, 24 * DAY_MS);
        assert_eq!(round(&service).await, 1, "7 days before");
    }

    async fn two_nodes_send_each_reminder_once(db: TestDatabase) {
        let clock = clock();
        let (first, server, ada) = open(&db, &clock).await;
        let second = db.open_at(clock.clone()).await;
        server.enable(&second);
        set_reminders(&first, &ada, true).await;
        let expires_at = first.now().plus_days(5);
        issue(&first, &ada.actor, NewLicense { count: 30, ..to_grace(&ada, expires_at) }).await.unwrap();
        let (one, other) = tokio::join!(round(&first), round(&second));
        assert_eq!(one + other, 30, "{one} and {other}");
        assert_eq!(rows(&db).await.len(), 30);
    }

    async fn only_licenses_in_force_of_known_customers_are_reminded(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let suspended = expiring(&service, &ada, 5).await;
        suspend(&service, &ada.actor, suspended, None).await.unwrap();
        let revoked = expiring(&service, &ada, 5).await;
        revoke(&service, &ada.actor, revoked, None).await.unwrap();
        let nameless = NewLicense { customer_email: None, ..to_grace(&ada, service.now().plus_days(5)) };
        issue(&service, &ada.actor, nameless).await.unwrap();
        expiring(&service, &ada, 31).await;
        expiring(&service, &ada, -1).await;
        assert_eq!(round(&service).await, 0);
        reinstate(&service, &ada.actor, suspended).await.unwrap();
        set_product_reminders(&service, &ada.actor, ada.product.id, false).await.unwrap();
        assert_eq!(round(&service).await, 0, "off for the product");
        set_product_reminders(&service, &ada.actor, ada.product.id, true).await.unwrap();
        set_reminders(&service, &ada, false).await;
        assert_eq!(round(&service).await, 0, "off for the account");
        set_reminders(&service, &ada, true).await;
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE accounts SET suspended_at = 1").await.unwrap();
        assert_eq!(round(&service).await, 0, "the seller is suspended");
        connection.execute_unprepared("UPDATE accounts SET suspended_at = NULL").await.unwrap();
        assert_eq!(round(&service).await, 1);
        let off = db.open_at(clock.clone()).await;
        expiring(&service, &ada, 5).await;
        assert_eq!(round(&off).await, 0, "mail is off");
    }

    async fn a_late_switch_on_and_late_licenses_get_the_nearest_reminder_alone(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        expiring(&service, &ada, 40).await;
        advance(&clock, 20 * DAY_MS);
        set_reminders(&service, &ada, true).await;
        assert_eq!(round(&service).await, 1, "the 30-day reminder of the old license");
        advance(&clock, 19 * DAY_MS + DAY_MS / 2);
        assert_eq!(round(&service).await, 1, "the last one, without the one before it");
        assert_eq!(round(&service).await, 0);
    }

    async fn an_import_sends_no_flood(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let expires_at = service.now().plus_days(20);
        issue(&service, &ada.actor, NewLicense { count: 60, ..to_grace(&ada, expires_at) }).await.unwrap();
        assert_eq!(round(&service).await, 0, "they arrived after their first reminder was due");
        // 14 days later they are reminded, at most 50 at once.
        advance(&clock, 14 * DAY_MS);
        let mut turns = ReminderTurns::default();
        assert_eq!(queue_reminders(&service, &mut turns).await.unwrap(), Reminders::Queued(50));
        assert_eq!(queue_reminders(&service, &mut turns).await.unwrap(), Reminders::Queued(10));
        assert_eq!(queue_reminders(&service, &mut turns).await.unwrap(), Reminders::Done);
        assert_eq!(round(&service).await, 0);
        assert_eq!(rows(&db).await.len(), 60);
    }

    async fn a_reminder_that_waits_is_not_sent_after_a_change_of_the_license(db: TestDatabase) {
        let clock = clock();
        let (service, server, ada) = open(&db, &clock).await;
        set_reminders(&service, &ada, true).await;
        let (extended, suspended) = (expiring(&service, &ada, 5).await, expiring(&service, &ada, 5).await);
        let (revoked, transferred) = (expiring(&service, &ada, 5).await, expiring(&service, &ada, 5).await);
        assert_eq!(round(&service).await, 4);
        let later = service.now().plus_days(365);
        renew(&service, &ada.actor, extended, Renewal::Until(later), None).await.unwrap();
        suspend(&service, &ada.actor, suspended, None).await.unwrap();
        revoke(&service, &ada.actor, revoked, None).await.unwrap();
        let jean = Email::parse("jean@eniac.example").unwrap();
        transfer(&service, &ada.actor, transferred, None, Some(&jean)).await.unwrap();
        send_all(&service).await;
        assert_eq!(server.connections(), 0);
        for (id, sentence) in [
            (extended, "The license’s expiry was changed."),
            (suspended, "The license was suspended."),
            (revoked, "The license was revoked."),
            (transferred, "The license was transferred to another customer."),
        ] {
            let notices = notices_of_license(&service, &ada.actor, id).await.unwrap();
            assert_eq!(notices[0].status.error.as_deref(), Some(sentence));
        }
    }

    async fn reminders_do_not_count_as_mails_that_members_ask_for(db: TestDatabase) {
        let clock = clock();
        let (service, _server, ada) = open(&db, &clock).await;
        for _ in 0..domain::mail::MAX_PER_HOUR {
            send_test(&service, &ada.actor).await.unwrap();
        }
        assert!(matches!(send_test(&service, &ada.actor).await, Err(Error::Conflict(_))));
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE mails SET kind = 'expiry_reminder'").await.unwrap();
        connection.close().await.unwrap();
        send_test(&service, &ada.actor).await.unwrap();
    }
}
