//! Licenses: issue, change, roles and timeline.

use domain::bounded_text::Name;
use domain::event::Event;
use domain::license::{Limit, NewLicense, Reason, Renewal, Standing};
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::{Email, LicenseId};
use service::license::{
    NewLimits, change_limit, issue, reinstate, renew, reveal_key, revoke, show, suspend, timeline, transfer,
};
use service::{Error, new_id};

use test_support::{license, member, on_both_databases, seller};

on_both_databases! {
    async fn a_new_license_takes_defaults_from_its_product(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let settings = ProductSettings {
            domain_limit: Limit::new(3),
            machine_limit: Limit::UNLIMITED,
            validity: domain::Period::from_months(12),
            key_prefix: domain::KeyPrefix::parse("pro").unwrap(),
            ..ProductSettings::with_name(Name::parse("name", "Pro").unwrap())
        };
        let product = service::product::create(&service, &seller.actor, settings).await.unwrap();
        assert_eq!(product.number, seller.product.number + 1);
        let issued = issue(&service, &seller.actor, NewLicense { count: 3, ..NewLicense::for_product(product.id) }).await.unwrap();
        assert_eq!(issued.len(), 3);
        let view = show(&service, &seller.actor, issued[0].id).await.unwrap();
        assert_eq!((view.domain_limit, view.machine_limit), (Limit::new(3), Limit::UNLIMITED));
        let year = view.expires_at.unwrap().millis() - view.created_at.millis();
        assert_eq!(year, 365 * domain::time::DAY_MS);
        assert!(issued[0].key.expose().starts_with("PRO-"));
        assert_eq!(view.masked_key, format!("PRO-••••-••••-••••-{}", issued[0].key.last_four()));
        let listed = service::product::show(&service, &seller.actor, product.id).await.unwrap();
        assert_eq!(listed.licenses, 3);
    }

    async fn the_same_address_is_the_same_customer(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let to = |name: Option<&str>| NewLicense {
            customer_email: Some(Email::parse("Grace@Example.com").unwrap()),
            customer_name: name.map(|n| Name::parse("name", n).unwrap()),
            ..NewLicense::for_product(seller.product.id)
        };
        let first = issue(&service, &seller.actor, to(None)).await.unwrap().pop().unwrap();
        issue(&service, &seller.actor, to(Some("Grace Hopper"))).await.unwrap();
        let view = show(&service, &seller.actor, first.id).await.unwrap();
        assert_eq!(view.customer_name.as_deref(), Some("Grace Hopper"), "the name was added to the customer");
        assert_eq!(view.customer_email.as_deref(), Some("grace@example.com"));
    }

    async fn a_transferred_license_keeps_its_key_and_activations(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let host = domain::DomainName::parse("a.com").unwrap();
        service::activation::activate(&service, &key, &host, None).await.unwrap();
        let email = Email::parse("grace@example.com").unwrap();
        let name = Name::parse("name", "Grace Hopper").unwrap();
        transfer(&service, &seller.actor, id, Some(&name), Some(&email)).await.unwrap();
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(view.customer_email.as_deref(), Some("grace@example.com"));
        assert_eq!((view.domains_used, view.activations().count()), (1, 1));
        let verified = service::activation::verify(&service, &key, &host, None).await.unwrap();
        assert!(matches!(verified, service::activation::VerifyResult::Evaluated { .. }));
        // To the same customer: no change and no entry.
        transfer(&service, &seller.actor, id, None, Some(&email)).await.unwrap();
        let timeline = timeline(&service, &seller.actor, id).await.unwrap();
        let transfers: Vec<_> = timeline.entries.iter().filter(|entry| entry.event == Some(Event::LicenseTransferred)).collect();
        assert_eq!(transfers.len(), 1);
        assert_eq!(transfers[0].detail.as_deref(), Some("Grace Hopper"));
        assert!(transfer(&service, &seller.actor, id, None, None).await.is_err());
    }

    async fn the_timeline_lists_every_change_with_its_actor(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let host = domain::DomainName::parse("a.com").unwrap();
        service::activation::activate(&service, &key, &host, Some("192.0.2.7".into())).await.unwrap();
        let why = Reason::parse("reason", "chargeback").unwrap();
        suspend(&service, &seller.actor, id, Some(why)).await.unwrap();
        reinstate(&service, &seller.actor, id).await.unwrap();
        let limits = NewLimits { domains: Some(Limit::new(4)), machines: None };
        change_limit(&service, &seller.actor, id, limits).await.unwrap();
        change_limit(&service, &seller.actor, id, limits).await.unwrap();
        renew(&service, &seller.actor, id, Renewal::Until(domain::Timestamp::MAX), None).await.unwrap();
        revoke(&service, &service::Actor::operator(seller.account), id, None).await.unwrap();
        let entries: Vec<_> = timeline(&service, &seller.actor, id).await.unwrap().entries.into_iter()
            .map(|e| (e.event.unwrap(), e.detail.unwrap_or_default(), e.actor))
            .collect();
        let entry = |event, detail: &str, actor: &str| (event, detail.to_owned(), actor.to_owned());
        assert_eq!(entries, [
            entry(Event::LicenseRevoked, "", "operator's shell"),
            entry(Event::LicenseRenewed, "never → 9999-12-31", "ada"),
            entry(Event::LicenseLimitChanged, "domains 1 → 4", "ada"),
            entry(Event::LicenseReinstated, "", "ada"),
            entry(Event::LicenseSuspended, "chargeback", "ada"),
            entry(Event::ActivationCreated, "a.com", "app at 192.0.2.7"),
            entry(Event::LicenseIssued, "ada plugin", "ada"),
        ]);
    }

    async fn a_rejected_change_leaves_the_license_unchanged(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = license(&service, &seller, 1).await;
        assert!(matches!(reinstate(&service, &seller.actor, id).await, Err(Error::Conflict(_))));
        revoke(&service, &seller.actor, id, None).await.unwrap();
        assert!(matches!(revoke(&service, &seller.actor, id, None).await, Err(Error::Conflict(_))));
        assert!(matches!(suspend(&service, &seller.actor, id, None).await, Err(Error::Conflict(_))));
        assert!(matches!(renew(&service, &seller.actor, id, Renewal::Until(domain::Timestamp::MAX), None).await, Err(Error::Conflict(_))));
        let limits = NewLimits { domains: Some(Limit::new(4)), machines: None };
        assert!(matches!(change_limit(&service, &seller.actor, id, limits).await, Err(Error::Conflict(_))));
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((view.standing, view.domain_limit), (Standing::Revoked, Limit::new(1)));
        assert_eq!(timeline(&service, &seller.actor, id).await.unwrap().entries.len(), 2);
        let missing = LicenseId(new_id());
        assert!(matches!(suspend(&service, &seller.actor, missing, None).await, Err(Error::NotFound)));
        let none = issue(&service, &seller.actor, NewLicense { count: 0, ..NewLicense::for_product(seller.product.id) }).await;
        assert!(matches!(none, Err(Error::Invalid(_))));
    }

    async fn roles_restrict_the_use_cases(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = license(&service, &seller, 1).await;
        let as_role = |role| member(seller.account, seller.user, "x", role);
        let viewer = as_role(Role::Viewer);
        assert!(show(&service, &viewer, id).await.is_ok());
        assert!(matches!(suspend(&service, &viewer, id, None).await, Err(Error::Forbidden)));
        assert!(matches!(reveal_key(&service, &viewer, id).await, Err(Error::Forbidden)));
        let support = as_role(Role::Support);
        assert!(reveal_key(&service, &support, id).await.is_ok());
        let new = ProductSettings::with_name(Name::parse("name", "New").unwrap());
        let made = service::product::create(&service, &support, new).await;
        assert!(matches!(made, Err(Error::Forbidden)));
    }

    async fn concurrent_extensions_add_up_and_a_repeated_form_counts_once(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = license(&service, &seller, 1).await;
        let start = domain::Timestamp::parse_expiry("2099-01-01").unwrap();
        renew(&service, &seller.actor, id, Renewal::Until(start), None).await.unwrap();
        let month = Renewal::Extend(domain::Period::from_days(30).unwrap());
        let extend = |token: Option<&'static str>| {
            let (service, actor) = (service.clone(), seller.actor.clone());
            tokio::spawn(async move { renew(&service, &actor, id, month, token).await.unwrap() })
        };
        let extensions: Vec<_> = (0..8).map(|_| extend(None)).collect();
        for extension in extensions {
            extension.await.unwrap();
        }
        let expires_at = service::license::show(&service, &seller.actor, id).await.unwrap().expires_at;
        assert_eq!(expires_at, Some(start.plus_days(240)));
        let repeated: Vec<_> = (0..8).map(|_| extend(Some("form"))).collect();
        for extension in repeated {
            assert_eq!(extension.await.unwrap(), Some(start.plus_days(270)));
        }
    }

    async fn a_slug_is_unique_within_an_account(db: TestDatabase) {
        let service = db.open().await;
        let (ada, bob) = (seller(&service, "ada").await, seller(&service, "bob").await);
        let settings = || ProductSettings {
            slug_is_suggested: false,
            ..ProductSettings::with_name(Name::parse("name", "Same").unwrap())
        };
        service::product::create(&service, &ada.actor, settings()).await.unwrap();
        let again = service::product::create(&service, &ada.actor, settings()).await;
        let Err(Error::Invalid(invalid)) = again else { panic!("a second one") };
        assert_eq!(invalid[0].field, "slug");
        assert!(service::product::create(&service, &bob.actor, settings()).await.is_ok());
        let moved = service::product::update(&service, &ada.actor, ada.product.id, settings()).await;
        assert!(matches!(moved, Err(Error::Invalid(_))));
    }

    async fn a_slug_derived_from_the_name_gets_a_number_if_it_is_in_use(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let settings = || ProductSettings::with_name(Name::parse("name", "製品").unwrap());
        let mut slugs = Vec::new();
        for _ in 0..3 {
            slugs.push(service::product::create(&service, &ada.actor, settings()).await.unwrap().slug);
        }
        assert_eq!(slugs, ["product", "product-2", "product-3"]);
        let moved = service::product::update(&service, &ada.actor, ada.product.id, settings()).await.unwrap();
        assert_eq!(moved.slug, "product-4");
    }
}
