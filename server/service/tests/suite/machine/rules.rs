//! Product rules for machines: admission, users, deactivations, sync and leases.

use domain::license::Limit;
use domain::machine::{AdmissionError, MachineRules, Seconds, SyncRules};
use domain::{ActivationId, LicenseId, LicenseKey, Timestamp};
use service::license::{NewLimits, change_limit, show};
use service::machine::{
    ActivationOutcome, ActivationRequest, DeactivateOutcome, activate, deactivate, expire_leases, sync,
};
use service::{Clock, Service, activation_log};

use super::support::{claims, request, set_rules};
use crate::agreement::whole;
use test_support::{Seller, TestDatabase, license, on_both_databases, seller};

const START: i64 = 1_800_000_000;

/// A license whose machines have leases of 100 seconds, from [`START`] on.
struct Leased {
    clock: Clock,
    service: Service,
    seller: Seller,
    id: LicenseId,
    key: LicenseKey,
}

async fn leased(db: &TestDatabase, machines: u32) -> Leased {
    let clock = Clock::manual(Timestamp::from_millis(START * 1000));
    let service = db.open_at(clock.clone()).await;
    let seller = seller(&service, "ada").await;
    set_rules(
        &service,
        &seller,
        MachineRules { lease: Some(Seconds::new(100)), ..MachineRules::default() },
        "",
    )
    .await;
    let (id, key) = license(&service, &seller, 1).await;
    let limits = NewLimits { domains: None, machines: Some(Limit::new(machines)) };
    change_limit(&service, &seller.actor, id, limits).await.unwrap();
    Leased { clock, service, seller, id, key }
}

on_both_databases! {
    async fn rules_admit_or_refuse_virtual_machines_and_containers(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let mut vm = request(&seller, &key, "a");
        vm.machine.vm_name = Some("kvm".into());
        let token_claims = claims(&service, activate(&service, vm.clone(), None).await.unwrap()).await;
        let strict = MachineRules { allow_vm: false, allow_container: false, ..MachineRules::default() };
        set_rules(&service, &seller, strict, "").await;
        let refused = |error| ActivationOutcome::NotAdmitted(error);
        assert_eq!(activate(&service, vm.clone(), None).await.unwrap(), refused(AdmissionError::Vm));
        let id: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, id, &vm).await.unwrap(), refused(AdmissionError::Vm));
        let mut container = request(&seller, &key, "b");
        container.machine.container = Some("docker".into());
        // The slot is in use: the limit is checked before the admission rules.
        assert_eq!(activate(&service, container.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        assert_eq!(deactivate(&service, id, None, None).await.unwrap(), DeactivateOutcome::Freed);
        assert_eq!(activate(&service, container.clone(), None).await.unwrap(), refused(AdmissionError::Container));
        claims(&service, activate(&service, request(&seller, &key, "b"), None).await.unwrap()).await;
    }

    async fn users_share_an_activation_unless_the_product_is_user_locked(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let by = |user: &str| {
            let mut asked = request(&seller, &key, "a");
            asked.machine.user_hash = user.into();
            asked
        };
        let first = claims(&service, activate(&service, by("ann"), None).await.unwrap()).await;
        let same = claims(&service, activate(&service, by("bob"), None).await.unwrap()).await;
        assert_eq!(first["aid"], same["aid"]);
        let locked = MachineRules { user_locked: true, ..MachineRules::default() };
        set_rules(&service, &seller, locked, "").await;
        // Bob synced last, so the activation from before the rule change belongs to Bob.
        let kept = claims(&service, activate(&service, by("bob"), None).await.unwrap()).await;
        assert_eq!((&kept["aid"], &kept["fp"]), (&first["aid"], &"a".into()));
        assert_eq!(activate(&service, by("ann"), None).await.unwrap(), ActivationOutcome::LimitReached);
        let activation_id: ActivationId = first["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, activation_id, &by("ann")).await.unwrap(), ActivationOutcome::InvalidFingerprint);
        assert_eq!(deactivate(&service, activation_id, None, None).await.unwrap(), DeactivateOutcome::Freed);
        let anns = claims(&service, activate(&service, by("ann"), None).await.unwrap()).await;
        assert_eq!(anns["fp"], "a", "echoed as it was sent");
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.activations().next().unwrap().subject, "a");
    }

    async fn customer_deactivations_are_limited(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules { deactivations: Limit::new(1), ..MachineRules::default() }, "").await;
        for (n, expected) in [DeactivateOutcome::Freed, DeactivateOutcome::LimitReached].into_iter().enumerate() {
            let token_claims = claims(&service, activate(&service, request(&seller, &key, &n.to_string()), None).await.unwrap()).await;
            let activation_id = token_claims["aid"].as_str().unwrap().parse().unwrap();
            assert_eq!(deactivate(&service, activation_id, None, None).await.unwrap(), expected);
        }
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((page.deactivations, page.machines_used), (1, 1));
        // The seller can always free a slot, and this does not count as a customer deactivation.
        service::activation::free(&service, &seller.actor, id, page.activations().next().unwrap().id.unwrap()).await.unwrap();
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().deactivations, 1);
    }

    async fn tokens_contain_the_sync_interval_and_grace_period(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(START * 1000))).await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let asked = request(&seller, &key, "a");
        let token_claims = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        assert_eq!((&token_claims["ssi"], &token_claims["ssgpeat"], &token_claims["leat"]), (&3600.into(), &0.into(), &0.into()));
        let sync = SyncRules { interval: Some(Seconds::new(60)), grace: Some(Seconds::new(600)) };
        set_rules(&service, &seller, MachineRules { sync, ..MachineRules::default() }, "").await;
        let token_claims = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        assert_eq!((&token_claims["ssi"], &token_claims["ssgpeat"]), (&60.into(), &(START + 600).into()));
        assert_eq!((&token_claims["type"], &token_claims["fc"]), (&"node-locked".into(), &0.into()));
    }

    async fn one_run_expires_all_ended_leases_of_a_license(db: TestDatabase) {
        let Leased { clock, service, seller, id, key } = leased(&db, 450).await;
        let mut all = tokio::task::JoinSet::new();
        for n in 0..450 {
            let (service, asked) = (service.clone(), request(&seller, &key, &format!("m{n}")));
            all.spawn(async move { activate(&service, asked.clone(), None).await.unwrap() });
        }
        assert!(all.join_all().await.iter().all(|answer| matches!(answer, ActivationOutcome::Token(_))));
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().machines_used, 450);
        clock.set(Timestamp::from_millis((START + 100) * 1000));
        expire_leases(&service).await.unwrap();
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((page.machines_used, page.activations().count()), (0, 0));
    }

    async fn concurrent_activations_reuse_one_expired_slot_once(db: TestDatabase) {
        let Leased { clock, service, seller, key, .. } = leased(&db, 2).await;
        claims(&service, activate(&service, request(&seller, &key, "a"), None).await.unwrap()).await;
        clock.set(Timestamp::from_millis((START + 100) * 1000));
        let (b, c, d) = (request(&seller, &key, "b"), request(&seller, &key, "c"), request(&seller, &key, "d"));
        let (b, c) = tokio::join!(activate(&service, b.clone(), None), activate(&service, c.clone(), None));
        assert!(matches!((b.unwrap(), c.unwrap()), (ActivationOutcome::Token(_), ActivationOutcome::Token(_))));
        assert_eq!(activate(&service, d.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
    }

    async fn an_expired_lease_frees_its_slot(db: TestDatabase) {
        let Leased { clock, service, seller, id, key } = leased(&db, 1).await;
        let (a, b) = (request(&seller, &key, "a"), request(&seller, &key, "b"));
        let token_claims = claims(&service, activate(&service, a.clone(), None).await.unwrap()).await;
        let lease = (&token_claims["type"], &token_claims["ld"], &token_claims["leat"], &token_claims["fc"]);
        assert_eq!(lease, (&"hosted-floating".into(), &100.into(), &(START + 100).into(), &1.into()));
        let at = |seconds: i64| clock.set(Timestamp::from_millis((START + seconds) * 1000));
        at(99);
        assert_eq!(activate(&service, b.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        let activation_id: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        let token_claims = claims(&service, sync(&service, activation_id, &a).await.unwrap()).await;
        assert_eq!(token_claims["leat"], START + 199, "a sync extends it");
        at(198);
        assert_eq!(activate(&service, b.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        at(199);
        // No expiry run has happened: the activation itself frees the expired slot.
        let shorter = ActivationRequest { lease: Some(10), ..request(&seller, &key, "b") };
        let token_claims = claims(&service, activate(&service, shorter.clone(), None).await.unwrap()).await;
        assert_eq!(token_claims["leat"], START + 209, "a client may want less");
        assert_eq!(sync(&service, activation_id, &a).await.unwrap(), ActivationOutcome::NotFound);
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().machines_used, 1);
        at(300);
        expire_leases(&service).await.unwrap();
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((page.machines_used, page.activations().count()), (0, 0));
        let log = activation_log::list(&service, &seller.actor, &whole(Vec::new())).await.unwrap().items;
        let entries: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.machine.os.as_str())).collect();
        let (activated, ended) = (("activate", "linux"), ("lease-expire", ""));
        assert_eq!(entries.iter().filter(|entry| **entry == activated).count(), 2, "{entries:?}");
        assert_eq!(entries.iter().filter(|entry| **entry == ended).count(), 2, "{entries:?}");
    }
}
