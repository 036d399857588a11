//! Products: changes of one form, archived products, deleted products and their numbers.

use domain::bounded_text::Name;
use domain::development::DevelopmentHosts;
use domain::edit::Edit;
use domain::license::{Limit, NewLicense};
use domain::machine::{MachineRules, TrialRules};
use domain::meter::Meters;
use domain::permission::Role;
use domain::product::{DomainsChange, ProductChange, ProductSettings};
use domain::view::ProductView;
use domain::{ProductId, SlotScope};
use sea_orm::{ConnectionTrait as _, Database};
use service::activation::{ActivateOutcome, activate};
use service::license::issue;
use service::{Error, Service, product, signing};

use test_support::{Seller, host, license, member, on_both_databases, person, seller, texts};

fn settings(name: &str) -> ProductSettings {
    ProductSettings::with_name(Name::parse("name", name).unwrap())
}

async fn create(service: &Service, seller: &Seller, name: &str) -> ProductView {
    product::create(service, &seller.actor, settings(name)).await.unwrap()
}

async fn try_issue(service: &Service, seller: &Seller, product: ProductId) -> Result<(), Error> {
    issue(service, &seller.actor, NewLicense::for_product(product)).await.map(drop)
}

fn meters(new: &str, shown: &str) -> ProductChange {
    ProductChange::Meters(Edit {
        new: Meters::parse(new).unwrap(),
        shown: Some(Meters::parse(shown).unwrap()),
    })
}

fn scope(new: SlotScope, shown: SlotScope) -> ProductChange {
    ProductChange::Domains(DomainsChange {
        slot_scope: Edit { new, shown: Some(shown) },
        free_development_hosts: Edit { new: false, shown: Some(false) },
        development_hosts: Edit { new: String::new(), shown: Some(String::new()) },
    })
}

/// The actions and details of the account's audit entries on products, the oldest first.
async fn entries(url: &str) -> Vec<String> {
    let connection = Database::connect(url).await.unwrap();
    let sql = "SELECT action || ' ' || detail AS text FROM audit_entries WHERE product_id IS NOT NULL \
               AND license_id IS NULL ORDER BY id";
    texts(&connection, sql).await
}

on_both_databases! {
    async fn change_of_one_form_keeps_the_changes_of_another(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let id = ada.product.id;
        product::change(&service, &ada.actor, id, meters("exports = 5", "")).await.unwrap();
        let changed = product::change(&service, &ada.actor, id, scope(SlotScope::Www, SlotScope::Host)).await.unwrap();
        assert_eq!((changed.meters.text().as_str(), changed.slot_scope), ("exports = 5", SlotScope::Www));
        assert_eq!(changed.machines, ada.product.machines);
        assert_eq!(product::show(&service, &ada.actor, id).await.unwrap(), changed);
    }

    async fn second_change_of_a_field_is_refused_with_its_stored_value(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let id = ada.product.id;
        product::change(&service, &ada.actor, id, meters("exports = 5", "")).await.unwrap();
        let second = product::change(&service, &ada.actor, id, meters("exports = 9", "")).await;
        let Err(Error::Changed(conflicts)) = second else { panic!("{second:?}") };
        assert_eq!(conflicts[0].field, "meters");
        assert!(conflicts[0].message.contains("exports = 5"), "{}", conflicts[0].message);
        product::change(&service, &ada.actor, id, meters("exports = 9", "exports = 5")).await.unwrap();
        assert_eq!(product::show(&service, &ada.actor, id).await.unwrap().meters.text(), "exports = 9");
    }

    async fn change_without_effect_is_not_recorded(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        product::change(&service, &ada.actor, ada.product.id, meters("", "")).await.unwrap();
        assert_eq!(entries(&db.url).await, ["product.created ada plugin"]);
    }

    async fn two_forms_saved_at_once_are_both_stored(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let id = ada.product.id;
        for round in 0..10 {
            let (new, shown) = (format!("exports = {}", round + 1), format!("exports = {round}"));
            let shown = if round == 0 { "" } else { &shown };
            let scopes = [SlotScope::Host, SlotScope::Www];
            let (from, to) = (scopes[round % 2], scopes[(round + 1) % 2]);
            let (a, b) = tokio::join!(
                product::change(&service, &ada.actor, id, meters(&new, shown)),
                product::change(&service, &ada.actor, id, scope(to, from)),
            );
            a.unwrap();
            b.unwrap();
            let stored = product::show(&service, &ada.actor, id).await.unwrap();
            assert_eq!((stored.meters.text(), stored.slot_scope), (new, to));
        }
    }

    async fn archived_product_gets_no_licenses_and_its_licenses_go_on(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let id = ada.product.id;
        let (_, key) = license(&service, &ada, 1).await;
        let archived = product::archive(&service, &ada.actor, id).await.unwrap();
        assert!(archived.archived_at.is_some());
        let refused = try_issue(&service, &ada, id).await;
        let Err(Error::Invalid(invalid)) = refused else { panic!("{refused:?}") };
        assert_eq!(invalid[0].field, "product");
        let active = activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(active, ActivateOutcome::Active);
        let options = product::options(&service, &ada.actor).await.unwrap();
        assert!(options[0].archived, "a filter of lists still needs it");
        assert!(matches!(product::archive(&service, &ada.actor, id).await, Err(Error::Conflict(_))));

        let restored = product::restore(&service, &ada.actor, id).await.unwrap();
        assert_eq!(restored.archived_at, None);
        try_issue(&service, &ada, id).await.unwrap();
        assert!(matches!(product::restore(&service, &ada.actor, id).await, Err(Error::Conflict(_))));
        let expected = ["product.created ada plugin", "product.archived ada plugin", "product.restored ada plugin"];
        assert_eq!(entries(&db.url).await, expected);
    }

    async fn license_count_of_an_archived_product_never_grows(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let id = ada.product.id;
        let issuing = async {
            let mut count = 0;
            while try_issue(&service, &ada, id).await.is_ok() {
                count += 1;
            }
            count
        };
        let archiving = async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            product::archive(&service, &ada.actor, id).await.unwrap().licenses
        };
        let (issued, at_archiving) = tokio::join!(issuing, archiving);
        let stored = product::show(&service, &ada.actor, id).await.unwrap().licenses;
        assert_eq!((issued, at_archiving), (stored, stored));
    }

    async fn number_of_a_deleted_product_is_not_used_again(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (second, third) = (create(&service, &ada, "b").await, create(&service, &ada, "c").await);
        signing::current_public_key(&service, &ada.actor, third.id).await.unwrap();
        for product in [&third, &second] {
            product::delete(&service, &ada.actor, product.id).await.unwrap();
            assert!(matches!(product::show(&service, &ada.actor, product.id).await, Err(Error::NotFound)));
            assert!(matches!(product::delete(&service, &ada.actor, product.id).await, Err(Error::NotFound)));
        }
        let next = create(&service, &ada, "d").await;
        assert_eq!(next.number, third.number + 1);
        let entries = entries(&db.url).await;
        assert_eq!(entries[3..5], ["product.deleted c", "product.deleted b"]);
        // Its slug is free again.
        assert_eq!(create(&service, &ada, "c").await.slug, "c");
    }

    async fn product_with_a_license_or_a_trial_is_not_deleted(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        license(&service, &ada, 1).await;
        let trial = Some(TrialRules::of_days(14, Limit::UNLIMITED));
        let machines = MachineRules { trial, ..MachineRules::default() };
        let tried = product::create(&service, &ada.actor, ProductSettings { machines, ..settings("tried") }).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        connection.execute_unprepared("UPDATE products SET trials_used = 1 WHERE slug = 'tried'").await.unwrap();
        for id in [ada.product.id, tried.id] {
            assert!(matches!(product::delete(&service, &ada.actor, id).await, Err(Error::Conflict(_))));
            assert!(product::show(&service, &ada.actor, id).await.is_ok());
        }
    }

    async fn only_owners_and_admins_archive_and_delete(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (_, user, _) = person(&service, "sue", "ada", Role::Support).await;
        let sue = member(ada.account, user, "sue", Role::Support);
        let id = ada.product.id;
        assert!(matches!(product::archive(&service, &sue, id).await, Err(Error::Forbidden)));
        assert!(matches!(product::restore(&service, &sue, id).await, Err(Error::Forbidden)));
        assert!(matches!(product::delete(&service, &sue, id).await, Err(Error::Forbidden)));
        assert!(matches!(product::change(&service, &sue, id, meters("a", "")).await, Err(Error::Forbidden)));
    }

    async fn new_development_hosts_recount_the_slots(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let (id, key) = license(&service, &ada, 2).await;
        activate(&service, &key, &host("dev.shop.com"), None).await.unwrap();
        let change = ProductChange::Domains(DomainsChange {
            slot_scope: Edit { new: SlotScope::Host, shown: Some(SlotScope::Host) },
            free_development_hosts: Edit { new: true, shown: Some(false) },
            development_hosts: Edit { new: "dev.*".to_owned(), shown: Some(String::new()) },
        });
        let changed = product::change(&service, &ada.actor, ada.product.id, change).await.unwrap();
        let hosts = DevelopmentHosts::from_storage(true, &changed.development_hosts);
        assert!(hosts.covers(&host("dev.shop.com")));
        assert_eq!(service::license::show(&service, &ada.actor, id).await.unwrap().domains_used, 0);
    }
}
