//! Trial policies, and the products and trials that follow them.

mod concurrent;
mod trials;

use domain::TrialPolicyId;
use domain::bounded_text::{BoundedText, Name};
use domain::edit::Edit;
use domain::license::Limit;
use domain::license_rules::{FingerprintMatching, IpRange};
use domain::machine::{Fingerprint, Machine, Seconds, TrialRules};
use domain::view::AuditQuery;
use service::machine::{ActivationOutcome, TrialRequest, start_trial};
use service::product::{self, ProductRefusal, ProductTerms};
use service::trial_policy::{self, TrialPolicyChange, TrialPolicyEdit, TrialPolicyRecord};
use service::{Error, Service, audit, new_id};

use crate::machine_activation::list_request;
use test_support::{Seller, on_both_databases, seller};

const HOUR_SECONDS: u32 = 3_600;
const DAY_SECONDS: u32 = 86_400;

fn named(name: &str, seconds: u32) -> TrialPolicyChange {
    TrialPolicyChange {
        name: BoundedText::parse("name", name).ok(),
        length: Some(Seconds::new(seconds)),
        ..TrialPolicyChange::default()
    }
}

fn ranges(texts: &[&str]) -> Vec<IpRange> {
    texts.iter().map(|text| text.parse().expect("a range")).collect()
}

async fn made(service: &Service, seller: &Seller, new: &TrialPolicyChange) -> TrialPolicyRecord {
    trial_policy::create(service, &seller.actor, new).await.unwrap()
}

/// Gives the seller's product a policy, or none.
async fn choose(service: &Service, seller: &Seller, policy: Option<TrialPolicyId>) {
    let terms = ProductTerms { trial_policy: Some(policy), ..ProductTerms::default() };
    product::edit_by_program(service, &seller.actor, seller.product.id, &terms).await.unwrap().unwrap();
}

/// The policy of the seller's product.
async fn present(service: &Service, seller: &Seller) -> Option<TrialPolicyRecord> {
    product::show_record(service, &seller.actor, seller.product.id).await.unwrap().trial_policy
}

/// Saves the form of the seller's product with other machine rules.
async fn save(service: &Service, seller: &Seller, change: impl FnOnce(&mut domain::machine::MachineRules)) {
    let shown = product::show(service, &seller.actor, seller.product.id).await.unwrap();
    let mut settings = shown.settings().unwrap();
    change(&mut settings.machines);
    product::update(service, &seller.actor, seller.product.id, settings).await.unwrap();
}

async fn start(
    service: &Service,
    seller: &Seller,
    fingerprint: &str,
    machine: Machine,
    ip: Option<&str>,
) -> ActivationOutcome {
    let request = TrialRequest {
        raw_product_id: seller.product.id.to_string(),
        fingerprint: Fingerprint::parse(fingerprint).unwrap(),
        machine,
    };
    start_trial(service, &request, ip.map(ToOwned::to_owned)).await.unwrap()
}

/// A form of a policy with another length and limit than it showed.
fn form_of(shown: &TrialPolicyRecord, days: u32, limit: Limit) -> TrialPolicyEdit {
    let name = BoundedText::from_storage(shown.name.clone());
    let on = |on: bool| Edit { new: on, shown: Some(on) };
    TrialPolicyEdit {
        name: Edit { new: name.clone(), shown: Some(name) },
        length: Edit { new: Seconds::new(days * DAY_SECONDS), shown: Some(shown.rules.length) },
        limit: Some(Edit { new: limit, shown: Some(shown.rules.limit) }),
        allow_vm: on(shown.admission.allow_vm),
        allow_container: on(shown.admission.allow_container),
    }
}

/// The number of entries of the audit log about policies and products.
async fn entries(service: &Service, seller: &Seller) -> usize {
    audit::list(service, &seller.actor, &AuditQuery::default()).await.unwrap().items.len()
}

on_both_databases! {
    async fn products_follow_their_policy(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let policy = made(&service, &ada, &named("14 days", 14 * DAY_SECONDS)).await;
        let terms = ProductTerms {
            name: Name::parse("name", "Studio").ok(),
            trial_policy: Some(Some(policy.id)),
            ..ProductTerms::default()
        };
        let product = product::create_by_program(&service, &ada.actor, &terms).await.unwrap().unwrap();
        assert_eq!(product.trial_policy.as_ref(), Some(&policy));
        choose(&service, &ada, Some(policy.id)).await;
        let change = TrialPolicyChange {
            length: Some(Seconds::new(36 * HOUR_SECONDS)),
            limit: Some(Limit::new(3)),
            allow_vm: Some(false),
            ..TrialPolicyChange::default()
        };
        let changed = trial_policy::update(&service, &ada.actor, policy.id, &change).await.unwrap();
        assert_eq!(present(&service, &ada).await, Some(changed));
        let shown = product::show(&service, &ada.actor, product.id).await.unwrap();
        let expected = TrialRules { length: Seconds::new(36 * HOUR_SECONDS), limit: Limit::new(3) };
        assert_eq!(shown.machines.trial, Some(expected));
        assert!(shown.machines.allow_vm, "of licenses");
        let deleted = trial_policy::delete(&service, &ada.actor, policy.id).await;
        assert!(matches!(deleted, Err(Error::Conflict(_))));
        let end = ProductTerms { trial_policy: Some(None), ..ProductTerms::default() };
        product::edit_by_program(&service, &ada.actor, product.id, &end).await.unwrap().unwrap();
        choose(&service, &ada, None).await;
        assert_eq!(present(&service, &ada).await, None);
        trial_policy::delete(&service, &ada.actor, policy.id).await.unwrap();
        let gone = trial_policy::show(&service, &ada.actor, policy.id).await;
        assert!(matches!(gone, Err(Error::NotFound)));
    }

    async fn lists_have_pages_and_menus_a_search(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let chosen = made(&service, &ada, &named("Zulu", DAY_SECONDS)).await;
        for n in 0..60 {
            made(&service, &ada, &named(&format!("Policy {n:02}"), DAY_SECONDS)).await;
        }
        let first = trial_policy::list_page(&service, &ada.actor, None).await.unwrap();
        assert_eq!((first.policies.len(), first.policies[0].name.as_str()), (50, "Policy 59"));
        let second = trial_policy::list_page(&service, &ada.actor, first.older).await.unwrap();
        assert_eq!((second.policies.len(), second.older), (11, None));
        assert_eq!(second.policies[10].id, chosen.id);
        // A deleted row leads to the first page.
        let deleted = Some(TrialPolicyId(new_id()));
        assert_eq!(trial_policy::list_page(&service, &ada.actor, deleted).await.unwrap(), first);
        let menu = trial_policy::menu(&service, &ada.actor, Some(&chosen), None).await.unwrap();
        assert_eq!((menu.options.len(), menu.has_more), (51, true), "with the chosen one");
        assert_eq!(menu.options[50].id, chosen.id);
        let menu = trial_policy::menu(&service, &ada.actor, None, Some("zul".to_owned())).await.unwrap();
        assert_eq!((menu.options.len(), menu.has_more), (1, false));
    }

    async fn an_echo_is_no_change(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let policy = made(&service, &ada, &named("14 days", 14 * DAY_SECONDS)).await;
        choose(&service, &ada, Some(policy.id)).await;
        let before = entries(&service, &ada).await;
        let echo = TrialPolicyChange {
            limit: Some(Limit::UNLIMITED),
            allow_vm: Some(true),
            fingerprint_matching: Some(FingerprintMatching::default()),
            ip_ranges: Some(Vec::new()),
            ..named("14 days", 14 * DAY_SECONDS)
        };
        assert_eq!(trial_policy::update(&service, &ada.actor, policy.id, &echo).await.unwrap(), policy);
        choose(&service, &ada, Some(policy.id)).await;
        save(&service, &ada, |_| {}).await;
        let after = entries(&service, &ada).await;
        // The form of a product writes an entry of its own.
        assert_eq!(after, before + 1);
        assert_eq!(present(&service, &ada).await, Some(policy));
    }

    async fn a_product_of_the_dashboard_has_its_own_policy(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        assert_eq!(present(&service, &ada).await, None, "no trials, no policy");
        save(&service, &ada, |rules| {
            rules.allow_container = false;
            rules.trial = Some(TrialRules::of_days(14, Limit::new(5)));
        })
        .await;
        let own = present(&service, &ada).await.unwrap();
        assert_eq!((own.name.as_str(), own.rules), (ada.product.name.as_str(), TrialRules::of_days(14, Limit::new(5))));
        assert!(own.admission.allow_vm && !own.admission.allow_container, "as of its licenses");
        save(&service, &ada, |rules| rules.trial = Some(TrialRules::of_days(7, Limit::new(5)))).await;
        let changed = present(&service, &ada).await.unwrap();
        assert_eq!((changed.id, changed.rules.days()), (own.id, 7));
        // Rules of the policy that the form does not have go on; what it changes applies to trials too.
        let change = TrialPolicyChange {
            allow_container: Some(true),
            ip_ranges: Some(ranges(&["10.0.0.0/8"])),
            ..TrialPolicyChange::default()
        };
        trial_policy::update(&service, &ada.actor, own.id, &change).await.unwrap();
        save(&service, &ada, |rules| rules.allow_vm = false).await;
        let changed = present(&service, &ada).await.unwrap();
        assert_eq!(changed.admission.addresses.ranges.len(), 1);
        assert!(!changed.admission.allow_vm && changed.admission.allow_container);
        // A shared policy goes on for the others.
        let shared = ProductTerms {
            name: Name::parse("name", "Second").ok(),
            trial_policy: Some(Some(own.id)),
            ..ProductTerms::default()
        };
        let second = product::create_by_program(&service, &ada.actor, &shared).await.unwrap().unwrap();
        save(&service, &ada, |rules| rules.trial = Some(TrialRules::of_days(3, Limit::UNLIMITED))).await;
        let other = product::show_record(&service, &ada.actor, second.id).await.unwrap().trial_policy.unwrap();
        let first = present(&service, &ada).await.unwrap();
        assert_eq!((other.id, other.rules.days(), first.rules.days()), (own.id, 7, 3));
        assert!(first.id != own.id);
        save(&service, &ada, |rules| rules.trial = None).await;
        assert_eq!(present(&service, &ada).await, None);
        let outcome = start(&service, &ada, "a", Machine::default(), Some("10.0.0.1")).await;
        assert_eq!(outcome, ActivationOutcome::TrialNotAllowed);
        save(&service, &ada, |rules| rules.trial = Some(TrialRules::of_days(3, Limit::UNLIMITED))).await;
        assert!(present(&service, &ada).await.unwrap().admission.addresses.ranges.is_empty(), "a new one");
    }

    async fn policies_of_another_seller_look_missing(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let policy = made(&service, &ada, &named("14 days", 14 * DAY_SECONDS)).await;
        let change = TrialPolicyChange { limit: Some(Limit::new(1)), ..TrialPolicyChange::default() };
        for id in [policy.id, TrialPolicyId(new_id())] {
            let actor = &eve.actor;
            assert!(matches!(trial_policy::show(&service, actor, id).await, Err(Error::NotFound)));
            assert!(matches!(trial_policy::show_page(&service, actor, id).await, Err(Error::NotFound)));
            assert!(matches!(trial_policy::update(&service, actor, id, &change).await, Err(Error::NotFound)));
            let edited = trial_policy::edit(&service, actor, id, form_of(&policy, 7, Limit::new(9))).await;
            assert!(matches!(edited, Err(Error::NotFound)));
            assert!(matches!(trial_policy::delete(&service, actor, id).await, Err(Error::NotFound)));
            let terms = ProductTerms { trial_policy: Some(Some(id)), ..ProductTerms::default() };
            let refused = product::edit_by_program(&service, actor, eve.product.id, &terms).await.unwrap();
            assert_eq!(refused.map(|record| record.id), Err(ProductRefusal::UnknownTrialPolicy));
        }
        let own = trial_policy::list(&service, &eve.actor, &list_request(Vec::new())).await.unwrap();
        assert!(own.items.is_empty());
        assert!(trial_policy::menu(&service, &eve.actor, None, None).await.unwrap().options.is_empty());
        assert_eq!(trial_policy::show(&service, &ada.actor, policy.id).await.unwrap(), policy);
    }
}
