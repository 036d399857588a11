//! Trials: one for each machine, up to the limit of the product.

use domain::Timestamp;
use domain::license::Limit;
use domain::machine::{Fingerprint, MachineRules, TrialRules};
use service::Clock;
use service::machine::{ActivationOutcome, TrialRequest, start_trial};
use service::product;

use super::support::{claims, request, set_rules};
use test_support::{license, on_both_databases, seller};

const DAY: i64 = 86_400;

on_both_databases! {
    async fn a_machine_gets_one_trial_of_a_product(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let by = |fingerprint: &str| TrialRequest {
            raw_product_id: seller.product.id.to_string(),
            fingerprint: Fingerprint::parse(fingerprint).unwrap(),
            machine: request(&seller, &key, "x").machine,
        };
        assert_eq!(start_trial(&service, &by("a"), None).await.unwrap(), ActivationOutcome::TrialNotAllowed);
        let trial = Some(TrialRules::of_days(14, Limit::new(2)));
        set_rules(&service, &seller, MachineRules { trial, ..MachineRules::default() }, "").await;
        let first = claims(&service, start_trial(&service, &by("a"), None).await.unwrap()).await;
        assert_eq!((&first["eat"], &first["key"], &first["lid"]), (&(14 * DAY).into(), &"".into(), &"".into()));
        assert!(first["lma"].is_array() && first.get("exp").is_none());
        clock.set(Timestamp::from_millis(20 * DAY * 1000));
        let again = claims(&service, start_trial(&service, &by("a"), None).await.unwrap()).await;
        assert_eq!((&again["aid"], &again["eat"]), (&first["aid"], &first["eat"]), "its time is not begun anew");
        // Public numbers can be guessed.
        for wrong in ["nothing", &seller.product.number.to_string()] {
            let wrong = TrialRequest { raw_product_id: wrong.to_owned(), ..by("a") };
            assert_eq!(start_trial(&service, &wrong, None).await.unwrap(), ActivationOutcome::InvalidProduct);
        }
    }

    async fn an_archived_product_starts_no_trials_and_running_ones_go_on(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let trial = Some(TrialRules::of_days(14, Limit::UNLIMITED));
        set_rules(&service, &seller, MachineRules { trial, ..MachineRules::default() }, "").await;
        let start = async |fingerprint: &str| {
            let request = TrialRequest {
                raw_product_id: seller.product.id.to_string(),
                fingerprint: Fingerprint::parse(fingerprint).unwrap(),
                machine: request(&seller, &key, "x").machine,
            };
            start_trial(&service, &request, None).await.unwrap()
        };
        let first = claims(&service, start("a").await).await;
        product::archive(&service, &seller.actor, seller.product.id).await.unwrap();
        assert_eq!(start("b").await, ActivationOutcome::TrialNotAllowed);
        let again = claims(&service, start("a").await).await;
        assert_eq!((&again["aid"], &again["eat"]), (&first["aid"], &first["eat"]));
        assert_eq!(product::show(&service, &seller.actor, seller.product.id).await.unwrap().trials, 1);
        product::restore(&service, &seller.actor, seller.product.id).await.unwrap();
        assert!(matches!(start("b").await, ActivationOutcome::Token(_)));
    }

    async fn one_network_starts_at_most_30_trials_a_day(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let trial = Some(TrialRules::of_days(14, Limit::new(100)));
        set_rules(&service, &seller, MachineRules { trial, ..MachineRules::default() }, "").await;
        let start = async |machine: u32, ip: &str| {
            let request = TrialRequest {
                raw_product_id: seller.product.id.to_string(),
                fingerprint: Fingerprint::parse(&machine.to_string()).unwrap(),
                machine: request(&seller, &key, "x").machine,
            };
            start_trial(&service, &request, Some(ip.to_owned())).await.unwrap()
        };
        let is_started = |outcome| matches!(outcome, ActivationOutcome::Token(_));
        for machine in 0..30 {
            assert!(is_started(start(machine, &format!("2001:db8::{machine:x}")).await), "{machine}");
        }
        assert_eq!(start(30, "2001:db8::ffff").await, ActivationOutcome::TrialLimitReached);
        assert!(is_started(start(7, "2001:db8::ffff").await), "a trial that began is no new one");
        assert!(is_started(start(30, "2001:db8:0:1::1").await), "another network");
        clock.set(Timestamp::from_millis(DAY * 1000 + 1));
        assert!(is_started(start(31, "2001:db8::1").await), "the next day");
    }

    async fn concurrent_trials_stop_at_the_limit(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let (_, key) = license(&services[0], &seller, 1).await;
        let trial = Some(TrialRules::of_days(14, Limit::new(2)));
        set_rules(&services[0], &seller, MachineRules { trial, ..MachineRules::default() }, "").await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let service = services[n % 2].clone();
                let asked = TrialRequest {
                    raw_product_id: seller.product.id.to_string(),
                    // Each machine sends two concurrent requests.
                    fingerprint: Fingerprint::parse(&(n / 2).to_string()).unwrap(),
                    machine: request(&seller, &key, "x").machine,
                };
                tokio::spawn(async move { start_trial(&service, &asked, None).await.unwrap() })
            })
            .collect();
        let mut begun = std::collections::HashSet::new();
        for task in tasks {
            match task.await.unwrap() {
                ActivationOutcome::TrialLimitReached => {}
                token => {
                    begun.insert(claims(&services[0], token).await["aid"].as_str().unwrap().to_owned());
                }
            }
        }
        assert_eq!(begun.len(), 2);
        let page = service::product::show(&services[0], &seller.actor, seller.product.id).await.unwrap();
        assert_eq!(page.trials, 2);
    }
}
