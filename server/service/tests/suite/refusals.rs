//! Refused domains and machines: counted by day, kept by license in bounded numbers, and shown while the
//! reason holds.

use std::net::IpAddr;

use domain::activation::Kind;
use domain::license::Limit;
use domain::refusal::RefusalReason;
use domain::view::{RefusedSubject, Trend};
use service::activation::{activate, verify};
use service::license::{NewLimits, change_limit, show, suspend};
use service::overview::overview;
use service::{Service, machine};

use test_support::{Seller, host, license, on_both_databases, seller};

use crate::machine::support::request;

const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

async fn refused(service: &Service, seller: &Seller, id: domain::LicenseId) -> Vec<RefusedSubject> {
    service.flush_all().await.unwrap();
    show(service, &seller.actor, id).await.unwrap().refused
}

on_both_databases! {
    async fn refused_domain_is_shown_with_reason_count_and_client(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        for _ in 0..3 {
            verify(&service, &key, &host("b.com"), Some(CLIENT)).await.unwrap();
        }
        let shown = refused(&service, &seller, id).await;
        let row = &shown[0];
        assert_eq!((row.subject.as_str(), row.kind, row.count), ("b.com", Kind::Domain, 3));
        assert_eq!((row.reason, row.ip.as_deref()), (RefusalReason::InvalidDomain, Some("203.0.113.7")));
        // The activation is refused too, and its reason is the latest.
        activate(&service, &key, &host("b.com"), Some("203.0.113.8".into())).await.unwrap();
        let shown = refused(&service, &seller, id).await;
        assert_eq!((shown.len(), shown[0].count), (1, 4));
        assert_eq!((shown[0].reason, shown[0].ip.as_deref()), (RefusalReason::LimitReached, Some("203.0.113.8")));
    }

    async fn refusal_disappears_when_its_reason_ends(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        assert_eq!(refused(&service, &seller, id).await.len(), 1);
        let limits = NewLimits { domains: Some(Limit::new(2)), machines: None };
        change_limit(&service, &seller.actor, id, limits).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        assert!(refused(&service, &seller, id).await.is_empty());
        suspend(&service, &seller.actor, id, None).await.unwrap();
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(refused(&service, &seller, id).await[0].reason, RefusalReason::Suspended);
        service::license::reinstate(&service, &seller.actor, id).await.unwrap();
        assert!(refused(&service, &seller, id).await.is_empty());
    }

    async fn flood_of_names_keeps_twenty_rows_and_the_frequent_domain(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        for round in 0..4 {
            for n in 0..5 {
                verify(&service, &key, &host("customer.com"), None).await.unwrap();
                verify(&service, &key, &host(&format!("early{n}.com")), None).await.unwrap();
            }
            for n in 0..100 {
                verify(&service, &key, &host(&format!("flood{round}x{n}.com")), None).await.unwrap();
            }
            let shown = refused(&service, &seller, id).await;
            assert!(shown.len() <= 20, "{} rows", shown.len());
            assert!(shown.iter().any(|row| row.subject == "customer.com"), "round {round}");
        }
        let shown = refused(&service, &seller, id).await;
        let customer = shown.iter().find(|row| row.subject == "customer.com").unwrap();
        assert_eq!(customer.count, 20);
    }

    async fn refused_machine_is_shown_with_its_name(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let limits = NewLimits { domains: None, machines: Some(Limit::new(0)) };
        change_limit(&service, &seller.actor, id, limits).await.unwrap();
        let request = request(&seller, &key, "fingerprint-1");
        machine::activate(&service, request.clone(), Some("203.0.113.7".into())).await.unwrap();
        let shown = refused(&service, &seller, id).await;
        assert_eq!((shown[0].kind, shown[0].subject.as_str()), (Kind::Machine, "fingerprint-1"));
        assert_eq!(shown[0].hostname.as_deref(), Some(request.machine.hostname.as_str()));
        assert_eq!(shown[0].reason, RefusalReason::LimitReached);
    }

    async fn overview_counts_activations_and_refusals_by_reason(db: TestDatabase) {
        let service = db.open().await;
        let (seller, other) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        verify(&service, &key, &host("a.com"), None).await.unwrap();
        verify(&service, &key, &host("b.com"), None).await.unwrap();
        service.flush_all().await.unwrap();
        let shown = overview(&service, &seller.actor, 7).await.unwrap();
        assert_eq!((shown.days.len(), shown.activations), (7, Trend { current: 1, previous: 0 }));
        assert_eq!((shown.verifications.current, shown.refused.current), (3, 2));
        let mut reasons: Vec<_> = shown.reasons.iter().map(|r| (r.reason, r.count.current)).collect();
        reasons.sort_unstable();
        assert_eq!(reasons, [(RefusalReason::InvalidDomain, 1), (RefusalReason::LimitReached, 1)]);
        let latest: Vec<_> = shown.reasons.iter().flat_map(|reason| &reason.latest).collect();
        assert_eq!((latest.len(), latest[0].license, latest[0].subject.as_str()), (1, id, "b.com"));
        let others = overview(&service, &other.actor, 7).await.unwrap();
        assert!(others.reasons.is_empty() && others.activations == Trend::default());
    }

    async fn failed_flush_keeps_refusals_and_activations(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        verify(&service, &key, &host("b.com"), None).await.unwrap();
        service.close().await;
        assert!(service.flush_all().await.is_err());
        assert!(service.flush_all().await.is_err(), "the counts are tried again");
    }
}
