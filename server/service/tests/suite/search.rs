//! The search: everything that a mail may hold finds its object, on both databases.

use domain::activation::Kind;
use domain::bounded_text::Name;
use domain::license::NewLicense;
use domain::search::SearchText;
use domain::view::{HitKind, HitTarget, LicenseQuery, SearchResults};
use domain::{CustomerId, Email, LicenseId};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use service::activation::activate;
use service::license::{Issued, issue, list, revoke, show, suspend};
use service::{Service, machine, search};

use crate::machine::support::{request, set_rules};
use test_support::{Seller, host, on_both_databases, seller, texts};

async fn issue_to(service: &Service, seller: &Seller, name: Option<&str>, email: Option<&str>) -> Issued {
    let new_license = NewLicense {
        customer_name: name.map(|name| Name::parse("name", name).unwrap()),
        customer_email: email.map(|email| Email::parse(email).unwrap()),
        domain_limit: Some(domain::license::Limit::UNLIMITED),
        machine_limit: Some(domain::license::Limit::UNLIMITED),
        ..NewLicense::for_product(seller.product.id)
    };
    issue(service, &seller.actor, new_license).await.unwrap().pop().unwrap()
}

async fn find(service: &Service, seller: &Seller, text: &str) -> SearchResults {
    search::find(service, &seller.actor, &SearchText::parse(text)).await.unwrap()
}

/// Returns the kinds and the titles of the hits.
async fn titles(service: &Service, seller: &Seller, text: &str) -> Vec<(HitKind, String)> {
    find(service, seller, text).await.hits.into_iter().map(|hit| (hit.kind, hit.title)).collect()
}

/// Asserts that a text finds an object of this kind and title, in the list of licenses too.
async fn assert_finds(
    service: &Service,
    seller: &Seller,
    text: &str,
    kind: HitKind,
    title: &str,
    license: LicenseId,
) {
    let found = titles(service, seller, text).await;
    assert!(found.contains(&(kind, title.to_owned())), "{text}: {found:?}");
    let query = LicenseQuery { search: text.to_owned(), ..LicenseQuery::default() };
    let listed = list(service, &seller.actor, &query).await.unwrap().items;
    assert!(listed.iter().any(|row| row.id == license), "{text}");
}

fn end_of(issued: &Issued) -> String {
    format!("…{}", issued.key.last_four())
}

/// Runs SQL on the database.
async fn run(connection: &DatabaseConnection, sql: &str) {
    connection.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
}

on_both_databases! {
    async fn a_key_in_any_standing_and_spelling_leads_to_its_license(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let all = [
            issue_to(&service, &seller, Some("A"), None).await,
            issue_to(&service, &seller, Some("B"), None).await,
            issue_to(&service, &seller, Some("C"), None).await,
        ];
        suspend(&service, &seller.actor, all[1].id, None).await.unwrap();
        revoke(&service, &seller.actor, all[2].id, None).await.unwrap();
        for issued in &all {
            let key = issued.key.expose();
            for text in [key.to_owned(), key.to_lowercase(), key.replace('-', " "), format!("Hello,\nmy key {key} is refused!")] {
                let found = find(&service, &seller, &text).await;
                assert_eq!(found.single_target(), Some(HitTarget::License(issued.id)));
                assert_eq!(found.hits[0].title, end_of(issued));
            }
            for text in [issued.key.last_four(), issued.key.last_four().to_lowercase(), end_of(issued), format!("the one that ends in {}", end_of(issued))] {
                assert_finds(&service, &seller, &text, HitKind::License, &end_of(issued), issued.id).await;
            }
            assert_finds(&service, &seller, &issued.id.to_string(), HitKind::License, &end_of(issued), issued.id).await;
        }
        let unknown = find(&service, &seller, "LIC-0000-0000-0000-0000").await;
        assert_eq!(unknown.unknown_key.as_deref(), Some("0000"));
        assert!(find(&service, &seller, " \u{200B}").await.hits.is_empty());
    }

    async fn a_customer_is_found_by_every_spelling_of_the_name(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let zoe = issue_to(&service, &seller, Some("Zoë Anne-Marie O’Brien"), Some("zoe.brien+shop@bücher.example")).await;
        let name = "Zoë Anne-Marie O’Brien";
        for text in [
            "zoë", "Zoe", "ZOË ANNE", "zoe anne-marie", "Anne", "marie", "Marie O'Brien", "marie o’brien", "obrien",
            "brien", "O'BRIEN", "Zoe\u{308}", "ｚｏｅ", "O'Brien, Zoë Anne-Marie",
            "zoe.brien+shop@bücher.example", "zoe.brien+shop@xn--bcher-kva.example", "mailto:zoe.brien+shop@bücher.example",
            "\"O'Brien, Zoë\" <zoe.brien+shop@bücher.example>", "zoe.brien", "bücher.example", "xn--bcher-kva.example",
        ] {
            assert_finds(&service, &seller, text, HitKind::Customer, name, zoe.id).await;
            assert_finds(&service, &seller, text, HitKind::License, &end_of(&zoe), zoe.id).await;
        }
        let strasse = issue_to(&service, &seller, Some("Łukasz Straße & Søn"), None).await;
        for text in ["strasse", "STRASSE", "straße", "lukasz", "Łukasz strasse son", "søn"] {
            assert_finds(&service, &seller, text, HitKind::Customer, "Łukasz Straße & Søn", strasse.id).await;
        }
        for text in ["rien", "nobody", "%", "' OR 1=1 --", "zoe@other.example"] {
            let found = titles(&service, &seller, text).await;
            assert!(found.iter().all(|(kind, _)| *kind != HitKind::Customer), "{text}: {found:?}");
        }
        assert_eq!(find(&service, &seller, "zoe.brien+shop@bücher.example").await.single_target(), Some(HitTarget::License(zoe.id)));
        let connection = Database::connect(&db.url).await.unwrap();
        let hex = if db.is_sqlite() { "lower(hex(id))" } else { "id::text" };
        let customer = texts(&connection, &format!("SELECT {hex} AS text FROM customers WHERE name LIKE 'Zo%'")).await.remove(0);
        let found = find(&service, &seller, &customer).await;
        assert_eq!(found.hits.iter().find(|hit| hit.kind == HitKind::Customer).map(|hit| hit.target), customer.parse::<CustomerId>().ok().map(HitTarget::Customer));
    }

    async fn a_host_is_found_with_its_parents_and_sub_domains(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let issued = issue_to(&service, &seller, None, None).await;
        for domain in ["example.com", "www.plain.example.org", "shop.example.net", "a.b.deep.example", "www.xn--bcher-kva.de", "two.shop.co.uk"] {
            activate(&service, &issued.key, &host(domain), None).await.unwrap();
        }
        for (text, title) in [
            ("example.com", "example.com"),
            ("www.example.com", "example.com"),
            ("https://www.example.com/wp-admin/?x=1", "example.com"),
            ("shop.example.com", "example.com"),
            ("it says invalid_domain on shop.example.com.", "example.com"),
            ("a.b.example.com", "example.com"),
            ("exampl", "example.com"),
            ("plain.example.org", "www.plain.example.org"),
            ("PLAIN.example.org:8443", "www.plain.example.org"),
            ("plain.ex", "www.plain.example.org"),
            ("example.org", "www.plain.example.org"),
            ("example.net", "shop.example.net"),
            ("www.example.net", "shop.example.net"),
            ("deep.example", "a.b.deep.example"),
            ("bücher.de", "www.bücher.de"),
            ("xn--bcher-kva.de", "www.bücher.de"),
            ("https://www.BÜCHER.de", "www.bücher.de"),
            ("bücher", "www.bücher.de"),
            ("shop.co.uk", "two.shop.co.uk"),
        ] {
            assert_finds(&service, &seller, text, HitKind::Domain, title, issued.id).await;
        }
        for text in ["xample.com", "notexample.net", "co.uk.example", "other.com"] {
            let found = titles(&service, &seller, text).await;
            assert!(found.iter().all(|(kind, _)| *kind != HitKind::Domain), "{text}: {found:?}");
        }
        let first = &titles(&service, &seller, "www.example.com").await[0];
        assert_eq!(first, &(HitKind::Domain, "example.com".to_owned()), "the nearest first");
        assert_eq!(find(&service, &seller, "example.com").await.single_target(), Some(HitTarget::License(issued.id)));
    }

    async fn a_machine_is_found_by_host_name_and_fingerprint(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let issued = issue_to(&service, &seller, Some("Grace"), None).await;
        machine::activate(&service, request(&seller, &issued.key, "0123456789abcdef-Machine"), None).await.unwrap();
        let rules = domain::machine::MachineRules { user_locked: true, ..Default::default() };
        set_rules(&service, &seller, rules, "").await;
        machine::activate(&service, request(&seller, &issued.key, "fedcba9876543210-User"), None).await.unwrap();
        for text in [
            "build-7", "BUILD-7", "buil", "the computer build-7 asks again", "0123456789abcdef-Machine",
            "fingerprint: 0123456789abcdef-Machine", "fedcba9876543210-User",
        ] {
            assert_finds(&service, &seller, text, HitKind::Machine, "build-7", issued.id).await;
        }
        for text in ["uild-7", "0123456789abcdef-machine", "0123456789abcdef", "fedcba9876543210-Use"] {
            let found = titles(&service, &seller, text).await;
            assert!(found.iter().all(|(kind, _)| *kind != HitKind::Machine), "{text}: {found:?}");
        }
        let mut renamed = request(&seller, &issued.key, "fedcba9876543210-User");
        renamed.machine.hostname = "Studio-9".into();
        machine::activate(&service, renamed, None).await.unwrap();
        assert_finds(&service, &seller, "studio-9", HitKind::Machine, "Studio-9", issued.id).await;
        assert_eq!(titles(&service, &seller, "build-7").await.len(), 1, "the other machine alone");
        activate(&service, &issued.key, &host("grace.example"), None).await.unwrap();
        let shown = show(&service, &seller.actor, issued.id).await.unwrap();
        for row in shown.activations() {
            let found = find(&service, &seller, &row.id.unwrap().to_string()).await;
            let kind = if row.kind == Kind::Domain { HitKind::Domain } else { HitKind::Machine };
            assert_eq!(found.hits.iter().map(|hit| hit.kind).collect::<Vec<_>>(), [kind]);
            assert_eq!(found.single_target(), Some(HitTarget::License(issued.id)));
        }
    }

    async fn a_product_is_found_by_the_words_of_its_name(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let target = Some(HitTarget::Product(seller.product.id));
        for text in ["plugin", "Ada plugin", "PLUG", "ada-plugin", &seller.product.id.to_string()] {
            assert_eq!(find(&service, &seller, text).await.single_target(), target, "{text}");
        }
        assert_eq!(find(&service, &seller, "lugin").await.single_target(), None);
    }

    async fn a_kind_with_many_hits_is_cut(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for n in 0..12 {
            let issued = issue_to(&service, &seller, Some(&format!("Grace {n:02}")), Some(&format!("g{n:02}@navy.example"))).await;
            activate(&service, &issued.key, &host(&format!("grace{n:02}.example")), None).await.unwrap();
        }
        let found = find(&service, &seller, "grace").await;
        for kind in [HitKind::License, HitKind::Domain, HitKind::Customer] {
            assert_eq!(found.hits.iter().filter(|hit| hit.kind == kind).count(), 8, "{kind:?}");
            assert!(found.more.contains(&kind), "{kind:?}");
        }
        assert!(found.hits.is_sorted_by_key(|hit| HitKind::ALL.iter().position(|kind| *kind == hit.kind)));
        assert_eq!(found.single_target(), None);
    }

    async fn no_text_finds_an_object_of_another_seller(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let issued = issue_to(&service, &ada, Some("Grace Hopper"), Some("grace@navy.example")).await;
        activate(&service, &issued.key, &host("shop.cobol.org"), None).await.unwrap();
        machine::activate(&service, request(&ada, &issued.key, "0123456789abcdef-Machine"), None).await.unwrap();
        let shown = show(&service, &ada.actor, issued.id).await.unwrap();
        let mut all = vec![
            issued.key.expose().to_owned(), issued.key.last_four(), issued.id.to_string(), ada.product.id.to_string(),
            "grace".into(), "hopper".into(), "grace@navy.example".into(), "navy.example".into(), "shop.cobol.org".into(),
            "cobol.org".into(), "shop".into(), "build-7".into(), "0123456789abcdef-Machine".into(), "ada plugin".into(),
        ];
        all.extend(shown.activations().map(|row| row.id.unwrap().to_string()));
        for text in all {
            assert!(!find(&service, &ada, &text).await.hits.is_empty(), "{text}");
            let found = find(&service, &eve, &text).await;
            assert!(found.hits.is_empty(), "{text}: {:?}", found.hits);
        }
        let app = service::Actor { account: ada.account, principal: service::Principal::App { ip: None } };
        let refused = search::find(&service, &app, &SearchText::parse("grace")).await;
        assert!(matches!(refused, Err(service::Error::Forbidden)));
    }

    /// Rows as nodes of the version before wrote them, more than one batch of the worker.
    async fn terms_of_the_version_before_are_folded_in_batches(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let zoe = issue_to(&service, &seller, Some("Zoë O’Brien"), Some("zoe@bücher.example")).await;
        let nameless = issue_to(&service, &seller, None, Some("grace@navy.example")).await;
        let connection = Database::connect(&db.url).await.unwrap();
        run(&connection, "DELETE FROM customer_terms").await;
        for term in ["zoë o’brien", "zoë", "o’brien", "zoe@xn--bcher-kva.example", "xn--bcher-kva.example"] {
            run(&connection, &format!(
                "INSERT INTO customer_terms SELECT account_id, '{term}', id FROM customers WHERE name LIKE 'Zo%'"
            )).await;
        }
        run(&connection, "UPDATE customers SET terms_version = 0 WHERE name IS NOT NULL").await;
        let id = if db.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        run(&connection, &format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1500) INSERT INTO customers \
             (id, account_id, email, name, created_at) SELECT {id}, account_id, 'c' || n || '@x.example', 'Müller ' || n, 1 \
             FROM n, customers WHERE customers.name LIKE 'Zo%'"
        )).await;
        assert_finds(&service, &seller, "Zoë", HitKind::Customer, "Zoë O’Brien", zoe.id).await;
        assert!(find(&service, &seller, "Zoe O").await.hits.is_empty(), "not folded yet");

        // The worker is interrupted after a batch. Another node continues.
        assert_eq!(search::fold_pending_terms(&service).await.unwrap(), 1000);
        assert_eq!(search::fold_pending_terms(&db.open().await).await.unwrap(), 501);
        assert_eq!(search::fold_pending_terms(&service).await.unwrap(), 0);
        for text in ["Zoë", "Zoe", "obrien", "O’Brien", "zoe@bücher.example"] {
            assert_finds(&service, &seller, text, HitKind::Customer, "Zoë O’Brien", zoe.id).await;
        }
        let sql = "SELECT term AS text FROM customer_terms WHERE customer_id = \
                   (SELECT id FROM customers WHERE name LIKE 'Zo%') ORDER BY term";
        let expected = ["brien", "obrien", "xn--bcher-kva.example", "zoe obrien", "zoe@xn--bcher-kva.example"];
        assert_eq!(texts(&connection, sql).await, expected, "and no former term");
        assert_eq!(find(&service, &seller, "muller 15").await.more, [HitKind::Customer]);

        // A node of the version before adds a name.
        run(&connection, "UPDATE customers SET name = 'Grace' WHERE email = 'grace@navy.example'").await;
        assert_eq!(search::fold_pending_terms(&service).await.unwrap(), 1);
        assert_eq!(search::fold_pending_terms(&service).await.unwrap(), 0);
        assert_finds(&service, &seller, "grace", HitKind::Customer, "Grace", nameless.id).await;
    }
}
