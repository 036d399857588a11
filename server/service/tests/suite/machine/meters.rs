//! Meters.

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
use crate::on_both_databases;
use crate::support::{Seller, license, seller};

async fn seats(service: &Service, seller: &Seller, id: LicenseId, seats: u32) {
    let limits = NewLimits { domains: None, machines: Some(Limit::new(seats)) };
    change_limit(service, &seller.actor, id, limits).await.unwrap();
}

on_both_databases! {
    async fn the_limit_holds_for_all_activations_together(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        seats(&service, &seller, id, 2).await;
        set_rules(&service, &seller, MachineRules::default(), "Exports = 10\nscans").await;
        let mut ids = Vec::new();
        for machine in ["a", "b"] {
            let told = claims(&service, activate(&service, request(&seller, &key, machine), None).await.unwrap()).await;
            ids.push(told["aid"].as_str().unwrap().parse::<ActivationId>().unwrap());
        }
        let counted = |uses, total, gross| {
            IncrementOutcome::Counted(MeterReading { name: "Exports".into(), uses, allowed: Some(10), total, gross })
        };
        assert_eq!(increment(&service, "exports", ids[0], 6).await.unwrap(), counted(6, 6, 6));
        assert_eq!(increment(&service, "exports", ids[1], 5).await.unwrap(), IncrementOutcome::Exhausted);
        assert_eq!(increment(&service, "exports", ids[1], 4).await.unwrap(), counted(4, 10, 10));
        // What is taken back can be used again; what was ever used stays known.
        assert_eq!(increment(&service, "exports", ids[1], -9).await.unwrap(), counted(0, 6, 10));
        assert_eq!(increment(&service, "nothing", ids[0], 1).await.unwrap(), IncrementOutcome::NoMeter);
        assert_eq!(increment(&service, "exports", ActivationId(new_id()), 1).await.unwrap(), IncrementOutcome::NoActivation);
        let told = claims(&service, sync(&service, ids[0], &request(&seller, &key, "a")).await.unwrap()).await;
        assert_eq!(told["lma"][0], serde_json::json!({ "name": "Exports", "allowedUses": 10, "totalUses": 6, "grossUses": 10 }));
        assert_eq!(told["lma"][1]["allowedUses"], -1);
        assert_eq!(told["ama"][0], serde_json::json!({ "name": "Exports", "uses": 6 }));
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.meters, [("Exports".into(), 6, Some(10)), ("scans".into(), 0, None)]);
    }

    async fn a_sync_says_what_was_used_in_all(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "exports = 10").await;
        let said = |uses| ActivationRequest { meters: vec![("exports".into(), uses), ("unknown".into(), 9)], ..request(&seller, &key, "a") };
        let told = claims(&service, activate(&service, said(7), None).await.unwrap()).await;
        assert_eq!(told["ama"][0]["uses"], 7);
        let id: ActivationId = told["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, id, &said(11)).await.unwrap(), ActivationOutcome::MeterExhausted);
        let told = claims(&service, sync(&service, id, &said(9)).await.unwrap()).await;
        assert_eq!((&told["lma"][0]["totalUses"], &told["lma"][0]["grossUses"]), (&9.into(), &9.into()));
    }

    async fn floating_uses_come_back_and_others_stay(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules::default(), "kept = 10\nfloats = 10 floating").await;
        let asked = ActivationRequest { meters: vec![("kept".into(), 4), ("floats".into(), 4)], ..request(&seller, &key, "a") };
        let told = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        deactivate(&service, told["aid"].as_str().unwrap().parse().unwrap(), None, None).await.unwrap();
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.meters, [("kept".into(), 4, Some(10)), ("floats".into(), 0, Some(10))]);
    }

    async fn fifty_race_for_ten_uses(db: TestDatabase) {
        let engines = [db.open().await, db.open().await];
        let seller = seller(&engines[0], "ada").await;
        let (id, key) = license(&engines[0], &seller, 1).await;
        seats(&engines[0], &seller, id, 5).await;
        set_rules(&engines[0], &seller, MachineRules::default(), "exports = 10").await;
        let mut ids = Vec::new();
        for machine in 0..5 {
            let asked = request(&seller, &key, &machine.to_string());
            let told = claims(&engines[0], activate(&engines[0], asked.clone(), None).await.unwrap()).await;
            ids.push(told["aid"].as_str().unwrap().parse::<ActivationId>().unwrap());
        }
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let (service, id) = (engines[n % 2].clone(), ids[n % 5]);
                tokio::spawn(async move { increment(&service, "exports", id, 1).await.unwrap() })
            })
            .collect();
        let mut counted = 0;
        for task in tasks {
            counted += usize::from(matches!(task.await.unwrap(), IncrementOutcome::Counted(_)));
        }
        assert_eq!(counted, 10);
        let page = show(&engines[0], &seller.actor, id).await.unwrap();
        assert_eq!(page.meters[0].1, 10);
        let each: i64 = page.activations.iter().map(|a| a.machine.as_ref().unwrap().uses.values().sum::<i64>()).sum();
        assert_eq!(each, 10);
    }
}
