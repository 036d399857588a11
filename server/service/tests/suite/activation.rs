//! Domain activations: activate, verify, deactivate, free and status.

use domain::activation::{Refusal, Verification};
use domain::bounded_text::Name;
use domain::development::DevelopmentHosts;
use domain::license::{Limit, NewLicense};
use domain::product::ProductSettings;
use domain::view::{ActivationCursors, TimelineFilter};
use domain::{LicenseKey, Timestamp};
use service::Clock;
use service::activation::{
    ActivateOutcome, DeactivateOutcome, VerifyResult, activate, deactivate, free, status, verify,
};
use service::license::{self, NewLimits, issue};

use test_support::{host, license, on_both_databases, seller};

fn valid(verified: VerifyResult) -> bool {
    matches!(verified, VerifyResult::Evaluated { verification: Verification::Valid, .. })
}

fn answer(verified: VerifyResult) -> Verification {
    match verified {
        VerifyResult::Evaluated { verification: answer, .. } => answer,
        VerifyResult::InvalidKey => panic!("the key is known"),
    }
}

on_both_databases! {
    async fn a_domain_is_activated_verified_and_deactivated(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let (first_domain, second_domain) = (host("one.com"), host("two.com"));

        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Active);
        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Active);
        let refused = activate(&service, &key, &second_domain, None).await.unwrap();
        assert_eq!(refused, ActivateOutcome::Refused(Refusal::LimitReached));
        assert!(valid(verify(&service, &key, &first_domain, None).await.unwrap()));
        assert_eq!(answer(verify(&service, &key, &second_domain, None).await.unwrap()), Verification::InvalidDomain);

        assert_eq!(deactivate(&service, &key, &second_domain, None).await.unwrap(), DeactivateOutcome::DomainNotFound);
        assert_eq!(deactivate(&service, &key, &first_domain, None).await.unwrap(), DeactivateOutcome::Freed);
        assert_eq!(answer(verify(&service, &key, &first_domain, None).await.unwrap()), Verification::InvalidDomain);
        assert_eq!(activate(&service, &key, &second_domain, None).await.unwrap(), ActivateOutcome::Active);
        let status = status(&service, &key).await.unwrap().unwrap();
        assert_eq!(status.domains_used, 1);
        assert_eq!(status.domains[0].domain, "two.com");
    }

    async fn every_use_case_rejects_an_unknown_key(db: TestDatabase) {
        let service = db.open().await;
        let domain = host("one.com");
        for text in ["LIC-0000-0000-0000-0000", "x", "LIC 0000", &"A".repeat(500), "ключ"] {
            let key = LicenseKey::parse(text).unwrap();
            assert_eq!(activate(&service, &key, &domain, None).await.unwrap(), ActivateOutcome::InvalidKey);
            assert_eq!(deactivate(&service, &key, &domain, None).await.unwrap(), DeactivateOutcome::InvalidKey);
            assert_eq!(verify(&service, &key, &domain, None).await.unwrap(), VerifyResult::InvalidKey);
            assert_eq!(status(&service, &key).await.unwrap(), None);
        }
    }

    async fn the_standing_is_checked_before_the_domain(db: TestDatabase) {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let clock = Clock::manual(now);
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let new_license = NewLicense { expires_at: Some(Some(now.plus_days(1))), ..NewLicense::for_product(seller.product.id) };
        let issued = issue(&service, &seller.actor, new_license).await.unwrap().pop().unwrap();
        let (id, key, first_domain) = (issued.id, issued.key, host("one.com"));
        activate(&service, &key, &first_domain, None).await.unwrap();

        license::suspend(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Refused(Refusal::Suspended));
        assert_eq!(answer(verify(&service, &key, &first_domain, None).await.unwrap()), Verification::Suspended);
        clock.set(now.plus_days(2));
        assert_eq!(answer(verify(&service, &key, &first_domain, None).await.unwrap()), Verification::Suspended);
        license::reinstate(&service, &seller.actor, id).await.unwrap();
        assert_eq!(answer(verify(&service, &key, &first_domain, None).await.unwrap()), Verification::Expired);
        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Refused(Refusal::Expired));
        // A customer can deactivate a domain whatever the standing of the license.
        assert_eq!(deactivate(&service, &key, &first_domain, None).await.unwrap(), DeactivateOutcome::Freed);
        license::renew(&service, &seller.actor, id, domain::license::Renewal::Never, None).await.unwrap();
        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Active);
        license::revoke(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(answer(verify(&service, &key, &first_domain, None).await.unwrap()), Verification::Revoked);
        assert_eq!(activate(&service, &key, &first_domain, None).await.unwrap(), ActivateOutcome::Refused(Refusal::Revoked));
    }

    async fn a_limit_below_the_usage_keeps_activations_and_refuses_new_domains(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        for domain in ["a.com", "b.com", "c.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        let lower = NewLimits { domains: Some(Limit::new(1)), machines: None };
        license::change_limit(&service, &seller.actor, id, lower).await.unwrap();
        assert!(valid(verify(&service, &key, &host("c.com"), None).await.unwrap()));
        let refused = ActivateOutcome::Refused(Refusal::LimitReached);
        assert_eq!(activate(&service, &key, &host("d.com"), None).await.unwrap(), refused);
        // One freed slot is not enough: two activations still exceed the limit of one.
        deactivate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(activate(&service, &key, &host("d.com"), None).await.unwrap(), refused);
        deactivate(&service, &key, &host("b.com"), None).await.unwrap();
        deactivate(&service, &key, &host("c.com"), None).await.unwrap();
        assert_eq!(activate(&service, &key, &host("d.com"), None).await.unwrap(), ActivateOutcome::Active);
    }

    async fn a_seller_frees_a_slot(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert!(valid(verify(&service, &key, &host("a.com"), None).await.unwrap()));
        let view = license::show(&service, &seller.actor, id).await.unwrap();
        free(&service, &seller.actor, id, view.activations().next().unwrap().id.unwrap()).await.unwrap();
        assert_eq!(answer(verify(&service, &key, &host("a.com"), None).await.unwrap()), Verification::InvalidDomain);
        let again = free(&service, &seller.actor, id, view.activations().next().unwrap().id.unwrap()).await;
        assert!(matches!(again, Err(service::Error::NotFound)));
        assert_eq!(activate(&service, &key, &host("b.com"), None).await.unwrap(), ActivateOutcome::Active);
    }

    async fn development_hosts_use_no_slot_if_the_product_allows_them(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let settings = ProductSettings {
            development: DevelopmentHosts::parse(true, "dev.*").unwrap(),
            ..ProductSettings::with_name(Name::parse("name", "Dev plugin").unwrap())
        };
        let product = service::product::create(&service, &seller.actor, settings).await.unwrap();
        let issued = issue(&service, &seller.actor, NewLicense::for_product(product.id)).await.unwrap().pop().unwrap();
        for free in ["localhost", "dev.acme.com", "127.0.0.1", "acme.test"] {
            assert_eq!(activate(&service, &issued.key, &host(free), None).await.unwrap(), ActivateOutcome::Active);
            assert!(valid(verify(&service, &issued.key, &host(free), None).await.unwrap()), "{free}");
        }
        assert_eq!(activate(&service, &issued.key, &host("acme.com"), None).await.unwrap(), ActivateOutcome::Active);
        let full = activate(&service, &issued.key, &host("myapp.example.com"), None).await.unwrap();
        assert_eq!(full, ActivateOutcome::Refused(Refusal::LimitReached));
        deactivate(&service, &issued.key, &host("localhost"), None).await.unwrap();
        let view = license::show(&service, &seller.actor, issued.id).await.unwrap();
        assert_eq!((view.domains_used, view.activations().count()), (1, 4));
    }

    async fn slots_follow_the_present_development_hosts_in_both_directions(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let settings = |hosts: &str| ProductSettings {
            development: DevelopmentHosts::parse(true, hosts).unwrap(),
            ..ProductSettings::with_name(Name::parse("name", "Shop plugin").unwrap())
        };
        let product = service::product::create(&service, &seller.actor, settings("")).await.unwrap();
        let issued = issue(&service, &seller.actor, NewLicense::for_product(product.id)).await.unwrap().pop().unwrap();
        let activate = async |domain: &str| activate(&service, &issued.key, &host(domain), None).await.unwrap();
        let used = async || license::show(&service, &seller.actor, issued.id).await.unwrap().domains_used;
        assert_eq!(activate("staging.shop.com").await, ActivateOutcome::Active);
        assert_eq!(activate("shop.com").await, ActivateOutcome::Refused(Refusal::LimitReached));

        service::product::update(&service, &seller.actor, product.id, settings("staging.*")).await.unwrap();
        assert_eq!(used().await, 0);
        assert_eq!(activate("shop.com").await, ActivateOutcome::Active);
        assert_eq!(used().await, 1);

        // Without the pattern both count. Both stay, and no third one comes.
        service::product::update(&service, &seller.actor, product.id, settings("")).await.unwrap();
        assert_eq!(used().await, 2);
        assert_eq!(activate("third.com").await, ActivateOutcome::Refused(Refusal::LimitReached));
        assert!(service::consistency_check::check(&service).await.unwrap().is_empty());
        service::product::recount_pending_slots(&service).await.unwrap();
        assert_eq!(used().await, 2);
    }

    async fn domains_beyond_the_snapshot_size_are_verified_and_listed(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let new_license = NewLicense { domain_limit: Some(Limit::UNLIMITED), ..NewLicense::for_product(seller.product.id) };
        let issued = issue(&service, &seller.actor, new_license).await.unwrap().pop().unwrap();
        let key = issued.key;
        for n in 0..260 {
            activate(&service, &key, &host(&format!("{n}.com")), None).await.unwrap();
        }
        assert!(valid(verify(&service, &key, &host("0.com"), None).await.unwrap()));
        assert!(valid(verify(&service, &key, &host("259.com"), None).await.unwrap()));
        assert!(!valid(verify(&service, &key, &host("260.com"), None).await.unwrap()));
        // The pages of the dashboard list every activation.
        let (mut seen, mut before) = (0, ActivationCursors::default());
        loop {
            let view = license::show_from(&service, &seller.actor, issued.id, &before).await.unwrap();
            seen += view.activations().count();
            before.domains = view.domains.more;
            if before.domains.is_none() {
                break;
            }
        }
        assert_eq!(seen, 260);
        // The pages of the timeline list every event.
        let (mut details, mut before) = (Vec::new(), None);
        loop {
            let timeline = license::timeline_from(&service, &seller.actor, issued.id, TimelineFilter::All, before).await.unwrap();
            details.extend(timeline.entries.into_iter().map(|entry| entry.detail.unwrap_or_default()));
            before = timeline.more;
            if before.is_none() {
                break;
            }
        }
        let domains = (0..260).rev().map(|n| format!("{n}.com"));
        assert_eq!(details, domains.chain([seller.product.name.clone()]).collect::<Vec<_>>());
    }
}
