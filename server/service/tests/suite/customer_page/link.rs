//! Links by mail that open the page.

use domain::customer::{CustomerRef, Identity};
use domain::license::NewLicense;
use domain::mail::MAX_LINKS_PER_ACCOUNT;
use domain::view::ActivationCursors;
use domain::{Email, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::customer_page::{check_link, list, open_by_link, request_link, show};
use service::{Clock, Error, access, customer, license};

use super::{START, issue_to, mailing, open, open_by_mail, texts_of};
use crate::agreement::whole;
use crate::mail::{rows, send_all, wait_for_rows};
use test_support::{on_both_databases, seller, texts};

on_both_databases! {
    async fn a_link_opens_the_licenses_of_its_address(db: TestDatabase) {
        let (service, server, ada) = mailing(&db, Clock::System).await;
        let ids = [issue_to(&service, &ada, "grace@x.example").await, issue_to(&service, &ada, "grace@x.example").await];
        let other = issue_to(&service, &ada, "jean@x.example").await;
        let session = open_by_mail(&service, &server, "grace@x.example").await;
        let shown = list(&service, &session, None).await.unwrap();
        assert_eq!(shown.licenses.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
        assert_eq!((shown.email.as_str(), shown.older), ("grace@x.example", None));
        let older = list(&service, &session, Some(ids[1])).await.unwrap();
        assert_eq!(older.licenses.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0]]);
        let opened = show(&service, &session, Some(ids[0]), &ActivationCursors::default()).await.unwrap();
        assert!(opened.domains.is_some() && opened.last_four.is_some());
        for id in [Some(other), None] {
            assert!(matches!(show(&service, &session, id, &ActivationCursors::default()).await, Err(Error::NotFound)));
        }
        // A license that is transferred is not the customer's any more.
        let email = Email::parse("jean@x.example").unwrap();
        license::transfer(&service, &ada.actor, ids[0], None, Some(&email)).await.unwrap();
        assert!(matches!(show(&service, &session, Some(ids[0]), &ActivationCursors::default()).await, Err(Error::NotFound)));
    }

    async fn a_page_that_a_key_opened_is_no_visit_of_the_customer(db: TestDatabase) {
        let (service, server, ada) = mailing(&db, Clock::System).await;
        let new = NewLicense { customer_email: Email::parse("grace@x.example").ok(), ..NewLicense::for_product(ada.product.id) };
        let issued = license::issue(&service, &ada.actor, new).await.unwrap().pop().unwrap();
        let last_visit = async || {
            access::flush_last_uses(&service).await.unwrap();
            let customers = customer::list_records(&service, &ada.actor, &whole(Vec::new())).await.unwrap().items;
            (customers[0].last_login_at, customers[0].last_seen_at)
        };
        let by_key = open(&service, &issued.key).await;
        show(&service, &by_key, None, &ActivationCursors::default()).await.unwrap();
        show(&service, &by_key, Some(issued.id), &ActivationCursors::default()).await.unwrap();
        assert_eq!(last_visit().await, (None, None));
        let by_link = open_by_mail(&service, &server, "grace@x.example").await;
        show(&service, &by_link, Some(issued.id), &ActivationCursors::default()).await.unwrap();
        let (signed_in, seen) = last_visit().await;
        assert!(signed_in.is_some() && seen.is_some());
    }

    async fn a_link_ends_with_the_hour_and_with_the_address(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let (service, server, ada) = mailing(&db, clock.clone()).await;
        issue_to(&service, &ada, "grace@x.example").await;
        let session = open_by_mail(&service, &server, "grace@x.example").await;
        let link = server.received().iter().rev().find_map(|mail| mail.text().contains(START).then(|| mail.link(START))).unwrap();
        let token = link.strip_prefix(START).unwrap();
        // A scanner that follows the link does not use it up, and neither does the customer.
        for _ in 0..2 {
            check_link(&service, "ada", token).await.unwrap();
            open_by_link(&service, "ada", token).await.unwrap();
        }
        seller(&service, "eve").await;
        for (seller, token) in [("eve", token), ("nobody", token), ("ada", &token[1..])] {
            assert!(matches!(check_link(&service, seller, token).await, Err(Error::NotFound)), "{seller}");
        }
        let grace = CustomerRef::Email(Email::parse("grace@x.example").unwrap());
        let id = customer::find(&service, &ada.actor, &grace).await.unwrap();
        let renamed = Identity { name: None, email: Some(Email::parse("g.hopper@x.example").unwrap()) };
        customer::update(&service, &ada.actor, id, renamed, None).await.unwrap();
        assert!(matches!(check_link(&service, "ada", token).await, Err(Error::NotFound)), "another address");
        assert!(matches!(list(&service, &session, None).await, Err(Error::NotFound)));
        let back = Identity { name: None, email: Some(Email::parse("grace@x.example").unwrap()) };
        customer::update(&service, &ada.actor, id, back, None).await.unwrap();
        clock.set(service.now().plus_millis(3_599_999));
        check_link(&service, "ada", token).await.unwrap();
        clock.set(service.now().plus_millis(1));
        assert!(matches!(check_link(&service, "ada", token).await, Err(Error::NotFound)), "an hour later");
    }

    async fn known_and_unknown_addresses_get_the_same_answer(db: TestDatabase) {
        let (service, _server, ada) = mailing(&db, Clock::System).await;
        issue_to(&service, &ada, "grace@x.example").await;
        let german = texts_of("de");
        for (seller, address) in [("ada", "grace@x.example"), ("ada", "nobody@x.example"), ("nobody", "grace@x.example")] {
            assert!(request_link(&service, seller, address, &german, Some("192.0.2.1")).is_ok(), "{seller} {address}");
        }
        assert_eq!(wait_for_rows(&db, 1).await, ["customer_link grace@x.example queued 0"]);
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT subject AS text FROM mails").await, ["Ihre Lizenzen von ada"]);
        let wrong = request_link(&service, "ada", "grace", &german, Some("192.0.2.1"));
        let Err(Error::Invalid(faults)) = wrong else { panic!("no address") };
        assert_eq!(faults[0].field, "email");
        // A customer gets three links an hour; the answer stays the same.
        for _ in 0..5 {
            request_link(&service, "ada", "grace@x.example", &german, Some("192.0.2.2")).unwrap();
        }
        wait_for_rows(&db, 3).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(rows(&db).await.len(), 3);
        for _ in 0..5 {
            let _ = request_link(&service, "ada", "nobody@x.example", &german, Some("192.0.2.2"));
        }
        let refused = request_link(&service, "ada", "nobody@x.example", &german, Some("192.0.2.2"));
        assert!(matches!(refused, Err(Error::TooManyTries(_))), "ten requests of a client");
    }

    async fn links_are_counted_for_all_nodes(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let (service, server, ada) = mailing(&db, clock.clone()).await;
        let other = db.open_at(clock.clone()).await;
        server.enable(&other);
        issue_to(&service, &ada, "grace@x.example").await;
        issue_to(&service, &ada, "jean@x.example").await;
        let ask = async |email: &str| {
            for (n, node) in [&service, &other, &service, &other].into_iter().enumerate() {
                request_link(node, "ada", email, &texts_of("en"), Some(&format!("192.0.2.{n}"))).unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        };
        ask("grace@x.example").await;
        assert_eq!(rows(&db).await.len(), 3, "of four requests at once");
        // The account has sent 200 links.
        let connection = Database::connect(&db.url).await.unwrap();
        for _ in 3..MAX_LINKS_PER_ACCOUNT {
            let id = service::new_id();
            let id = if db.is_sqlite() { format!("X'{}'", id.simple()) } else { format!("'{id}'::uuid") };
            let columns = "account_id, kind, recipient, subject, state, attempts, next_attempt_at, give_up_at, expires_at, \
                           created_at, state_at";
            let sql = format!("INSERT INTO mails (id, {columns}) SELECT {id}, {columns} FROM mails LIMIT 1");
            connection.execute_unprepared(&sql).await.unwrap();
        }
        connection.close().await.unwrap();
        ask("jean@x.example").await;
        assert_eq!(rows(&db).await.len(), MAX_LINKS_PER_ACCOUNT);
        clock.set(service.now().plus_millis(3_700_000));
        request_link(&service, "ada", "jean@x.example", &texts_of("en"), None).unwrap();
        wait_for_rows(&db, MAX_LINKS_PER_ACCOUNT + 1).await;
    }

    async fn an_erasure_leaves_no_mail_of_a_request_in_flight(db: TestDatabase) {
        let (service, _server, ada) = mailing(&db, Clock::System).await;
        for n in 0..20_u64 {
            let email = format!("grace{n}@x.example");
            issue_to(&service, &ada, &email).await;
            let grace = CustomerRef::Email(Email::parse(&email).unwrap());
            let id = customer::find(&service, &ada.actor, &grace).await.unwrap();
            request_link(&service, "ada", &email, &texts_of("en"), Some(&format!("192.0.2.{n}"))).unwrap();
            // The request is in another phase each time.
            tokio::time::sleep(std::time::Duration::from_micros(n * 300)).await;
            customer::erase(&service, &ada.actor, id).await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }

    async fn a_link_is_not_sent_to_an_address_that_changed(db: TestDatabase) {
        let (service, server, ada) = mailing(&db, Clock::System).await;
        issue_to(&service, &ada, "grace@x.example").await;
        request_link(&service, "ada", "grace@x.example", &texts_of("en"), None).unwrap();
        wait_for_rows(&db, 1).await;
        let grace = CustomerRef::Email(Email::parse("grace@x.example").unwrap());
        let id = customer::find(&service, &ada.actor, &grace).await.unwrap();
        let renamed = Identity { name: None, email: Some(Email::parse("g.hopper@x.example").unwrap()) };
        customer::update(&service, &ada.actor, id, renamed, None).await.unwrap();
        send_all(&service).await;
        assert_eq!(rows(&db).await, ["customer_link grace@x.example failed 1"]);
        assert!(server.received().is_empty());
    }

    async fn a_merger_closes_the_page_of_the_customer_that_ends(db: TestDatabase) {
        let (service, server, ada) = mailing(&db, Clock::System).await;
        let ids = [issue_to(&service, &ada, "grace@x.example").await, issue_to(&service, &ada, "jean@x.example").await];
        let grace = open_by_mail(&service, &server, "grace@x.example").await;
        let jean = open_by_mail(&service, &server, "jean@x.example").await;
        let find = async |email: &str| {
            let email = CustomerRef::Email(Email::parse(email).unwrap());
            customer::find(&service, &ada.actor, &email).await.unwrap()
        };
        let (keep, other) = (find("grace@x.example").await, find("jean@x.example").await);
        customer::merge(&service, &ada.actor, keep, other).await.unwrap();
        assert!(matches!(list(&service, &jean, None).await, Err(Error::NotFound)));
        let shown = show(&service, &jean, Some(ids[1]), &ActivationCursors::default()).await;
        assert!(matches!(shown, Err(Error::NotFound)));
        let shown = list(&service, &grace, None).await.unwrap();
        assert_eq!(shown.licenses.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
    }

    async fn without_mail_no_link_is_made(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        issue_to(&service, &ada, "grace@x.example").await;
        let asked = request_link(&service, "ada", "grace@x.example", &texts_of("en"), None);
        assert!(matches!(asked, Err(Error::Conflict(_))));
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }
}
