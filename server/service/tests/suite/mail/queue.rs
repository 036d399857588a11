//! The queue: one mail once, claims, crashes, quotas, retention and tenant isolation.

use std::collections::BTreeSet;

use domain::MailId;
use domain::license::Reason;
use domain::mail::MailState;
use domain::permission::Role;
use sea_orm::Database;
use service::mail::{self, Round, send_due};
use service::member::{NewInvitation, invite, list, withdraw_invitation};
use service::{Clock, Error, RetentionPolicy, account, key_rotation, new_id, operator, prune};

use super::{clock, invitation_to, queue_one, rows, send_all, wait_for_rows};
use test_support::smtp::{Behavior, SmtpServer};
use test_support::{member, new_operator, on_both_databases, person, seller, texts};

on_both_databases! {
    async fn a_mail_is_sent_once_and_its_content_is_deleted(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        let made = invite(&service, &ada.actor, invitation_to("grace@example.com")).await.unwrap();
        assert_eq!(rows(&db).await, ["invitation grace@example.com queued 0"]);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT cast(count(body_sealed) AS text) AS text FROM mails";
        assert_eq!(texts(&connection, sql).await, ["1"]);
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
        assert_eq!(rows(&db).await, ["invitation grace@example.com sent 1"]);
        assert_eq!(texts(&connection, sql).await, ["0"], "the link is a credential");

        let received = server.received();
        assert_eq!((received.len(), server.connections()), (1, 1));
        assert_eq!(received[0].from, "licenses@example.com");
        assert_eq!(received[0].to, ["grace@example.com"]);
        assert_eq!(received[0].header("Subject"), Some("Invitation to ada"));
        let link = format!("http://127.0.0.1:3000/invitations/{}", made.token);
        assert_eq!(received[0].link("http://127.0.0.1:3000/invitations/"), link);
        assert!(received[0].html().contains(&format!("<a href=\"{link}\">")), "{}", received[0].html());
        let team = list(&service, &ada.actor).await.unwrap();
        let status = team.invitations[0].mail.clone().unwrap();
        assert_eq!((status.state, status.recipient.as_str()), (MailState::Sent, "grace@example.com"));
    }

    async fn without_a_mail_server_nothing_is_queued(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let made = invite(&service, &ada.actor, invitation_to("grace@example.com")).await.unwrap();
        assert!(!made.token.is_empty());
        assert_eq!(rows(&db).await, Vec::<String>::new());
        assert_eq!(mail::list(&service, &ada.actor, None).await.unwrap().sender, None);
        assert!(matches!(mail::send_test(&service, &ada.actor).await, Err(Error::Conflict(_))));
        assert_eq!(send_due(&service).await.unwrap(), Round::Done);
    }

    async fn a_node_that_stops_while_it_sends_loses_no_mail(db: TestDatabase) {
        let clock = clock();
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        server.behave([Behavior::Stall]);
        queue_one(&service, &ada).await;
        let node = service.clone();
        let sending = tokio::spawn(async move { send_due(&node).await });
        server.wait_for_stall().await;
        sending.abort();
        let _ = sending.await;
        service.close().await;

        let restarted = db.open_at(clock.clone()).await;
        server.enable(&restarted);
        assert_eq!(rows(&db).await, ["invitation grace@example.com queued 1"]);
        send_all(&restarted).await;
        assert_eq!(server.received().len(), 0, "the claim of the stopped node counts");
        clock.set(restarted.now().plus_millis(900_000));
        send_all(&restarted).await;
        assert_eq!(rows(&db).await, ["invitation grace@example.com sent 2"]);
        assert_eq!(server.received().len(), 1);
    }

    async fn mails_of_a_suspended_account_are_not_sent(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let (ada, olga) = (seller(&service, "ada").await, new_operator(&service, "olga").await);
        server.enable(&service);
        queue_one(&service, &ada).await;
        let by = account::member(&service, olga.user, None).await.unwrap();
        let reason = Reason::parse("reason", "Fraud").unwrap();
        operator::suspend_seller(&service, &by, ada.account, &reason, true).await.unwrap();
        account::request_password_reset(&service, "ada@example.com", None).unwrap();
        wait_for_rows(&db, 2).await;
        send_all(&service).await;
        let expected = ["invitation grace@example.com failed 1", "password_reset ada@example.com sent 1"];
        assert_eq!(rows(&db).await, expected);
    }

    async fn an_account_queues_500_mails_an_hour(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let (service, server) = (db.open_at(clock.clone()).await, SmtpServer::start().await);
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        server.enable(&service);
        let id = queue_one(&service, &ada).await;
        for _ in 1..domain::mail::MAX_PER_HOUR {
            mail::send_test(&service, &ada.actor).await.unwrap();
        }
        let invited = invite(&service, &ada.actor, invitation_to("jean@example.com")).await;
        assert!(matches!(invited, Err(Error::Conflict(_))));
        assert!(matches!(mail::send_test(&service, &ada.actor).await, Err(Error::Conflict(_))));
        assert!(matches!(mail::retry(&service, &ada.actor, id).await, Err(Error::Conflict(_))));
        mail::send_test(&service, &eve.actor).await.unwrap();
        let without_mail = NewInvitation { email: None, ..invitation_to("jean@example.com") };
        invite(&service, &ada.actor, without_mail).await.unwrap();
        clock.set(service.now().plus_millis(3_700_000));
        mail::send_test(&service, &ada.actor).await.unwrap();
    }

    async fn two_workers_send_each_mail_once(db: TestDatabase) {
        let (first, second, server) = (db.open().await, db.open().await, SmtpServer::start().await);
        let ada = seller(&first, "ada").await;
        for service in [&first, &second] {
            server.enable(service);
        }
        for n in 0..25 {
            invite(&first, &ada.actor, invitation_to(&format!("p{n}@example.com"))).await.unwrap();
        }
        tokio::join!(send_all(&first), send_all(&second));
        let received = server.received();
        let recipients: BTreeSet<String> = received.iter().map(|mail| mail.to[0].clone()).collect();
        assert_eq!((received.len(), recipients.len()), (25, 25));
    }

    async fn a_withdrawn_invitation_is_not_mailed(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        let made = invite(&service, &ada.actor, invitation_to("grace@example.com")).await.unwrap();
        withdraw_invitation(&service, &ada.actor, made.id).await.unwrap();
        send_all(&service).await;
        assert_eq!(server.received().len(), 0);
        let page = mail::list(&service, &ada.actor, None).await.unwrap();
        assert_eq!((page.mails[0].status.state, page.mails[0].can_retry), (MailState::Failed, false));
    }

    async fn mails_are_of_one_account_and_for_owners_and_admins(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        server.enable(&service);
        let id = queue_one(&service, &ada).await;
        for role in Role::ALL {
            let (account, user, _) = person(&service, role.as_str(), "ada", role).await;
            let actor = member(account, user, role.as_str(), role);
            let is_allowed = role <= Role::Admin;
            assert_eq!(mail::list(&service, &actor, None).await.is_ok(), is_allowed, "{role}");
            assert_eq!(mail::send_test(&service, &actor).await.is_ok(), is_allowed, "{role}");
        }
        assert_eq!(mail::list(&service, &eve.actor, None).await.unwrap().mails, []);
        for id in [id, MailId(new_id())] {
            assert!(matches!(mail::retry(&service, &eve.actor, id).await, Err(Error::NotFound)));
        }
    }

    async fn old_mails_are_deleted(db: TestDatabase) {
        let now = Clock::System.now();
        let (service, server) = (db.open_at(Clock::manual(now)).await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        queue_one(&service, &ada).await;
        let keep = RetentionPolicy { events: 1000, audit: None };
        for (days, deleted) in [(29, 0), (31, 1)] {
            let later = db.open_at(Clock::manual(now.plus_days(days))).await;
            assert_eq!(prune(&later, keep).await.unwrap(), deleted, "{days} days");
        }
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }

    async fn a_queued_mail_survives_a_rotation_of_the_master_key(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        let made = invite(&service, &ada.actor, invitation_to("grace@example.com")).await.unwrap();
        key_rotation::begin(&service, service::secrets::MasterKey::generate()).await.unwrap();
        while key_rotation::reseal(&service, |_| {}).await.unwrap() > 0 {}
        key_rotation::finish(&service).await.unwrap();
        send_all(&service).await;
        assert!(server.received()[0].link("http://127.0.0.1:3000/").ends_with(&made.token));
    }

    async fn pages_of_mails_follow_each_other(db: TestDatabase) {
        let (service, server) = (db.open().await, SmtpServer::start().await);
        let ada = seller(&service, "ada").await;
        server.enable(&service);
        for _ in 0..31 {
            mail::send_test(&service, &ada.actor).await.unwrap();
        }
        let first = mail::list(&service, &ada.actor, None).await.unwrap();
        assert_eq!(first.mails.len(), 30);
        assert_eq!(first.sender.as_deref(), Some("Countersign <licenses@example.com>"));
        let second = mail::list(&service, &ada.actor, first.older).await.unwrap();
        assert_eq!((second.mails.len(), second.older), (1, None));
        assert!(second.mails[0].id < first.mails[29].id);
    }
}
