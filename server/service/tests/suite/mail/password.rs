//! A lost password, and the notices about the own sign-in.

use domain::{Email, Timestamp};
use service::account::second_factor::{disable, show};
use service::account::{
    SignIn, SignInRequest, change_password, request_password_reset, reset_password, reset_password_by_link,
    show_password_reset, sign_in,
};
use service::{Clock, Error, Service, session};

use super::{rows, send_all, wait_for_rows};
use crate::second_factor::switch_on;
use test_support::smtp::SmtpServer;
use test_support::{PASSWORD, Seller, TestDatabase, on_both_databases, seller};

const NEW: &str = "zwölf Äpfel im Korb";

/// Opens a service that sends to a server, and a seller.
async fn open(db: &TestDatabase, clock: Clock) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open_at(clock).await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}

/// Asks for a link and returns its token. `mails` is the number of all mails then.
async fn token(service: &Service, server: &SmtpServer, db: &TestDatabase, mails: usize) -> String {
    request_password_reset(service, " ADA@example.com ", Some("192.0.2.1")).unwrap();
    wait_for_rows(db, mails).await;
    send_all(service).await;
    let start = "http://127.0.0.1:3000/reset/";
    let received = server.received();
    let latest = received.iter().rfind(|mail| mail.header("Subject") == Some("Set a new password"));
    latest.expect("a mail with a link").link(start).strip_prefix(start).unwrap().to_owned()
}

async fn attempt(service: &Service, password: &str, device: Option<&str>) -> service::Result<SignIn> {
    let request = SignInRequest {
        email: "ada@example.com",
        password: password.to_owned(),
        address: Some("192.0.2.7"),
        device_cookie: device,
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    };
    sign_in(service, request).await
}

fn is_conflict<T>(result: &service::Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

on_both_databases! {
    async fn a_link_sets_a_new_password_once(db: TestDatabase) {
        let (service, server, ada) = open(&db, Clock::System).await;
        let stored = session::SessionRecord { data: "{}".into(), expires_at: Timestamp::MAX, ..Default::default() };
        session::create(&service, b"1234567890123456", Some(ada.user), stored).await.unwrap();
        let (first, second) = (token(&service, &server, &db, 1).await, token(&service, &server, &db, 2).await);
        assert_ne!(first, second);
        assert_eq!(show_password_reset(&service, &first).await.unwrap(), "ada@example.com");
        for (password, field) in [("short", "password"), ("my ada@example.com", "password")] {
            let refused = reset_password_by_link(&service, &first, password.to_owned(), None).await;
            let Err(Error::Invalid(faults)) = refused else { panic!("accepted") };
            assert_eq!(faults[0].field, field);
        }
        reset_password_by_link(&service, &first, NEW.to_owned(), None).await.unwrap();
        assert!(session::load(&service, b"1234567890123456").await.unwrap().is_none(), "signed out");
        assert!(attempt(&service, PASSWORD, None).await.is_err());
        assert!(matches!(attempt(&service, NEW, None).await, Ok(SignIn::Done(_))));
        for used in [&first, &second] {
            assert!(is_conflict(&reset_password_by_link(&service, used, NEW.to_owned(), None).await));
            assert!(matches!(show_password_reset(&service, used).await, Err(Error::NotFound)));
        }
    }

    async fn two_requests_with_one_link_set_one_password(db: TestDatabase) {
        let (service, server, _) = open(&db, Clock::System).await;
        let link = token(&service, &server, &db, 1).await;
        let other = db.open().await;
        let (a, b) = tokio::join!(
            reset_password_by_link(&service, &link, NEW.to_owned(), None),
            reset_password_by_link(&other, &link, "correct staple lamp".to_owned(), None),
        );
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    }

    async fn a_link_works_for_an_hour(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let (service, server, _) = open(&db, clock.clone()).await;
        let link = token(&service, &server, &db, 1).await;
        clock.set(service.now().plus_millis(3_599_999));
        assert!(show_password_reset(&service, &link).await.is_ok());
        clock.set(service.now().plus_millis(1));
        assert!(matches!(show_password_reset(&service, &link).await, Err(Error::NotFound)));
        assert!(is_conflict(&reset_password_by_link(&service, &link, NEW.to_owned(), None).await));
    }

    async fn a_new_password_ends_earlier_links(db: TestDatabase) {
        let (service, server, _) = open(&db, Clock::System).await;
        let link = token(&service, &server, &db, 1).await;
        let email = Email::parse("ada@example.com").unwrap();
        reset_password(&service, &email, "correct staple lamp".to_owned()).await.unwrap();
        assert!(is_conflict(&reset_password_by_link(&service, &link, NEW.to_owned(), None).await));
    }

    async fn the_second_factor_stays_on(db: TestDatabase) {
        let (service, server, ada) = open(&db, Clock::System).await;
        switch_on(&service, &ada.actor).await;
        let link = token(&service, &server, &db, 2).await;
        reset_password_by_link(&service, &link, NEW.to_owned(), None).await.unwrap();
        assert!(show(&service, &ada.actor).await.unwrap().is_on());
        assert!(matches!(attempt(&service, NEW, None).await, Ok(SignIn::SecondFactor(_))));
    }

    async fn known_and_unknown_addresses_get_the_same_answer(db: TestDatabase) {
        let (service, server, _) = open(&db, Clock::System).await;
        for address in ["ada@example.com", "nobody@example.com"] {
            assert!(request_password_reset(&service, address, Some("192.0.2.1")).is_ok(), "{address}");
        }
        assert_eq!(wait_for_rows(&db, 1).await, ["password_reset ada@example.com queued 0"]);
        let wrong = request_password_reset(&service, "ada", Some("192.0.2.1"));
        let Err(Error::Invalid(faults)) = wrong else { panic!("no address") };
        assert_eq!(faults[0].field, "email");
        // A user gets three links an hour; the answer stays the same.
        for _ in 0..5 {
            request_password_reset(&service, "ada@example.com", Some("192.0.2.2")).unwrap();
        }
        wait_for_rows(&db, 3).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(rows(&db).await.len(), 3);
        for _ in 0..5 {
            let _ = request_password_reset(&service, "nobody@example.com", Some("192.0.2.2"));
        }
        let refused = request_password_reset(&service, "nobody@example.com", Some("192.0.2.2"));
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "ten requests of a client");
        send_all(&service).await;
        assert_eq!(server.received().len(), 3);
    }

    async fn without_mail_no_link_is_made(db: TestDatabase) {
        let service = db.open().await;
        seller(&service, "ada").await;
        assert!(is_conflict(&request_password_reset(&service, "ada@example.com", None)));
        assert!(attempt(&service, PASSWORD, None).await.is_ok());
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }

    async fn a_new_browser_is_noticed_once(db: TestDatabase) {
        let (service, server, _) = open(&db, Clock::System).await;
        let Ok(SignIn::Done(signed_in)) = attempt(&service, PASSWORD, None).await else { panic!("not signed in") };
        assert_eq!(wait_for_rows(&db, 1).await, ["new_browser ada@example.com queued 0"]);
        send_all(&service).await;
        let text = server.received()[0].text();
        for part in ["Browser: Firefox on Linux", "Address: 192.0.2.7", "http://127.0.0.1:3000/account"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        attempt(&service, PASSWORD, Some(&signed_in.device_cookie)).await.unwrap();
        assert!(attempt(&service, "wrong password", None).await.is_err());
        // Another user's cookie does not make the browser known.
        let eve = seller(&service, "eve").await;
        let request = SignInRequest {
            email: &eve.email,
            password: PASSWORD.to_owned(),
            address: None,
            device_cookie: Some(&signed_in.device_cookie),
            user_agent: None,
        };
        sign_in(&service, request).await.unwrap();
        let rows = wait_for_rows(&db, 2).await;
        assert_eq!(rows, ["new_browser ada@example.com sent 1", "new_browser eve@example.com queued 0"]);
    }

    async fn changes_of_the_sign_in_are_noticed(db: TestDatabase) {
        let (service, server, ada) = open(&db, Clock::System).await;
        let proof = |password: &str, code: Option<&String>| service::account::second_factor::Proof {
            password: password.to_owned(),
            code: code.cloned(),
        };
        change_password(&service, &ada.actor, proof(PASSWORD, None), NEW.to_owned()).await.unwrap();
        change_password(&service, &ada.actor, proof(NEW, None), PASSWORD.to_owned()).await.unwrap();
        let (_, codes) = switch_on(&service, &ada.actor).await;
        disable(&service, &ada.actor, proof(PASSWORD, codes.first())).await.unwrap();
        assert_eq!(rows(&db).await, [
            "password_changed ada@example.com queued 0",
            "password_changed ada@example.com queued 0",
            "second_factor_changed ada@example.com queued 0",
            "second_factor_changed ada@example.com queued 0",
        ]);
        send_all(&service).await;
        let texts: Vec<String> = server.received().iter().map(test_support::smtp::ReceivedMail::text).collect();
        assert!(texts[2].contains("switched on") && texts[3].contains("switched off"), "{texts:?}");
        assert!(texts.iter().all(|text| text.contains("http://127.0.0.1:3000/sign-in/reset")));
    }
}
