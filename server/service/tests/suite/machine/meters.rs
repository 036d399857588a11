//! Meters: limits, reports of use and floating uses.

use domain::license::Limit;
use domain::machine::MachineRules;
use domain::{ActivationId, LicenseId};
use service::license::{NewLimits, change_limit, show};
use service::machine::{
    ActivationOutcome, ActivationRequest, IncrementOutcome, MeterReading, activate, deactivate, increment,
    sync,
};
use service::{Service, new_id};

use super::support::{claims, request, set_rules};
use test_support::{Seller, license, on_both_databases, seller};

async fn set_machine_limit(service: &Service, seller: &Seller, id: LicenseId, machines: u32) {
    let limits = NewLimits { domains: None, machines: Some(Limit::new(machines)) };
    change_limit(service, &seller.actor, id, limits).await.unwrap();
}

on_both_databases! {
    async fn a_meter_limit_applies_to_all_activations_of_a_license(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_machine_limit(&service, &seller, id, 2).await;
        set_rules(&service, &seller, MachineRules::default(), "Exports = 10 floating\nscans").await;
        let mut ids = Vec::new();
        for machine in ["a", "b"] {
            let token_claims = claims(&service, activate(&service, request(&seller, &key, machine), None).await.unwrap()).await;
            ids.push(token_claims["aid"].as_str().unwrap().parse::<ActivationId>().unwrap());
        }
        let counted = |uses, total, gross| {
            IncrementOutcome::Counted(MeterReading { name: "Exports".into(), uses, allowed: Some(10), total, gross })
        };
        assert_eq!(increment(&service, "exports", ids[0], 6).await.unwrap(), counted(6, 6, 6));
        assert_eq!(increment(&service, "exports", ids[1], 5).await.unwrap(), IncrementOutcome::Exhausted);
        assert_eq!(increment(&service, "exports", ids[1], 4).await.unwrap(), counted(4, 10, 10));
        // A decrement frees uses, but the gross total keeps them.
        assert_eq!(increment(&service, "exports", ids[1], -9).await.unwrap(), counted(0, 6, 10));
        assert_eq!(increment(&service, "scans", ids[1], -1).await.unwrap(), IncrementOutcome::NotFloating);
        assert_eq!(increment(&service, "nothing", ids[0], 1).await.unwrap(), IncrementOutcome::NoMeter);
        assert_eq!(increment(&service, "exports", ActivationId(new_id()), 1).await.unwrap(), IncrementOutcome::NoActivation);
        let token_claims = claims(&service, sync(&service, ids[0], &request(&seller, &key, "a")).await.unwrap()).await;
        assert_eq!(token_claims["lma"][0], serde_json::json!({ "name": "Exports", "allowedUses": 10, "totalUses": 6, "grossUses": 10 }));
        assert_eq!(token_claims["lma"][1]["allowedUses"], -1);
        assert_eq!(token_claims["ama"][0], serde_json::json!({ "name": "Exports", "uses": 6 }));
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.meters, [("Exports".into(), 6, Some(10)), ("scans".into(), 0, None)]);
    }

    async fn a_sync_reports_total_uses(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "exports = 10").await;
        let report = |uses| ActivationRequest { meters: vec![("exports".into(), uses), ("unknown".into(), 9)], ..request(&seller, &key, "a") };
        let token_claims = claims(&service, activate(&service, report(7), None).await.unwrap()).await;
        assert_eq!(token_claims["ama"][0]["uses"], 7);
        let id: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, id, &report(11)).await.unwrap(), ActivationOutcome::MeterExhausted);
        let token_claims = claims(&service, sync(&service, id, &report(9)).await.unwrap()).await;
        assert_eq!((&token_claims["lma"][0]["totalUses"], &token_claims["lma"][0]["grossUses"]), (&9.into(), &9.into()));
    }

    async fn deactivation_releases_only_floating_uses(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "kept = 10\nfloats = 10 floating").await;
        let asked = ActivationRequest { meters: vec![("kept".into(), 4), ("floats".into(), 4)], ..request(&seller, &key, "a") };
        let token_claims = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        deactivate(&service, token_claims["aid"].as_str().unwrap().parse().unwrap(), None, None).await.unwrap();
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.meters, [("kept".into(), 4, Some(10)), ("floats".into(), 0, Some(10))]);
    }

    async fn concurrent_increments_stop_at_the_limit(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = seller(&services[0], "ada").await;
        let (id, key) = license(&services[0], &seller, 1).await;
        set_machine_limit(&services[0], &seller, id, 5).await;
        set_rules(&services[0], &seller, MachineRules::default(), "exports = 10").await;
        let mut ids = Vec::new();
        for machine in 0..5 {
            let asked = request(&seller, &key, &machine.to_string());
            let token_claims = claims(&services[0], activate(&services[0], asked.clone(), None).await.unwrap()).await;
            ids.push(token_claims["aid"].as_str().unwrap().parse::<ActivationId>().unwrap());
        }
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let (service, id) = (services[n % 2].clone(), ids[n % 5]);
                tokio::spawn(async move { increment(&service, "exports", id, 1).await.unwrap() })
            })
            .collect();
        let mut counted = 0;
        for task in tasks {
            counted += usize::from(matches!(task.await.unwrap(), IncrementOutcome::Counted(_)));
        }
        assert_eq!(counted, 10);
        let page = show(&services[0], &seller.actor, id).await.unwrap();
        assert_eq!(page.meters[0].1, 10);
        let each: i64 = page.activations().map(|a| a.machine.as_ref().unwrap().uses.values().sum::<i64>()).sum();
        assert_eq!(each, 10);
    }
}
