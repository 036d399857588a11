//! Licenses that nothing used for 90 days: marks by the worker, and uses that remove them.

use domain::bounded_text::Name;
use domain::bulk::{Change, Selection};
use domain::development::DevelopmentHosts;
use domain::license::{NewLicense, Renewal, Standing};
use domain::product::ProductSettings;
use domain::view::{Condition, LicenseQuery, SelectedCount};
use domain::{ActivationId, LicenseId, ProductId, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::activation::{activate, deactivate, verify};
use service::bulk_job::{self, NewBulkJob, NewChange, run_batch};
use service::license::{count, issue, list, mark_expired, mark_unused, reinstate, renew, suspend};
use service::machine::{self, offline};
use service::{Clock, Service, new_id};

use crate::machine::support::{claims, request};
use test_support::{Seller, TestDatabase, host, license, on_both_databases, seller};

/// A seller whose licenses are issued at `start`.
struct Shop {
    clock: Clock,
    start: Timestamp,
    service: Service,
    seller: Seller,
}

impl Shop {
    async fn open(db: &TestDatabase) -> Self {
        // The present, because the ids of licenses have the time of the system.
        let start = Clock::System.now();
        let clock = Clock::manual(start);
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        Self { clock, start, service, seller }
    }

    /// Runs a round of the worker some days after the start, and returns the unused licenses.
    async fn unused_after(&self, days: i64) -> Vec<LicenseId> {
        self.clock.set(self.start.plus_days(days));
        run_round(&self.service).await;
        self.listed(&unused()).await
    }

    /// Returns the unused licenses by the present marks.
    async fn unused(&self) -> Vec<LicenseId> {
        self.listed(&unused()).await
    }

    /// Returns the licenses of a list in ascending order, page by page.
    async fn listed(&self, query: &LicenseQuery) -> Vec<LicenseId> {
        let (mut query, mut ids) = (query.clone(), Vec::new());
        loop {
            let page = list(&self.service, &self.seller.actor, &query).await.unwrap();
            assert!(page.items.iter().all(|row| row.standing == Standing::Active));
            ids.extend(page.items.iter().map(|row| row.id));
            query.cursor = page.next;
            if query.cursor.is_none() {
                ids.sort();
                return ids;
            }
        }
    }

    async fn assert_count(&self, query: &LicenseQuery, expected: u64) {
        let found = count(&self.service, &self.seller.actor, query).await.unwrap();
        assert_eq!(found, SelectedCount::Exactly(expected), "{query:?}");
        assert_eq!(self.listed(query).await.len() as u64, expected, "{query:?}");
    }
}

fn unused() -> LicenseQuery {
    LicenseQuery { condition: Some(Condition::Unused), ..LicenseQuery::default() }
}

async fn run_round(service: &Service) {
    let mut after = None;
    loop {
        after = mark_unused(service, after).await.unwrap();
        if after.is_none() {
            return;
        }
    }
}

async fn run_sql(db: &TestDatabase, sql: &str) {
    let connection = Database::connect(&db.url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

on_both_databases! {
    async fn license_is_unused_after_ninety_days_without_a_use(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (service, seller) = (&shop.service, &shop.seller);
        let (idle, idle_key) = license(service, seller, 1).await;
        let (verified, verified_key) = license(service, seller, 1).await;
        let (activated, activated_key) = license(service, seller, 1).await;
        activate(service, &verified_key, &host("a.com"), None).await.unwrap();
        assert_eq!(shop.unused_after(89).await, []);
        verify(service, &verified_key, &host("a.com"), None).await.unwrap();
        service.flush_all().await.unwrap();
        activate(service, &activated_key, &host("b.com"), None).await.unwrap();
        assert_eq!(shop.unused_after(91).await, [idle], "no use since it was issued");
        assert_eq!(shop.unused_after(178).await, [idle]);
        assert_eq!(shop.unused_after(180).await, [idle, verified, activated]);
        // A refused verification is no use, and an unflushed one is not known yet.
        verify(service, &idle_key, &host("a.com"), None).await.unwrap();
        service.flush_all().await.unwrap();
        verify(service, &verified_key, &host("a.com"), None).await.unwrap();
        assert_eq!(shop.unused().await, [idle, verified, activated]);
        service.flush_all().await.unwrap();
        assert_eq!(shop.unused().await, [idle, activated], "a flush removes the mark");
        activate(service, &idle_key, &host("c.com"), None).await.unwrap();
        assert_eq!(shop.unused().await, [activated], "an activation removes the mark");
        assert_eq!(shop.unused_after(181).await, [activated]);
        assert_eq!(service::consistency_check::check(service).await.unwrap(), []);
    }

    async fn activation_without_a_slot_and_a_released_one_are_uses(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (service, actor) = (&shop.service, &shop.seller.actor);
        let settings = ProductSettings {
            development: DevelopmentHosts::parse(true, "").unwrap(),
            ..ProductSettings::with_name(Name::parse("name", "Dev plugin").unwrap())
        };
        let product = service::product::create(service, actor, settings).await.unwrap().id;
        let issued = issue(service, actor, NewLicense::for_product(product)).await.unwrap().pop().unwrap();
        assert_eq!(shop.unused_after(91).await, [issued.id]);
        activate(service, &issued.key, &host("localhost"), None).await.unwrap();
        assert_eq!(shop.unused().await, []);
        assert_eq!(shop.unused_after(182).await, [issued.id]);
        // Both kinds of domains at once: one statement updates the license.
        let (free, taken) = (host("127.0.0.1"), host("a.com"));
        let both = tokio::join!(
            activate(service, &issued.key, &free, None),
            activate(service, &issued.key, &taken, None),
        );
        both.0.unwrap();
        both.1.unwrap();
        assert_eq!(shop.unused().await, []);
        for domain in ["localhost", "127.0.0.1", "a.com"] {
            deactivate(service, &issued.key, &host(domain), None).await.unwrap();
        }
        assert_eq!(shop.unused_after(271).await, [], "the use is known although its activation is gone");
        assert_eq!(shop.unused_after(273).await, [issued.id]);
    }

    async fn machines_use_a_license_by_activations_and_syncs(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (service, seller) = (&shop.service, &shop.seller);
        let (id, key) = license(service, seller, 1).await;
        let asked = request(seller, &key, "a");
        let token_claims = claims(service, machine::activate(service, asked.clone(), None).await.unwrap()).await;
        let activation: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        shop.clock.set(shop.start.plus_days(60));
        machine::sync(service, activation, &asked).await.unwrap();
        assert_eq!(shop.unused_after(149).await, []);
        assert_eq!(shop.unused_after(151).await, [id]);
        machine::sync(service, activation, &asked).await.unwrap();
        assert_eq!(shop.unused().await, [], "a sync removes the mark");
        assert_eq!(shop.unused_after(242).await, [id]);
        machine::activate(service, asked.clone(), None).await.unwrap();
        assert_eq!(shop.unused().await, [], "a repeated activation removes the mark");
        machine::deactivate(service, activation, None, None).await.unwrap();
        assert_eq!(shop.unused_after(331).await, [], "the use is known although its activation is gone");
        assert_eq!(shop.unused_after(333).await, [id]);
        // A machine without a network reports no use.
        let file = serde_json::json!({
            "key": key.expose(), "productId": seller.product.id, "fingerprint": "fp", "hostname": "lab",
            "os": "linux", "appVersion": "1", "userHash": "u",
        });
        offline::activate(service, &seller.actor, id, &file.to_string(), None).await.unwrap();
        assert_eq!(shop.unused().await, []);
        assert_eq!(shop.unused_after(900).await, []);
    }

    async fn rounds_correct_wrong_marks_and_write_no_others(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let new = NewLicense { count: 600, ..NewLicense::for_product(shop.seller.product.id) };
        issue(&shop.service, &shop.seller.actor, new).await.unwrap();
        // A clock that is wrong for a while, and a restart in the middle of the round.
        shop.clock.set(shop.start.plus_days(1000));
        assert!(mark_unused(&shop.service, None).await.unwrap().is_some());
        assert_eq!(shop.unused().await.len(), 500);
        let (restarted, statements) = db.open_watched_at(shop.clock.clone()).await;
        run_round(&restarted).await;
        assert_eq!(shop.unused().await.len(), 600);
        statements.take();
        run_round(&restarted).await;
        assert_eq!(statements.take().len(), 2, "one read of each batch");
        shop.clock.set(shop.start.plus_days(1));
        run_round(&restarted).await;
        assert_eq!(shop.unused().await, []);
        // A node of an earlier version flushes a verification and leaves the mark.
        assert_eq!(shop.unused_after(91).await.len(), 600);
        let now = shop.service.now().millis();
        run_sql(&db, &format!("UPDATE licenses SET last_verified_at = {now}")).await;
        assert_eq!(shop.unused_after(92).await, []);
        // An imported license keeps the time of its issue by the former system.
        run_sql(&db, "UPDATE licenses SET last_verified_at = NULL, created_at = 1").await;
        assert_eq!(shop.unused_after(89).await, []);
        assert_eq!(shop.unused_after(92).await.len(), 600);
    }

    async fn unused_licenses_are_filtered_counted_and_changed_like_others(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (service, actor) = (&shop.service, &shop.seller.actor);
        let new = NewLicense {
            customer_name: Some(Name::parse("name", "Grace Hopper").unwrap()),
            count: 60,
            ..NewLicense::for_product(shop.seller.product.id)
        };
        let first = issue(service, actor, new).await.unwrap()[0].id;
        assert_eq!(shop.unused_after(91).await.len(), 60);
        license(service, &shop.seller, 1).await;
        let eve = seller(service, "eve").await;
        assert!(list(service, &eve.actor, &unused()).await.unwrap().items.is_empty());
        let of = |product: ProductId, search: &str| LicenseQuery {
            product: Some(product),
            search: search.to_owned(),
            ..unused()
        };
        let product = shop.seller.product.id;
        for query in [unused(), of(product, ""), of(product, "hopper"), LicenseQuery { search: "grace".into(), ..unused() }] {
            shop.assert_count(&query, 60).await;
        }
        for query in [of(ProductId(new_id()), ""), of(product, "turing")] {
            shop.assert_count(&query, 0).await;
        }
        // Only licenses in force.
        suspend(service, actor, first, None).await.unwrap();
        shop.assert_count(&unused(), 59).await;
        reinstate(service, actor, first).await.unwrap();
        shop.assert_count(&unused(), 60).await;
        let until = service.now().plus_days(1);
        renew(service, actor, first, Renewal::Until(until), None).await.unwrap();
        shop.clock.set(until.plus_days(1));
        shop.assert_count(&unused(), 59).await;
        mark_expired(service).await.unwrap();
        shop.assert_count(&unused(), 59).await;
        renew(service, actor, first, Renewal::Never, None).await.unwrap();
        shop.assert_count(&unused(), 60).await;
        let new = NewBulkJob {
            change: NewChange::Change(Change::Suspend { reason: None }),
            selection: Selection::Query(unused()),
            form_token: new_id().to_string(),
        };
        let job = bulk_job::start(service, actor, new).await.unwrap().id;
        while run_batch(service, job, 25).await.unwrap() {}
        assert_eq!(bulk_job::show(service, actor, job).await.unwrap().job.done, 60);
        shop.assert_count(&unused(), 0).await;
    }
}
