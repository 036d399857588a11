//! Trials that start, or no longer start, by the policy of their product.

use domain::Timestamp;
use domain::license::Limit;
use domain::license_rules::FingerprintMatching;
use domain::machine::{AdmissionError, Machine, Seconds, TrialRules};
use service::machine::ActivationOutcome;
use service::trial_policy::{self, TrialPolicyChange};
use service::{Clock, trial};

use super::{DAY_SECONDS, HOUR_SECONDS, choose, made, named, present, ranges, save, start};
use crate::machine::support::claims;
use crate::machine_activation::list_request;
use test_support::{on_both_databases, seller, texts};

on_both_databases! {
    async fn starts_of_trials_obey_the_policy(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let ada = seller(&service, "ada").await;
        let strict = TrialPolicyChange {
            limit: Some(Limit::new(2)),
            allow_vm: Some(false),
            allow_container: Some(false),
            user_locked: Some(true),
            fingerprint_matching: Some(FingerprintMatching::Fuzzy),
            ip_ranges: Some(ranges(&["10.0.0.0/8"])),
            denied_addresses: Some(ranges(&["10.0.0.7"])),
            ..named("36 hours", 36 * HOUR_SECONDS)
        };
        let policy = made(&service, &ada, &strict).await;
        choose(&service, &ada, Some(policy.id)).await;
        let user = |name: &str| Machine { user_hash: name.into(), ..Machine::default() };
        let refused = ActivationOutcome::NotAdmitted;
        let vm = Machine { vm_name: Some("kvm".into()), ..Machine::default() };
        let container = Machine { container: Some("docker".into()), ..Machine::default() };
        let inside = Some("10.0.0.1");
        for (machine, ip, error) in [
            (vm, inside, AdmissionError::Vm),
            (container, inside, AdmissionError::Container),
            (user("u"), Some("11.0.0.1"), AdmissionError::Address),
            (user("u"), Some("10.0.0.7"), AdmissionError::Address),
        ] {
            assert_eq!(start(&service, &ada, "a", machine, ip).await, refused(error), "{ip:?}");
        }
        let first = claims(&service, start(&service, &ada, "a", user("u"), inside).await).await;
        assert_eq!((&first["eat"], &first["fms"]), (&(36 * HOUR_SECONDS).into(), &"fuzzy".into()));
        let again = claims(&service, start(&service, &ada, "a", user("u"), inside).await).await;
        assert_eq!(again["aid"], first["aid"]);
        let other_user = claims(&service, start(&service, &ada, "a", user("v"), inside).await).await;
        assert_ne!(other_user["aid"], first["aid"]);
        let third = start(&service, &ada, "b", user("u"), inside).await;
        assert_eq!(third, ActivationOutcome::TrialLimitReached);
        let open = TrialPolicyChange { limit: Some(Limit::new(3)), ..TrialPolicyChange::default() };
        trial_policy::update(&service, &ada.actor, policy.id, &open).await.unwrap();
        assert!(matches!(start(&service, &ada, "b", user("u"), inside).await, ActivationOutcome::Token(_)));
    }

    async fn addresses_are_counted_and_not_kept(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let discards = TrialPolicyChange { discards_addresses: Some(true), ..named("14 days", 14 * DAY_SECONDS) };
        let policy = made(&service, &ada, &discards).await;
        choose(&service, &ada, Some(policy.id)).await;
        for n in 0..30 {
            let outcome = start(&service, &ada, &n.to_string(), Machine::default(), Some("192.0.2.7")).await;
            assert!(matches!(outcome, ActivationOutcome::Token(_)), "{n}");
        }
        let more = start(&service, &ada, "more", Machine::default(), Some("192.0.2.7")).await;
        assert_eq!(more, ActivationOutcome::TrialLimitReached);
        let trials = trial::list(&service, &ada.actor, &list_request(Vec::new())).await.unwrap().items;
        assert!(trials.len() == 30 && trials.iter().all(|trial| trial.ip.is_empty()));
        let connection = sea_orm::Database::connect(&db.url).await.unwrap();
        let sql = "SELECT subject AS text FROM trials WHERE network LIKE '192.%' OR ip IS NOT NULL";
        assert!(texts(&connection, sql).await.is_empty());
        let sql = "SELECT action AS text FROM audit_entries WHERE action = 'trial.started' AND ip IS NOT NULL";
        assert!(texts(&connection, sql).await.is_empty());
    }

    async fn trials_that_a_node_of_the_previous_version_ended_stay_ended(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let policy = made(&service, &ada, &named("14 days", 14 * DAY_SECONDS)).await;
        choose(&service, &ada, Some(policy.id)).await;
        let connection = sea_orm::Database::connect(&db.url).await.unwrap();
        let old = "UPDATE products SET trial_days = NULL, trial_limit = NULL";
        sea_orm::ConnectionTrait::execute_unprepared(&connection, old).await.unwrap();
        let longer = TrialPolicyChange { length: Some(Seconds::new(DAY_SECONDS)), ..TrialPolicyChange::default() };
        trial_policy::update(&service, &ada.actor, policy.id, &longer).await.unwrap();
        assert_eq!(present(&service, &ada).await, None);
        let outcome = start(&service, &ada, "a", Machine::default(), None).await;
        assert_eq!(outcome, ActivationOutcome::TrialNotAllowed);
        assert!(trial_policy::show_page(&service, &ada.actor, policy.id).await.unwrap().products.is_empty());
        trial_policy::delete(&service, &ada.actor, policy.id).await.unwrap();
        save(&service, &ada, |rules| rules.trial = Some(TrialRules::of_days(3, Limit::UNLIMITED))).await;
        assert_eq!(present(&service, &ada).await.unwrap().rules.days(), 3);
    }
}
