//! The customer's page: keys and links that open it, the rule of releases, also in races, and its brand.

use std::sync::Arc;

use domain::brand::Brand;
use domain::customer::{CustomerRef, Identity};
use domain::development::DevelopmentHosts;
use domain::license::{NewLicense, Reason, Standing};
use domain::locale::Locales;
use domain::mail::MAX_LINKS_PER_ACCOUNT;
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::view::ActivationCursors;
use domain::{ActivationId, CustomerRelease, Email, KeyGrace, LicenseId, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::activation::{activate, verify};
use service::customer_page::{
    CustomerSession, ReleaseOutcome, brand, change_brand, check_link, free, list, move_domain, open_by_key,
    open_by_link, request_link, show, style_sheet,
};
use service::{Clock, Error, Service, customer, license, operator, product};
use tokio::sync::Barrier;

use crate::mail::{rows, send_all, wait_for_rows};
use test_support::smtp::SmtpServer;
use test_support::{Seller, TestDatabase, host, new_operator, on_both_databases, person, seller, texts};

const START: &str = "http://127.0.0.1:3000/manage/ada/link/";

/// Sets how often customers of the seller's product may free.
pub async fn set_rule(service: &Service, seller: &Seller, rule: CustomerRelease) {
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let settings = ProductSettings { customer_release: rule, ..shown.settings().unwrap() };
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

/// Returns the newest activation of a license.
pub async fn slot_of(service: &Service, seller: &Seller, id: LicenseId) -> ActivationId {
    let shown = license::show(service, &seller.actor, id).await.unwrap();
    shown.activations().next().and_then(|row| row.id).expect("an activation")
}

fn texts_of(language: &str) -> Arc<domain::locale::Texts> {
    Locales::built_in().unwrap().choose(Some(language), None)
}

/// Asks for a link and opens the page by it.
pub async fn open_by_mail(service: &Service, server: &SmtpServer, email: &str) -> CustomerSession {
    request_link(service, "ada", email, &texts_of("en"), Some("192.0.2.1")).unwrap();
    let find = || {
        let received = server.received();
        received
            .iter()
            .rfind(|mail| mail.to == [email] && mail.text().contains(START))
            .map(|mail| mail.link(START))
    };
    while find().is_none() {
        send_all(service).await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let link = find().unwrap();
    open_by_link(service, "ada", link.strip_prefix(START).unwrap()).await.unwrap()
}

async fn open(service: &Service, key: &domain::LicenseKey) -> CustomerSession {
    open_by_key(service, None, key.expose(), None).await.unwrap().expect("an open page").0
}

/// Issues a license to Grace and returns its id.
async fn issue_to(service: &Service, seller: &Seller, email: &str) -> LicenseId {
    let new = NewLicense {
        customer_email: Some(Email::parse(email).unwrap()),
        domain_limit: Some(domain::license::Limit::new(2)),
        ..NewLicense::for_product(seller.product.id)
    };
    license::issue(service, &seller.actor, new).await.unwrap()[0].id
}

async fn mailing(db: &TestDatabase, clock: Clock) -> (Service, SmtpServer, Seller) {
    let (service, server) = (db.open_at(clock).await, SmtpServer::start().await);
    let ada = seller(&service, "ada").await;
    server.enable(&service);
    (service, server, ada)
}

on_both_databases! {
    async fn a_key_opens_its_license_in_any_spelling(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 3).await;
        activate(&service, &key, &host("shop.example"), None).await.unwrap();
        for text in [key.expose().to_owned(), format!("  {} ", key.expose().to_lowercase()), key.expose().replace('-', " ")] {
            let (session, slug) = open_by_key(&service, Some("ada"), &text, None).await.unwrap().expect("an open page");
            assert_eq!(slug, "ada");
            let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
            assert_eq!((shown.license.standing, shown.license.domains_used), (Standing::Active, 1));
            assert!(shown.domains.is_none() && shown.last_four.is_none(), "the app's users need not learn the domains");
        }
        for text in ["", "LIC-0000-0000-0000-0000", "x", "a@b.example", &"A".repeat(5000)] {
            assert!(open_by_key(&service, None, text, None).await.unwrap().is_none(), "{text}");
        }
        let shown = show(&service, &open(&service, &key).await, None, &ActivationCursors::default()).await.unwrap();
        assert!(!shown.has_address, "no link can be sent");
        let email = Email::parse("grace@x.example").unwrap();
        license::transfer(&service, &ada.actor, id, None, Some(&email)).await.unwrap();
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        let shown = show(&service, &open(&service, &key).await, None, &ActivationCursors::default()).await.unwrap();
        assert!(shown.has_address);
        assert_eq!(shown.domains.unwrap().rows[0].subject, "shop.example");
    }

    async fn a_replaced_key_closes_the_page(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let session = open(&service, &key).await;
        license::replace_key(&service, &ada.actor, id, KeyGrace::parse("7").unwrap()).await.unwrap();
        let shown = show(&service, &session, None, &ActivationCursors::default()).await;
        assert!(matches!(shown, Err(Error::NotFound)));
        // The former key opens the page while apps may send it.
        let former = open(&service, &key).await;
        assert!(show(&service, &former, None, &ActivationCursors::default()).await.is_ok());
        license::retire_former_keys(&service, &ada.actor, id).await.unwrap();
        assert!(open_by_key(&service, None, key.expose(), None).await.unwrap().is_none());
        let shown = show(&service, &former, None, &ActivationCursors::default()).await;
        assert!(matches!(shown, Err(Error::NotFound)), "the page is closed with the former key");
        let freed = free(&service, &former, id, ActivationId(service::new_id()), None).await;
        assert!(matches!(freed, Err(Error::NotFound)));
    }

    async fn a_former_key_opens_the_page_until_its_grace_time_ends(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        license::replace_key(&service, &ada.actor, id, KeyGrace::parse("1").unwrap()).await.unwrap();
        clock.set(service.now().plus_days(1).plus_millis(-1000));
        let former = open_by_key(&service, None, &key.expose().to_lowercase(), None).await.unwrap().expect("an open page").0;
        assert!(show(&service, &former, None, &ActivationCursors::default()).await.is_ok());
        // Another replacement leaves the grace time as it is.
        license::replace_key(&service, &ada.actor, id, KeyGrace::parse("7").unwrap()).await.unwrap();
        assert!(show(&service, &former, None, &ActivationCursors::default()).await.is_ok());
        clock.set(service.now().plus_millis(1001));
        assert!(matches!(show(&service, &former, None, &ActivationCursors::default()).await, Err(Error::NotFound)));
    }

    async fn a_session_lasts_an_hour(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (_, key) = test_support::license(&service, &ada, 1).await;
        let cookie = open(&service, &key).await.seal(&service).unwrap();
        assert!(CustomerSession::open(&service, &cookie).is_some());
        assert!(CustomerSession::open(&service, &cookie[1..]).is_none(), "a changed cookie");
        clock.set(service.now().plus_millis(3_599_999));
        assert!(CustomerSession::open(&service, &cookie).is_some());
        clock.set(service.now().plus_millis(1));
        assert!(CustomerSession::open(&service, &cookie).is_none());
    }

    async fn attempts_with_keys_are_limited(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (_, key) = test_support::license(&service, &ada, 1).await;
        for _ in 0..20 {
            assert!(open_by_key(&service, None, "LIC-0000-0000-0000-0000", Some("192.0.2.1")).await.unwrap().is_none());
        }
        let refused = open_by_key(&service, None, key.expose(), Some("192.0.2.1")).await;
        assert!(matches!(refused, Err(Error::TooManyTries(_))));
        assert!(open_by_key(&service, None, key.expose(), Some("192.0.2.2")).await.unwrap().is_some());
    }

    async fn the_rule_of_the_product_counts(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let (id, key) = test_support::license(&service, &ada, 3).await;
        for domain in ["a.com", "b.com", "c.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
            clock.set(service.now().plus_millis(1));
        }
        let session = open(&service, &key).await;
        let release = async || {
            let slot = slot_of(&service, &ada, id).await;
            free(&service, &session, id, slot, Some("192.0.2.7".into())).await.unwrap()
        };
        assert_eq!(release().await, ReleaseOutcome::Never);
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        let freed_at = service.now();
        assert_eq!(release().await, ReleaseOutcome::Done);
        assert!(verify(&service, &key, &host("c.com"), None).await.unwrap() != verify(&service, &key, &host("b.com"), None).await.unwrap());
        assert_eq!(release().await, ReleaseOutcome::NotBefore(freed_at.plus_days(7)));
        // A move counts as a release.
        let slot = slot_of(&service, &ada, id).await;
        let moved = move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap();
        assert_eq!(moved, ReleaseOutcome::NotBefore(freed_at.plus_days(7)));
        set_rule(&service, &ada, CustomerRelease::Always).await;
        assert_eq!(move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap(), ReleaseOutcome::Done);
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        assert_eq!(release().await, ReleaseOutcome::NotBefore(freed_at.plus_days(7)), "also a move under “always”");

        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail || ' ' || COALESCE(ip, '-') AS text \
                   FROM audit_entries WHERE actor_kind = 'customer' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "customer customer activation.deleted c.com 192.0.2.7",
            "customer customer activation.deleted b.com -",
            "customer customer activation.created d.com -",
        ]);
    }

    async fn a_development_host_does_not_use_the_period_up(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let shown = product::show(&service, &ada.actor, ada.product.id).await.unwrap();
        let settings = ProductSettings {
            customer_release: CustomerRelease::OnceInDays(7),
            development: DevelopmentHosts::parse(true, "dev.*").unwrap(),
            ..shown.settings().unwrap()
        };
        product::update(&service, &ada.actor, ada.product.id, settings).await.unwrap();
        let (id, key) = test_support::license(&service, &ada, 1).await;
        let session = open(&service, &key).await;
        let mut done = Vec::new();
        for domain in ["dev.a.com", "a.com", "dev.b.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
            let page = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
            let row = page.domains.unwrap().rows.remove(0);
            let slot = slot_of(&service, &ada, id).await;
            done.push((row.takes_slot, free(&service, &session, id, slot, None).await.unwrap() == ReleaseOutcome::Done));
        }
        assert_eq!(done, [(false, true), (true, true), (false, false)]);
    }

    async fn one_of_many_requests_frees_in_a_period(db: TestDatabase) {
        const TASKS: usize = 40;
        let services = [db.open().await, db.open().await];
        let ada = seller(&services[0], "ada").await;
        set_rule(&services[0], &ada, CustomerRelease::OnceInDays(1)).await;
        let (id, key) = test_support::license(&services[0], &ada, 50).await;
        for n in 0..TASKS {
            activate(&services[0], &key, &host(&format!("{n}.com")), None).await.unwrap();
        }
        let mut slots = Vec::new();
        let mut cursors = ActivationCursors::default();
        loop {
            let page = license::show_from(&services[0], &ada.actor, id, &cursors).await.unwrap().domains;
            slots.extend(page.rows.iter().filter_map(|row| row.id));
            let Some(more) = page.more else { break };
            cursors.domains = Some(more);
        }
        assert_eq!(slots.len(), TASKS);
        let session = open(&services[0], &key).await;
        let start = Arc::new(Barrier::new(TASKS));
        let tasks: Vec<_> = slots.into_iter().enumerate().map(|(n, slot)| {
            let (service, start, session) = (services[n % 2].clone(), Arc::clone(&start), session.clone());
            tokio::spawn(async move {
                start.wait().await;
                if n % 4 < 2 {
                    free(&service, &session, id, slot, None).await.unwrap()
                } else {
                    move_domain(&service, &session, id, slot, &host(&format!("new{n}.com")), None).await.unwrap()
                }
            })
        }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                ReleaseOutcome::Done => done += 1,
                ReleaseOutcome::NotBefore(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 1);
    }

    async fn a_move_that_is_sent_twice_succeeds_once(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        set_rule(&service, &ada, CustomerRelease::OnceInDays(7)).await;
        let (id, key) = test_support::license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let session = open(&service, &key).await;
        let slot = slot_of(&service, &ada, id).await;
        let to = async |domain: &str| move_domain(&service, &session, id, slot, &host(domain), None).await.unwrap();
        assert_eq!(to("b.com").await, ReleaseOutcome::Done);
        assert_eq!(to("b.com").await, ReleaseOutcome::Done);
        assert_eq!(to("c.com").await, ReleaseOutcome::Gone);
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT action || ' ' || detail AS text FROM audit_entries WHERE actor_kind = 'customer' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, ["activation.deleted a.com", "activation.created b.com"]);
        // A key whose holder must not see the domains learns nothing by a guess.
        set_rule(&service, &ada, CustomerRelease::Never).await;
        assert_eq!(to("b.com").await, ReleaseOutcome::Never);
    }

    async fn a_move_needs_an_active_license_and_another_domain(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        set_rule(&service, &ada, CustomerRelease::Always).await;
        let (id, key) = test_support::license(&service, &ada, 2).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        let session = open(&service, &key).await;
        let slot = slot_of(&service, &ada, id).await;
        let to = async |slot, domain: &str| move_domain(&service, &session, id, slot, &host(domain), None).await.unwrap();
        assert_eq!(to(slot, "a.com").await, ReleaseOutcome::ActiveAlready);
        assert_eq!(to(ActivationId(service::new_id()), "c.com").await, ReleaseOutcome::Gone);
        license::suspend(&service, &ada.actor, id, None).await.unwrap();
        assert_eq!(to(slot, "c.com").await, ReleaseOutcome::NotActive);
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        assert_eq!((shown.license.standing, shown.license.domains_used), (Standing::Suspended, 2));
        // A slot can be freed in every standing, as an app can.
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Done);
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Gone);
    }

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

    async fn a_suspended_seller_frees_only_while_apps_go_on(db: TestDatabase) {
        let (service, _server, ada) = mailing(&db, Clock::System).await;
        let olga = new_operator(&service, "olga").await;
        let by = service::account::member(&service, olga.user, None).await.unwrap();
        set_rule(&service, &ada, CustomerRelease::Always).await;
        let (id, key) = test_support::license(&service, &ada, 3).await;
        for domain in ["a.com", "b.com", "c.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        issue_to(&service, &ada, "grace@x.example").await;
        let reason = Reason::parse("reason", "Fraud").unwrap();
        operator::suspend_seller(&service, &by, ada.account, &reason, false).await.unwrap();
        let session = open(&service, &key).await;
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        assert_eq!(shown.license.standing, Standing::Active);
        assert!(!brand(&service, "ada").await.unwrap().are_apps_stopped);
        let slot = slot_of(&service, &ada, id).await;
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Done);

        operator::suspend_seller(&service, &by, ada.account, &reason, true).await.unwrap();
        let session = open(&service, &key).await;
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        let rows = shown.domains.unwrap().rows;
        assert_eq!((shown.license.standing, rows.len()), (Standing::Suspended, 2));
        assert!(rows.iter().all(|row| row.id.is_none()), "no form to free");
        assert!(brand(&service, "ada").await.unwrap().are_apps_stopped);
        let slot = slot_of(&service, &ada, id).await;
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::SellerSuspended);
        let moved = move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap();
        assert_eq!(moved, ReleaseOutcome::SellerSuspended);
        request_link(&service, "ada", "grace@x.example", &texts_of("en"), None).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(crate::mail::rows(&db).await, Vec::<String>::new());
    }

    async fn without_mail_no_link_is_made(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        issue_to(&service, &ada, "grace@x.example").await;
        let asked = request_link(&service, "ada", "grace@x.example", &texts_of("en"), None);
        assert!(matches!(asked, Err(Error::Conflict(_))));
        assert_eq!(rows(&db).await, Vec::<String>::new());
    }

    async fn the_brand_is_the_sellers(db: TestDatabase) {
        let service = db.open().await;
        let (ada, _) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let shown = brand(&service, "ada").await.unwrap();
        assert_eq!((shown.name.as_str(), shown.logo.as_str(), shown.color), ("ada", "ada", None));
        change_brand(&service, &ada.actor, Brand::parse("Maple & Co", "MAPLE", "#ffdd00").unwrap().into()).await.unwrap();
        let shown = brand(&service, "ada").await.unwrap();
        assert_eq!((shown.name.as_str(), shown.logo.as_str(), shown.color.as_deref()), ("Maple & Co", "MAPLE", Some("#ffdd00")));
        let (sheet, color) = style_sheet(&service, "ada").await.unwrap();
        assert!(sheet.contains("--accent:light-dark(#") && !sheet.contains("light-dark(#ffdd00"), "too bright for the light theme: {sheet}");
        assert_eq!(color.as_deref(), Some("#ffdd00"));
        assert_eq!(style_sheet(&service, "eve").await.unwrap(), (String::new(), None));
        assert!(matches!(brand(&service, "nobody").await, Err(Error::NotFound)));
        let (_, user, _) = person(&service, "vera", "ada", Role::Support).await;
        let vera = test_support::member(ada.account, user, "vera", Role::Support);
        assert!(matches!(change_brand(&service, &vera, Brand::default().into()).await, Err(Error::Forbidden)));
        change_brand(&service, &ada.actor, Brand::default().into()).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT detail AS text FROM audit_entries WHERE action = 'account.customer_page_changed' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "name none → Maple & Co; logo none → MAPLE; color none → #ffdd00",
            "name Maple & Co → none; logo MAPLE → none; color #ffdd00 → none",
        ]);
    }
}
