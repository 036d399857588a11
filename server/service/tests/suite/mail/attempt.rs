//! Attempts to send a mail: refusals, failures of the mail server, and retries.

use std::time::Duration;

use domain::mail::MailState;
use sea_orm::Database;
use service::Error;
use service::mail::{self, MailSettings, Round, send_due};

use super::{clock, newest, queue_one, rows, send_all};
use test_support::smtp::{Behavior, SmtpServer};
use test_support::{TestDatabase, on_both_databases, seller, texts};

/// The error of the last attempt to send any mail.
async fn newest_error(db: &TestDatabase) -> String {
    let connection = Database::connect(&db.url).await.unwrap();
    let sql = "SELECT last_error AS text FROM mails WHERE last_error IS NOT NULL ORDER BY id DESC LIMIT 1";
    texts(&connection, sql).await.pop().unwrap_or_default()
}

on_both_databases! {
    async fn a_temporary_refusal_is_retried_and_a_permanent_one_is_not(db: TestDatabase) {
        let clock = clock();
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave([Behavior::Refuse("450 mailbox busy"), Behavior::Accept, Behavior::Refuse("550 no such user")]);
        queue_one(&service, &ada).await;
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
        let (state, error) = newest(&service, &ada).await;
        assert_eq!(state, MailState::Queued);
        assert!(error.unwrap().contains("450"));
        clock.set(service.now().plus_millis(59_999));
        send_all(&service).await;
        assert_eq!(server.received().len(), 0, "not before a minute");
        clock.set(service.now().plus_millis(1));
        send_all(&service).await;
        assert_eq!((server.received().len(), newest(&service, &ada).await), (1, (MailState::Sent, None)));

        let id = queue_one(&service, &ada).await;
        send_all(&service).await;
        let (state, error) = newest(&service, &ada).await;
        assert_eq!(state, MailState::Failed);
        let error = error.unwrap();
        assert!(error.contains("550") && error.contains("no such user"), "{error}");
        clock.set(service.now().plus_days(1));
        send_all(&service).await;
        assert_eq!(server.received().len(), 1, "no further attempt");
        mail::retry(&service, &ada.actor, id).await.unwrap();
        assert_eq!(newest(&service, &ada).await, (MailState::Queued, None));
        send_all(&service).await;
        assert_eq!(newest(&service, &ada).await.0, MailState::Sent);
        assert!(matches!(mail::retry(&service, &ada.actor, id).await, Err(Error::Conflict(_))), "it has not failed");
        let counted = service::metrics::process(&service).mail_attempts;
        assert_eq!(counted, [("accepted", 2), ("refused", 1), ("deferred", 1), ("unavailable", 0)]);
    }

    async fn attempts_end_after_a_day(db: TestDatabase) {
        let clock = clock();
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        // No process listens on the port any more.
        drop(server);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let id = queue_one(&service, &ada).await;
        let queued_at = service.now();
        let mut rounds = 0;
        while newest(&service, &ada).await.0 == MailState::Queued {
            assert_eq!(send_due(&service).await.unwrap(), Round::Unavailable);
            clock.set(service.now().plus_millis(4 * 3_600_000));
            rounds += 1;
            assert!(rounds < 10, "it ends");
        }
        assert!(service.now() > queued_at.plus_days(1), "not before a day");
        let counted = service::metrics::process(&service).mail_attempts;
        let expected = [("accepted", 0), ("refused", 0), ("deferred", 0), ("unavailable", rounds)];
        assert_eq!(counted, expected, "no server is no refusal");
        clock.set(queued_at.plus_days(8));
        let expired = mail::retry(&service, &ada.actor, id).await;
        assert!(matches!(expired, Err(Error::Conflict(_))), "the link of the invitation has expired");
    }

    async fn a_lost_connection_leaves_the_mail_queued(db: TestDatabase) {
        let clock = clock();
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave([Behavior::Drop]);
        queue_one(&service, &ada).await;
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
        assert_eq!(rows(&db).await, ["invitation grace@example.com queued 1"]);
        clock.set(service.now().plus_millis(60_000));
        send_all(&service).await;
        assert_eq!(rows(&db).await, ["invitation grace@example.com sent 2"]);
    }

    async fn an_accepted_mail_is_sent_although_the_server_does_not_part(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave([Behavior::StallQuit]);
        queue_one(&service, &ada).await;
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
        assert_eq!(rows(&db).await, ["invitation grace@example.com sent 1"]);
    }

    async fn a_refused_sender_fails_no_mail(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave([Behavior::RefuseSender("553 not your address")]);
        for _ in 0..2 {
            mail::send_test(&service, &ada.actor).await.unwrap();
        }
        assert_eq!(send_due(&service).await.unwrap(), Round::Unavailable);
        assert_eq!(rows(&db).await, ["test ada@example.com queued 1", "test ada@example.com queued 0"]);
        let error = newest_error(&db).await;
        assert!(error.contains("not your address"), "{error}");
        let counted = service::metrics::process(&service).mail_attempts;
        assert_eq!(counted, [("accepted", 0), ("refused", 0), ("deferred", 0), ("unavailable", 1)]);
    }

    async fn a_server_that_defers_mail_after_mail_gets_a_pause(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave((0..4).map(|_| Behavior::Refuse("451 later")));
        for _ in 0..4 {
            mail::send_test(&service, &ada.actor).await.unwrap();
        }
        assert_eq!(send_due(&service).await.unwrap(), Round::Unavailable);
        assert_eq!(server.connections(), 3);
    }

    async fn a_mail_that_waited_for_a_day_is_not_sent(db: TestDatabase) {
        let clock = clock();
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        let id = queue_one(&service, &ada).await;
        clock.set(service.now().plus_days(1).plus_millis(1));
        send_all(&service).await;
        let (state, error) = newest(&service, &ada).await;
        assert_eq!((state, error.as_deref()), (MailState::Failed, Some("The mail was not sent in time.")));
        assert_eq!(server.connections(), 0);
        mail::retry(&service, &ada.actor, id).await.unwrap();
        send_all(&service).await;
        assert_eq!(server.received().len(), 1);
    }

    async fn a_wrong_password_of_the_mail_server_fails_no_mail(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        let smtp_url = format!("smtp://user:p%40ss@{}", server.address);
        service.enable_mail(&MailSettings { smtp_url, ..server.settings() }).unwrap();
        queue_one(&service, &ada).await;
        // The server answers 530 to 538 if the credentials are wrong.
        server.behave([Behavior::Refuse("535 authentication failed")]);
        assert_eq!(send_due(&service).await.unwrap(), Round::Unavailable);
        assert_eq!(rows(&db).await, ["invitation grace@example.com queued 1"]);
        mail::send_test(&service, &ada.actor).await.unwrap();
        send_all(&service).await;
        let credentials = Some(("user".to_owned(), "p@ss".to_owned()));
        assert_eq!(server.received()[0].credentials, credentials);
    }
}
