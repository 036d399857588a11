//! The chain of seals with two nodes, after a crash, an erasure, a merger and the end of the retention.

use std::time::Duration;

use domain::Email;
use domain::customer::CustomerRef;
use domain::license::NewLicense;
use domain::permission::Role;
use domain::view::BreakKind;
use service::audit::{SEAL_DELAY_SECONDS, seal_batch, verify_all, verify_portion};
use service::license::issue;
use service::{Clock, Error, RetentionPolicy, customer, prune};

use super::{Shop, seal};
use test_support::{member, on_both_databases, seller};

/// Returns the id of the customer with an address.
async fn customer_of(shop: &Shop, email: &str) -> domain::CustomerId {
    let email = CustomerRef::Email(Email::parse(email).unwrap());
    customer::find(&shop.service, &shop.seller.actor, &email).await.unwrap()
}

on_both_databases! {
    async fn entries_are_sealed_after_the_longest_transaction(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        shop.work("Grace Hopper").await;
        let count = shop.ids().await.len() as u64;
        shop.clock.set(shop.start);
        assert!(!seal_batch(&shop.service).await.unwrap());
        let verified = shop.verify().await;
        assert_eq!((verified.verified, verified.unsealed, verified.sealed_since), (0, count, None));
        let sealed_at = Clock::System.now().plus_seconds(SEAL_DELAY_SECONDS + 1);
        shop.clock.set(sealed_at);
        assert!(!seal_batch(&shop.service).await.unwrap());
        shop.assert_sound().await;
        let verified = shop.verify().await;
        assert_eq!(verified.sealed_since, Some(sealed_at));
        assert_eq!((verified.first_position, verified.position), (1, i64::try_from(count).unwrap()));
        // Nothing to do: the digest stays.
        assert!(!seal_batch(&shop.service).await.unwrap());
        assert_eq!(shop.verify().await, verified);
    }

    async fn two_nodes_seal_one_chain(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let second = db.open_at(shop.clock.clone()).await;
        for round in 0..6 {
            let customer = format!("Grace {round}");
            let (_, first, other) = tokio::join!(shop.work(&customer), seal_batch(&shop.service), seal_batch(&second));
            first.unwrap();
            other.unwrap();
        }
        tokio::join!(seal(&shop.service), seal(&second));
        shop.assert_sound().await;
        assert_eq!(verify_all(&second, &shop.seller.actor).await.unwrap(), shop.verify().await);
    }

    async fn a_crash_between_batches_loses_and_repeats_nothing(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        for _ in 0..2 {
            let new = NewLicense { count: 1000, ..NewLicense::for_product(shop.seller.product.id) };
            issue(&shop.service, &shop.seller.actor, new).await.unwrap();
        }
        assert!(seal_batch(&shop.service).await.unwrap(), "more are left");
        let verified = shop.verify().await;
        assert_eq!((verified.verified, verified.first_break.clone()), (1000, None));
        assert_eq!(verified.unsealed, shop.ids().await.len() as u64 - 1000);
        // A new process continues.
        let restarted = db.open_at(shop.clock.clone()).await;
        seal(&restarted).await;
        shop.assert_sound().await;
        // A portion begins at the seal of its position.
        let portion = verify_portion(&restarted, &shop.seller.actor, Some(1001)).await.unwrap();
        assert_eq!((portion.verified, portion.next), (shop.ids().await.len() as u64 - 1000, None));
    }

    async fn erasures_and_mergers_keep_the_chain_valid(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let (service, actor) = (&shop.service, &shop.seller.actor);
        shop.work("Grace Hopper").await;
        shop.work("Jean Bartik").await;
        seal(service).await;
        // A merger of sealed entries, an erasure of the same ones, and one of entries that are not sealed yet.
        let (grace, jean) = (customer_of(&shop, "grace.hopper@navy.example").await, customer_of(&shop, "jean.bartik@navy.example").await);
        customer::merge(service, actor, grace, jean).await.unwrap();
        let verified = shop.verify().await;
        assert_eq!(verified.first_break, None);
        shop.work("Ida Rhodes").await;
        customer::erase(service, actor, grace).await.unwrap();
        let ida = customer_of(&shop, "ida.rhodes@navy.example").await;
        customer::erase(service, actor, ida).await.unwrap();
        assert_eq!(shop.verify().await.first_break, None);
        seal(service).await;
        shop.assert_sound().await;
        let details = test_support::texts(&shop.raw, "SELECT detail AS text FROM audit_entries WHERE detail IS NOT NULL").await;
        assert!(!details.iter().any(|detail| detail.contains("Hopper") || detail.contains("ida.rhodes")), "{details:?}");
        // An erased detail cannot be replaced.
        shop.run("UPDATE audit_entries SET detail = 'nothing' WHERE detail = '(erased)'").await;
        assert_eq!(shop.verify().await.first_break.map(|found| found.kind), Some(BreakKind::Changed));
    }

    async fn the_chain_begins_later_after_the_end_of_the_retention(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let new = NewLicense { count: 1000, ..NewLicense::for_product(shop.seller.product.id) };
        issue(&shop.service, &shop.seller.actor, new).await.unwrap();
        seal(&shop.service).await;
        let old = shop.ids().await.len() as u64;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let boundary = Clock::System.now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        shop.work("Grace Hopper").await;
        seal(&shop.service).await;
        shop.work("Jean Bartik").await;
        let all = shop.ids().await.len() as u64;
        shop.clock.set(boundary.plus_days(10));
        let keep = RetentionPolicy { events: 1000, audit: Some(10) };
        assert_eq!(prune(&shop.service, keep).await.unwrap(), old);
        let verified = shop.verify().await;
        assert_eq!((verified.first_break, verified.first_position), (None, i64::try_from(old).unwrap() + 1));
        seal(&shop.service).await;
        shop.assert_sound().await;
        assert_eq!(shop.verify().await.verified, all - old);
        assert_eq!(prune(&shop.service, keep).await.unwrap(), 0);
        // A retained entry is still missed.
        let first = shop.sql_id(shop.ids().await[0]);
        shop.run(&format!("DELETE FROM audit_entries WHERE id = {first}")).await;
        let found = shop.verify().await.first_break.unwrap();
        assert_eq!((found.kind, found.position), (BreakKind::Missing, i64::try_from(old).unwrap() + 1));
    }

    async fn all_entries_may_end_their_retention(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        shop.work("Grace Hopper").await;
        seal(&shop.service).await;
        let position = shop.verify().await.position;
        shop.clock.set(Clock::System.now().plus_days(100));
        let keep = RetentionPolicy { events: 1000, audit: Some(99) };
        assert!(prune(&shop.service, keep).await.unwrap() > 0);
        shop.assert_sound().await;
        let found = shop.verify().await;
        assert_eq!((found.first_position, found.position, found.verified), (position + 1, position, 0));
    }

    async fn each_account_has_a_chain_of_its_own(db: TestDatabase) {
        let shop = Shop::open(&db).await;
        let eve = seller(&shop.service, "eve").await;
        shop.work("Grace Hopper").await;
        seal(&shop.service).await;
        let theirs = verify_all(&shop.service, &eve.actor).await.unwrap();
        assert_eq!((theirs.verified, theirs.position, theirs.first_break), (3, 3, None));
        shop.run("UPDATE audit_entries SET actor_name = 'x' WHERE actor_name = 'ada'").await;
        assert!(shop.verify().await.first_break.is_some());
        assert_eq!(verify_all(&shop.service, &eve.actor).await.unwrap().first_break, None);
        // Every role reads the log; an app does not.
        let viewer = member(shop.seller.account, shop.seller.user, "vera", Role::Viewer);
        assert!(verify_all(&shop.service, &viewer).await.is_ok());
        let app = service::Actor { account: shop.seller.account, principal: service::Principal::App { ip: None } };
        assert!(matches!(verify_all(&shop.service, &app).await, Err(Error::Forbidden)));
        assert!(matches!(service::audit::list(&shop.service, &app, &domain::view::AuditQuery::default()).await, Err(Error::Forbidden)));
    }
}
