//! What products ask of machines.

use domain::license::Limit;
use domain::machine::{AdmissionError, MachineRules, Seconds, SyncRules};
use domain::{ActivationId, LicenseId, LicenseKey, Timestamp};
use service::license::{NewLimits, change_limit, show};
use service::machine::{
    ActivationOutcome, ActivationRequest, DeactivateOutcome, activate, deactivate, expire_leases, sync,
};
use service::{Clock, Service};

use super::support::{claims, request, set_rules};
use crate::on_both_databases;
use crate::support::{Seller, TestDatabase, license, seller};

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
    async fn virtual_machines_and_containers_are_let_in_or_not(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let mut vm = request(&seller, &key, "a");
        vm.machine.vm_name = Some("kvm".into());
        let told = claims(&service, activate(&service, vm.clone(), None).await.unwrap()).await;
        let strict = MachineRules { allow_vm: false, allow_container: false, ..MachineRules::default() };
        set_rules(&service, &seller, strict, "").await;
        let not = |what| ActivationOutcome::NotAdmitted(what);
        assert_eq!(activate(&service, vm.clone(), None).await.unwrap(), not(AdmissionError::Vm));
        let id: ActivationId = told["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, id, &vm).await.unwrap(), not(AdmissionError::Vm));
        let mut container = request(&seller, &key, "b");
        container.machine.container = Some("docker".into());
        // The seat is held: the limit is told before the make of the machine.
        assert_eq!(activate(&service, container.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        assert_eq!(deactivate(&service, id, None, None).await.unwrap(), DeactivateOutcome::Freed);
        assert_eq!(activate(&service, container.clone(), None).await.unwrap(), not(AdmissionError::Container));
        claims(&service, activate(&service, request(&seller, &key, "b"), None).await.unwrap()).await;
    }

    async fn users_of_a_machine_share_a_seat_or_do_not(db: TestDatabase) {
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
        // Bob synced last: the seat from before the switch is his.
        let kept = claims(&service, activate(&service, by("bob"), None).await.unwrap()).await;
        assert_eq!((&kept["aid"], &kept["fp"]), (&first["aid"], &"a".into()));
        assert_eq!(activate(&service, by("ann"), None).await.unwrap(), ActivationOutcome::LimitReached);
        let seat: ActivationId = first["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, seat, &by("ann")).await.unwrap(), ActivationOutcome::InvalidFingerprint);
        assert_eq!(deactivate(&service, seat, None, None).await.unwrap(), DeactivateOutcome::Freed);
        let anns = claims(&service, activate(&service, by("ann"), None).await.unwrap()).await;
        assert_eq!(anns["fp"], "a", "echoed as it was sent");
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!(page.activations[0].subject, "a");
    }

    async fn customers_deactivate_as_often_as_they_may(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules { deactivations: Limit::new(1), ..MachineRules::default() }, "").await;
        for (n, expected) in [DeactivateOutcome::Freed, DeactivateOutcome::LimitReached].into_iter().enumerate() {
            let told = claims(&service, activate(&service, request(&seller, &key, &n.to_string()), None).await.unwrap()).await;
            let seat = told["aid"].as_str().unwrap().parse().unwrap();
            assert_eq!(deactivate(&service, seat, None, None).await.unwrap(), expected);
        }
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((page.deactivations, page.machines_used), (1, 1));
        // The seller frees a seat in any case, which is not the customer's doing.
        service::activation::free(&service, &seller.actor, id, page.activations[0].id).await.unwrap();
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().deactivations, 1);
    }

    async fn clients_are_told_how_often_to_sync(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(START * 1000))).await;
        let seller = seller(&service, "ada").await;
        let (_, key) = license(&service, &seller, 1).await;
        let asked = request(&seller, &key, "a");
        let told = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        assert_eq!((&told["ssi"], &told["ssgpeat"], &told["leat"]), (&3600.into(), &0.into(), &0.into()));
        let sync = SyncRules { interval: Some(Seconds::new(60)), grace: Some(Seconds::new(600)) };
        set_rules(&service, &seller, MachineRules { sync, ..MachineRules::default() }, "").await;
        let told = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        assert_eq!((&told["ssi"], &told["ssgpeat"]), (&60.into(), &(START + 600).into()));
        assert_eq!((&told["type"], &told["fc"]), (&"node-locked".into(), &0.into()));
    }

    async fn one_sweep_frees_all_of_a_license_however_many_have_ended(db: TestDatabase) {
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
        assert_eq!((page.machines_used, page.activations.len()), (0, 0));
    }

    async fn of_two_who_come_together_one_takes_a_seat_whose_lease_has_ended(db: TestDatabase) {
        let Leased { clock, service, seller, key, .. } = leased(&db, 2).await;
        claims(&service, activate(&service, request(&seller, &key, "a"), None).await.unwrap()).await;
        clock.set(Timestamp::from_millis((START + 100) * 1000));
        let (b, c, d) = (request(&seller, &key, "b"), request(&seller, &key, "c"), request(&seller, &key, "d"));
        let (b, c) = tokio::join!(activate(&service, b.clone(), None), activate(&service, c.clone(), None));
        assert!(matches!((b.unwrap(), c.unwrap()), (ActivationOutcome::Token(_), ActivationOutcome::Token(_))));
        assert_eq!(activate(&service, d.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
    }

    async fn a_lease_that_ends_frees_its_seat(db: TestDatabase) {
        let Leased { clock, service, seller, id, key } = leased(&db, 1).await;
        let (a, b) = (request(&seller, &key, "a"), request(&seller, &key, "b"));
        let told = claims(&service, activate(&service, a.clone(), None).await.unwrap()).await;
        let lease = (&told["type"], &told["ld"], &told["leat"], &told["fc"]);
        assert_eq!(lease, (&"hosted-floating".into(), &100.into(), &(START + 100).into(), &1.into()));
        let at = |seconds: i64| clock.set(Timestamp::from_millis((START + seconds) * 1000));
        at(99);
        assert_eq!(activate(&service, b.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        let seat: ActivationId = told["aid"].as_str().unwrap().parse().unwrap();
        let told = claims(&service, sync(&service, seat, &a).await.unwrap()).await;
        assert_eq!(told["leat"], START + 199, "a sync extends it");
        at(198);
        assert_eq!(activate(&service, b.clone(), None).await.unwrap(), ActivationOutcome::LimitReached);
        at(199);
        // Nobody has swept: whoever needs the seat looks.
        let shorter = ActivationRequest { lease: Some(10), ..request(&seller, &key, "b") };
        let told = claims(&service, activate(&service, shorter.clone(), None).await.unwrap()).await;
        assert_eq!(told["leat"], START + 209, "a client may want less");
        assert_eq!(sync(&service, seat, &a).await.unwrap(), ActivationOutcome::NotFound);
        assert_eq!(show(&service, &seller.actor, id).await.unwrap().machines_used, 1);
        at(300);
        expire_leases(&service).await.unwrap();
        let page = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((page.machines_used, page.activations.len()), (0, 0));
    }
}
