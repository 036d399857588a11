//! The hosts that one slot covers: activation, verification and deactivation follow the product's setting.

use domain::activation::Refusal;
use domain::bounded_text::Name;
use domain::development::DevelopmentHosts;
use domain::license::{Limit, NewLicense};
use domain::product::ProductSettings;
use domain::view::ProductView;
use domain::{DomainName, LicenseKey, SlotScope};
use service::activation::{ActivateOutcome, DeactivateOutcome, VerifyResult, activate, deactivate, verify};
use service::license::{self, Issued};
use service::{Service, product};
use test_support::{Seller, on_both_databases, seller};

const ACTIVE: ActivateOutcome = ActivateOutcome::Active;
const FULL: ActivateOutcome = ActivateOutcome::Refused(Refusal::LimitReached);

fn host(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn settings(slot_scope: SlotScope) -> ProductSettings {
    ProductSettings { slot_scope, ..ProductSettings::with_name(Name::parse("name", "Scoped").unwrap()) }
}

async fn create(service: &Service, seller: &Seller, settings: ProductSettings) -> ProductView {
    product::create(service, &seller.actor, settings).await.unwrap()
}

async fn issue(service: &Service, seller: &Seller, product: &ProductView, limit: Limit) -> Issued {
    let license = NewLicense { domain_limit: Some(limit), ..NewLicense::for_product(product.id) };
    license::issue(service, &seller.actor, license).await.unwrap().pop().unwrap()
}

async fn take(service: &Service, key: &LicenseKey, domain: &str) -> ActivateOutcome {
    activate(service, key, &host(domain), None).await.unwrap()
}

async fn is_valid(service: &Service, key: &LicenseKey, domain: &str) -> bool {
    let result = verify(service, key, &host(domain), None).await.unwrap();
    let VerifyResult::Evaluated { verification, .. } = result else { panic!("unknown key") };
    verification == domain::activation::Verification::Valid
}

async fn used(service: &Service, seller: &Seller, license: &Issued) -> (u32, usize) {
    let view = license::show(service, &seller.actor, license.id).await.unwrap();
    (view.domains_used, view.activations().count())
}

on_both_databases! {
    async fn a_slot_covers_the_host_with_and_without_www(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let product = create(&service, &seller, settings(SlotScope::Www)).await;
        for (first, second) in [("shop.com", "www.shop.com"), ("www.shop.com", "shop.com")] {
            let license = issue(&service, &seller, &product, Limit::new(1)).await;
            assert_eq!(take(&service, &license.key, first).await, ACTIVE);
            assert!(is_valid(&service, &license.key, second).await, "{second}");
            assert_eq!(take(&service, &license.key, second).await, ACTIVE, "{second}");
            assert_eq!(take(&service, &license.key, "blog.shop.com").await, FULL);
            assert_eq!(take(&service, &license.key, "www.www.shop.com").await, FULL);
            assert!(!is_valid(&service, &license.key, "www.www.shop.com").await);
            assert_eq!(used(&service, &seller, &license).await, (1, 1));
            // Another process reads the same.
            let other = db.open().await;
            assert!(is_valid(&other, &license.key, second).await, "{second}");
            assert_eq!(take(&other, &license.key, second).await, ACTIVE, "{second}");
            let freed = deactivate(&service, &license.key, &host(second), None).await.unwrap();
            assert_eq!(freed, DeactivateOutcome::Freed);
            assert!(!is_valid(&service, &license.key, first).await, "{first}");
            assert_eq!(used(&service, &seller, &license).await, (0, 0));
        }
        assert!(service::consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn a_slot_covers_all_hosts_of_a_registrable_domain(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let product = create(&service, &seller, settings(SlotScope::RegistrableDomain)).await;
        let license = issue(&service, &seller, &product, Limit::new(1)).await;
        assert_eq!(take(&service, &license.key, "a.shop.co.uk").await, ACTIVE);
        for covered in ["shop.co.uk", "x.y.shop.co.uk", "a.shop.co.uk"] {
            assert!(is_valid(&service, &license.key, covered).await, "{covered}");
            assert_eq!(take(&service, &license.key, covered).await, ACTIVE, "{covered}");
        }
        for other in ["other.co.uk", "co.uk", "myshop.co.uk", "127.0.0.1"] {
            assert!(!is_valid(&service, &license.key, other).await, "{other}");
            assert_eq!(take(&service, &license.key, other).await, FULL, "{other}");
        }
        assert_eq!(used(&service, &seller, &license).await, (1, 1));
    }

    async fn a_development_host_covers_no_other_host(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let development = DevelopmentHosts::parse(true, "staging.* dev.com").unwrap();
        let product = create(&service, &seller, ProductSettings { development, ..settings(SlotScope::RegistrableDomain) }).await;
        let license = issue(&service, &seller, &product, Limit::new(1)).await;
        assert_eq!(take(&service, &license.key, "staging.shop.com").await, ACTIVE);
        assert_eq!(take(&service, &license.key, "dev.com").await, ACTIVE);
        assert_eq!(used(&service, &seller, &license).await, (0, 2));
        assert!(!is_valid(&service, &license.key, "shop.com").await);
        assert!(!is_valid(&service, &license.key, "www.dev.com").await);
        assert_eq!(take(&service, &license.key, "www.dev.com").await, ACTIVE);
        assert_eq!(take(&service, &license.key, "shop.com").await, FULL);
        deactivate(&service, &license.key, &host("www.dev.com"), None).await.unwrap();
        assert!(is_valid(&service, &license.key, "dev.com").await, "outside of the slot");
        assert_eq!(take(&service, &license.key, "shop.com").await, ACTIVE);
        assert_eq!(used(&service, &seller, &license).await, (1, 3));
    }

    async fn slots_follow_the_present_scope_in_both_directions(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let product = create(&service, &seller, settings(SlotScope::Host)).await;
        let license = issue(&service, &seller, &product, Limit::new(2)).await;
        for domain in ["www.shop.com", "shop.com"] {
            assert_eq!(take(&service, &license.key, domain).await, ACTIVE);
            assert!(is_valid(&service, &license.key, domain).await);
        }
        assert_eq!(take(&service, &license.key, "other.com").await, FULL);
        let update = async |scope| product::update(&service, &seller.actor, product.id, settings(scope)).await.unwrap();
        update(SlotScope::Www).await;
        assert_eq!(used(&service, &seller, &license).await, (1, 2));
        assert_eq!(take(&service, &license.key, "other.com").await, ACTIVE);
        assert!(is_valid(&service, &license.key, "www.other.com").await);
        update(SlotScope::Host).await;
        assert!(!is_valid(&service, &license.key, "www.other.com").await);
        assert_eq!(used(&service, &seller, &license).await, (3, 3));
        // One slot, one release.
        update(SlotScope::RegistrableDomain).await;
        assert_eq!(used(&service, &seller, &license).await, (2, 3));
        deactivate(&service, &license.key, &host("www.shop.com"), None).await.unwrap();
        assert_eq!(used(&service, &seller, &license).await, (1, 1));
        assert!(service::consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn concurrent_activations_of_one_slot_take_it_once(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let product = create(&services[0], &seller, settings(SlotScope::RegistrableDomain)).await;
        let license = issue(&services[0], &seller, &product, Limit::new(2)).await;
        let tasks: Vec<_> = (0..40)
            .map(|n| {
                let (service, key) = (services[n % 2].clone(), license.key.clone());
                tokio::spawn(async move { take(&service, &key, &format!("{n}.shop{}.com", n % 3)).await })
            })
            .collect();
        let mut refused = 0;
        for task in tasks {
            refused += usize::from(task.await.unwrap() == FULL);
        }
        assert!((13..=14).contains(&refused), "{refused}");
        assert_eq!(used(&services[0], &seller, &license).await, (2, 2));
        assert!(service::consistency_check::check(&services[0]).await.unwrap().is_empty());
    }

    async fn a_slot_covers_its_hosts_beyond_the_snapshot_size(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let product = create(&service, &seller, settings(SlotScope::Www)).await;
        let license = issue(&service, &seller, &product, Limit::UNLIMITED).await;
        for n in 0..130 {
            take(&service, &license.key, &format!("{n}.com")).await;
            take(&service, &license.key, &format!("www.{n}.net")).await;
        }
        for covered in ["www.7.com", "7.com", "7.net", "www.7.net"] {
            assert!(is_valid(&service, &license.key, covered).await, "{covered}");
        }
        assert!(!is_valid(&service, &license.key, "www.7.org").await);
        assert_eq!(take(&service, &license.key, "7.net").await, ACTIVE);
        let freed = deactivate(&service, &license.key, &host("7.net"), None).await.unwrap();
        assert_eq!(freed, DeactivateOutcome::Freed);
        assert_eq!(used(&service, &seller, &license).await.0, 259);
    }
}
