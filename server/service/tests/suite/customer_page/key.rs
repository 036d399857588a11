//! Keys that open the page, and how long it stays open.

use domain::license::Standing;
use domain::view::ActivationCursors;
use domain::{ActivationId, CustomerRelease, Email, KeyGrace, Timestamp};
use service::activation::activate;
use service::customer_page::{CustomerSession, free, open_by_key, show};
use service::{Clock, Error, license};

use super::{open, set_rule};
use test_support::{host, on_both_databases, seller};

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
}
