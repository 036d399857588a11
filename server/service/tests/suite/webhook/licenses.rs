//! The events of licenses, templates and products.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::bounded_text::BoundedText;
use domain::license::{Limit, Renewal};
use domain::license_rules::{RenewFrom, RuleOverrides};
use domain::{LicenseId, Period};
use service::Service;
use service::activation::activate;
use service::license::{
    self, EditLicense, ExpiryMove, edit, move_expiry, reinstate, renew, revoke, suspend, undo_revocation,
};
use service::license_template::{self, TemplateChange};

use super::{Receiver, URL, deliver, enable, make};
use test_support::{Seller, host, license, on_both_databases, seller};

/// Delivers what is due, and returns how often each event was sent so far.
async fn sent(service: &Service, receiver: &Receiver) -> BTreeMap<String, usize> {
    deliver(service).await;
    let mut counts = BTreeMap::new();
    for event in receiver.events() {
        *counts.entry(event).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(event, count)| (event.to_owned(), count)).collect()
}

async fn change(service: &Service, ada: &Seller, id: LicenseId, change: EditLicense) {
    assert!(edit(service, &ada.actor, id, &change).await.unwrap().is_ok());
}

/// Changes only the interval of a license.
fn interval(text: &str) -> EditLicense {
    let rules = RuleOverrides { interval: Some(text.to_owned()), ..RuleOverrides::default() };
    EditLicense { rules, ..EditLicense::default() }
}

on_both_databases! {
    async fn changes_of_state_are_sent_with_the_state_after_them(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["license.*"]).await;
        let (id, _) = license(&service, &ada, 1).await;
        suspend(&service, &ada.actor, id, None).await.unwrap();
        reinstate(&service, &ada.actor, id).await.unwrap();
        revoke(&service, &ada.actor, id, None).await.unwrap();
        undo_revocation(&service, &ada.actor, id).await.unwrap();
        license::delete(&service, &ada.actor, id).await.unwrap();
        let expected = [
            ("license.approved", 1),
            ("license.created", 1),
            ("license.deleted", 1),
            ("license.resumed", 1),
            ("license.revoked", 1),
            ("license.suspended", 1),
            ("license.updated", 4),
        ];
        assert_eq!(sent(&service, &receiver).await, counts(expected));
        for (event, state) in [
            ("license.created", "active"),
            ("license.suspended", "suspended"),
            ("license.resumed", "active"),
            ("license.revoked", "revoked"),
            ("license.approved", "active"),
            ("license.deleted", "active"),
        ] {
            let body = receiver.bodies().into_iter().find(|body| body["event"] == event).unwrap();
            assert_eq!(body["data"]["id"], id.to_string(), "{event}");
            assert_eq!(body["data"]["name"], state, "{event}");
        }
    }

    async fn an_edit_is_one_update_and_a_moved_expiry_is_none(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let (id, _) = license(&service, &ada, 1).await;
        make(&service, &ada, URL, &["license.*"]).await;
        let several = EditLicense {
            machine_limit: Some(Limit::new(7)),
            suspended: Some(true),
            notes: Some(BoundedText::parse("notes", "Paid twice.").ok()),
            ..EditLicense::default()
        };
        change(&service, &ada, id, several.clone()).await;
        change(&service, &ada, id, several).await;
        let mut expected = counts([("license.suspended", 1), ("license.updated", 1)]);
        assert_eq!(sent(&service, &receiver).await, expected, "an equal edit is none");

        change(&service, &ada, id, interval("P1Y")).await;
        expected.insert("license.subscription.updated".to_owned(), 1);
        assert_eq!(sent(&service, &receiver).await, expected);
        let both = EditLicense { suspended: Some(false), ..interval("P2Y") };
        change(&service, &ada, id, both).await;
        for (event, count) in
            [("license.subscription.updated", 2), ("license.resumed", 1), ("license.updated", 2)]
        {
            expected.insert(event.to_owned(), count);
        }
        assert_eq!(sent(&service, &receiver).await, expected);

        let month: Period = "P1M".parse().unwrap();
        renew(&service, &ada.actor, id, Renewal::Until(service.now().plus_days(3)), None).await.unwrap();
        renew(&service, &ada.actor, id, Renewal::Extend(month), None).await.unwrap();
        for how in [ExpiryMove::Extend(60), ExpiryMove::Renew(RenewFrom::Expiry), ExpiryMove::Never] {
            assert!(move_expiry(&service, &ada.actor, id, how).await.unwrap().is_ok());
        }
        for (event, count) in
            [("license.extended", 2), ("license.renewed", 1), ("license.expiresAt.updated", 2)]
        {
            expected.insert(event.to_owned(), count);
        }
        assert_eq!(sent(&service, &receiver).await, expected);
    }

    async fn the_first_activation_and_the_last_slot_have_events(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        let (id, key) = license(&service, &ada, 2).await;
        make(&service, &ada, URL, &["license.*"]).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let first = counts([("license.first-activated", 1)]);
        assert_eq!(sent(&service, &receiver).await, first);
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        let both = counts([("license.activation.limit-reached", 1), ("license.first-activated", 1)]);
        assert_eq!(sent(&service, &receiver).await, both);
        activate(&service, &key, &host("c.com"), None).await.unwrap();
        assert_eq!(sent(&service, &receiver).await, both, "a refusal is no event");
        assert!(receiver.bodies().iter().all(|body| body["data"]["id"] == id.to_string()));
    }

    async fn templates_and_their_products_have_events(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let ada = seller(&service, "ada").await;
        enable(&service, &receiver);
        make(&service, &ada, URL, &["licenseTemplate.*", "product.*"]).await;
        let named = |name: &str| TemplateChange {
            name: BoundedText::parse("name", name).ok(),
            ..TemplateChange::default()
        };
        let made = license_template::create(&service, &ada.actor, named("Yearly")).await.unwrap();
        license_template::update(&service, &ada.actor, made.id, &named("Monthly")).await.unwrap();
        license_template::delete(&service, &ada.actor, made.id).await.unwrap();
        let events = sent(&service, &receiver).await;
        let expected =
            [("licenseTemplate.created", 1), ("licenseTemplate.deleted", 1), ("licenseTemplate.updated", 1)];
        assert_eq!(events, counts(expected));
        let deleted = receiver.bodies().into_iter().find(|body| body["event"] == "licenseTemplate.deleted").unwrap();
        assert_eq!(deleted["data"]["name"], "Monthly");
        service::product::archive(&service, &ada.actor, ada.product.id).await.unwrap();
        let archived = sent(&service, &receiver).await;
        assert_eq!(archived.get("product.updated"), Some(&1), "{archived:?}");
    }

    async fn a_license_of_an_account_is_read_for_no_other(db: TestDatabase) {
        let (service, receiver) = (db.open().await, Arc::<Receiver>::default());
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        enable(&service, &receiver);
        make(&service, &eve, URL, &["*"]).await;
        let before = sent(&service, &receiver).await;
        let (id, key) = license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        suspend(&service, &ada.actor, id, None).await.unwrap();
        assert_eq!(sent(&service, &receiver).await, before);
    }
}
