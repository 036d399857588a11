//! Expiries that programs move, and those that a first activation starts.

use domain::license::{Limit, NewLicense};
use domain::license_rules::{ExpiryStart, RenewFrom};
use domain::{LicenseKey, Timestamp};
use service::license::{EditLicense, ExpiryMove, LicenseRefusal, NewTerms, move_expiry, show_record};
use service::{activation, machine};

use super::{edited, made, terms_of};
use crate::machine::support::request;
use test_support::{host, on_both_databases, seller};

on_both_databases! {
    async fn the_first_activation_of_either_kind_starts_the_interval(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        for by_machine in [false, true] {
            let record = made(&service, &ada, terms_of("P1Y", ExpiryStart::Activation)).await;
            assert!(record.expires_at.is_none() && record.pending.is_some() && !record.is_perpetual());
            let key = LicenseKey::parse(record.key.expose()).unwrap();
            if by_machine {
                machine::activate(&service, request(&ada, &key, "a"), None).await.unwrap();
            } else {
                activation::activate(&service, &key, &host("a.com"), None).await.unwrap();
            }
            let started = show_record(&service, &ada.actor, record.id).await.unwrap();
            let activated = started.activated_at.unwrap();
            let year = "P1Y".parse().unwrap();
            assert_eq!(started.expires_at, Some(activated.plus_period(year)), "machine: {by_machine}");
            assert_eq!(started.pending, None);
        }
    }

    async fn concurrent_renewals_add_up_and_a_change_holds(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let record = made(&service, &ada, terms_of("P1M", ExpiryStart::Creation)).await;
        edited(&service, &ada, record.id, EditLicense { suspended: Some(true), ..EditLicense::default() }).await;
        let renewals = (0..4).map(|_| {
            let (service, ada) = (service.clone(), ada.clone());
            tokio::spawn(async move {
                move_expiry(&service, &ada.actor, record.id, ExpiryMove::Extend(3600)).await.unwrap().is_ok()
            })
        });
        let renewals: Vec<_> = renewals.collect();
        let resume = EditLicense { suspended: Some(false), ..EditLicense::default() };
        let resumed = edited(&service, &ada, record.id, resume).await;
        for renewal in renewals {
            assert!(renewal.await.unwrap());
        }
        let after = show_record(&service, &ada.actor, record.id).await.unwrap();
        assert_eq!(after.state, resumed.state);
        let expected = record.expires_at.map(|at| at.plus_seconds(4 * 3600));
        assert_eq!(after.expires_at, expected);
    }

    async fn what_has_no_interval_is_not_renewable(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let renew = ExpiryMove::Renew(RenewFrom::Expiry);
        for terms in [terms_of("", ExpiryStart::Creation), terms_of("P1Y", ExpiryStart::Rolling)] {
            let record = made(&service, &ada, terms).await;
            let refused = move_expiry(&service, &ada.actor, record.id, renew).await.unwrap();
            assert_eq!(refused.map(|record| record.id), Err(LicenseRefusal::NotRenewable));
        }
        let waiting = made(&service, &ada, terms_of("P1Y", ExpiryStart::Activation)).await;
        let renewed = move_expiry(&service, &ada.actor, waiting.id, renew).await.unwrap();
        assert_eq!(renewed.map(|record| record.updated_at).ok(), Some(waiting.updated_at));
        let at = Timestamp::parse_expiry("2020-01-01").unwrap();
        let past = NewTerms { expires_at: Some(at), ..terms_of("P1Y", ExpiryStart::Creation) };
        let past = made(&service, &ada, past).await;
        let renewed = move_expiry(&service, &ada.actor, past.id, renew).await.unwrap();
        assert_eq!(renewed.map(|record| record.expires_at).ok(), Some(Timestamp::parse_expiry("2021-01-01").ok()));
    }

    async fn licenses_of_the_dashboard_follow_the_start_of_their_product(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let mut settings = service::product::show(&service, &ada.actor, ada.product.id).await.unwrap().settings().unwrap();
        settings.validity = "P1M".parse().ok();
        settings.rules.start = ExpiryStart::Activation;
        service::product::update(&service, &ada.actor, ada.product.id, settings).await.unwrap();
        let new = NewLicense { domain_limit: Some(Limit::new(1)), ..NewLicense::for_product(ada.product.id) };
        let issued = service::license::issue(&service, &ada.actor, new).await.unwrap();
        let record = show_record(&service, &ada.actor, issued[0].id).await.unwrap();
        assert_eq!((record.expires_at, record.pending), (None, "P1M".parse().ok()));
    }
}
