//! Links to sign up: what a link proves, how often it works, and when it ends.

use std::sync::Arc;

use domain::Timestamp;
use domain::invitation::INVITATION_LIFETIME_MS;
use domain::sign_up::{SIGN_UP_LIFETIME_MS, SignUpPolicy};
use sea_orm::Database;
use service::account::member;
use service::operator::{invite_seller, list_seller_invitations};
use service::sign_up::{NewSeller, request_sign_up, show_link, sign_up, sign_up_by_link};
use service::{Clock, Error, RetentionPolicy, Service, prune};
use tokio::sync::Barrier;

use super::{AT, email, is_conflict, new_seller, open, open_with_mail, proved, slugs, token};
use crate::mail::{rows, send_all, wait_for_rows};
use test_support::smtp::SmtpServer;
use test_support::{on_both_databases, texts};

on_both_databases! {
    async fn a_mailed_link_proves_the_address_and_works_once(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        assert!(is_conflict(&sign_up(&service, new_seller("noor")).await), "the address is proved first");
        let link = token(&service, &server, &db, 1).await;
        let shown = show_link(&service, &link).await.unwrap();
        assert_eq!((shown.email.as_deref(), shown.is_address_proved), (Some("noor@example.com"), true));
        assert_eq!((shown.invited_by, shown.refusal), (None, None));
        // The link's address counts, and no other.
        let new = NewSeller { email: Some(email("eve@example.com")), ..proved("noor") };
        let noor = sign_up_by_link(&service, &link, new).await.unwrap();
        let owner = member(&service, noor.user, None).await.unwrap();
        assert_eq!(owner.me.email, "noor@example.com");
        assert!(is_conflict(&sign_up_by_link(&service, &link, proved("eve")).await), "a link works once");
        assert!(show_link(&service, &link).await.unwrap().refusal.is_some());
        let unknown = show_link(&service, "no such token").await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }

    async fn two_requests_with_one_link_make_one_account(db: TestDatabase) {
        let (service, by) = open(&db, Clock::System, SignUpPolicy::Invitation).await;
        let other = db.open().await;
        other.set_sign_up(SignUpPolicy::Invitation);
        let made = invite_seller(&service, &by, None).await.unwrap();
        let start = Arc::new(Barrier::new(2));
        let run = |service: Service, name: &'static str| {
            let (start, token) = (Arc::clone(&start), made.token.clone());
            tokio::spawn(async move {
                start.wait().await;
                sign_up_by_link(&service, &token, new_seller(name)).await.is_ok()
            })
        };
        let (first, second) = (run(service.clone(), "noor"), run(other, "lise"));
        assert_eq!(usize::from(first.await.unwrap()) + usize::from(second.await.unwrap()), 1);
        assert_eq!(slugs(&service, &by).await, ["olga", "shop"]);
    }

    async fn links_end_by_their_time_and_are_deleted(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let (service, by) = open(&db, clock.clone(), SignUpPolicy::Open).await;
        let server = SmtpServer::start().await;
        server.enable(&service);
        let asked_for = token(&service, &server, &db, 1).await;
        let invited = invite_seller(&service, &by, None).await.unwrap().token;
        clock.set(Timestamp::from_millis(AT + SIGN_UP_LIFETIME_MS - 1));
        assert!(show_link(&service, &asked_for).await.unwrap().refusal.is_none());
        clock.set(Timestamp::from_millis(AT + SIGN_UP_LIFETIME_MS));
        assert!(is_conflict(&sign_up_by_link(&service, &asked_for, proved("noor")).await));
        assert!(show_link(&service, &invited).await.unwrap().refusal.is_none());
        prune(&service, RetentionPolicy { events: 30, audit: None }).await.unwrap();
        assert!(matches!(show_link(&service, &asked_for).await, Err(Error::NotFound)));
        clock.set(Timestamp::from_millis(AT + INVITATION_LIFETIME_MS));
        assert!(is_conflict(&sign_up_by_link(&service, &invited, new_seller("lise")).await));
        assert_eq!(list_seller_invitations(&service, &by).await.unwrap(), []);
        prune(&service, RetentionPolicy { events: 30, audit: None }).await.unwrap();
        assert!(matches!(show_link(&service, &invited).await, Err(Error::NotFound)));
    }

    async fn the_answer_does_not_tell_whether_an_address_is_in_use(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        for address in ["olga@example.com", "noor@example.com"] {
            assert!(request_sign_up(&service, address, Some("192.0.2.1")).is_ok(), "{address}");
        }
        let mut queued = wait_for_rows(&db, 2).await;
        queued.sort();
        assert_eq!(queued, ["sign_up noor@example.com queued 0", "sign_up olga@example.com queued 0"]);
        send_all(&service).await;
        let subject_to = |to: &str| {
            let received = server.received();
            let mail = received.iter().find(|mail| mail.to == [to]).expect("a mail");
            mail.header("Subject").map(ToOwned::to_owned)
        };
        assert_eq!(subject_to("olga@example.com").as_deref(), Some("You have an account already"));
        assert_eq!(subject_to("noor@example.com").as_deref(), Some("Create your account"));
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT email AS text FROM sign_up_links").await, ["noor@example.com"]);
        // An address gets three mails an hour; the answer stays the same.
        for _ in 0..5 {
            request_sign_up(&service, "olga@example.com", Some("192.0.2.2")).unwrap();
        }
        wait_for_rows(&db, 4).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(rows(&db).await.len(), 4);
        for _ in 0..5 {
            request_sign_up(&service, "olga@example.com", Some("192.0.2.2")).unwrap();
        }
        let refused = request_sign_up(&service, "olga@example.com", Some("192.0.2.2"));
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "ten requests of a network");
    }

    async fn a_second_link_is_refused_once_its_address_has_signed_up(db: TestDatabase) {
        let (service, server) = open_with_mail(&db, Clock::System).await;
        let first = token(&service, &server, &db, 1).await;
        let second = token(&service, &server, &db, 2).await;
        sign_up_by_link(&service, &first, proved("noor")).await.unwrap();
        assert!(is_conflict(&sign_up_by_link(&service, &second, proved("noor")).await));
    }
}
