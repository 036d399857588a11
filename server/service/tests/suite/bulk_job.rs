//! Bulk jobs: selections, skipped licenses, stop, undo, and workers that end in the middle.

use std::time::Duration;

use domain::activation::Verification;
use domain::bounded_text::Name;
use domain::bulk::{Change, JobState, Selection, SkipReason};
use domain::event::Event;
use domain::license::{Limit, NewLicense, Standing};
use domain::permission::Role;
use domain::view::{BulkJobView, Condition, LicenseQuery, SelectedCount, Sort};
use domain::{BulkJobId, Email, LicenseId, LicenseKey, Timestamp};
use sea_orm::{ConnectionTrait as _, Database};
use service::activation::{VerifyResult, activate, verify};
use service::bulk_job::{self, NewBulkJob, NewChange, run_batch, run_pending};
use service::license::{issue, reinstate, revoke, show, suspend, timeline};
use service::{Clock, Error, Service, new_id};

use test_support::{Seller, host, license, member, on_both_databases, seller};

const SUSPEND: Change = Change::Suspend { reason: None };

fn year() -> Change {
    Change::Extend { period: "P1Y".parse().expect("a period") }
}

fn everything() -> Selection {
    Selection::Query(LicenseQuery::default())
}

/// Issues licenses that expire after `days`, and returns their ids in order.
async fn issue_many(service: &Service, seller: &Seller, count: u32, days: i64) -> Vec<LicenseId> {
    let expires_at = Some(Some(service.now().plus_days(days)));
    let new = NewLicense { count, expires_at, ..NewLicense::for_product(seller.product.id) };
    let mut ids: Vec<_> =
        issue(service, &seller.actor, new).await.unwrap().iter().map(|issued| issued.id).collect();
    ids.sort();
    ids
}

async fn start(service: &Service, seller: &Seller, change: Change, selection: Selection) -> BulkJobId {
    let new = NewBulkJob { change: NewChange::Change(change), selection, form_token: new_id().to_string() };
    let started = bulk_job::start(service, &seller.actor, new).await.unwrap();
    assert!(!started.is_repeated);
    started.id
}

/// Runs all jobs, in batches of `most` licenses.
async fn run(service: &Service, id: BulkJobId, most: u64) {
    while run_batch(service, id, most).await.unwrap() {}
}

async fn result(service: &Service, seller: &Seller, id: BulkJobId) -> BulkJobView {
    bulk_job::show(service, &seller.actor, id).await.unwrap()
}

async fn undo(service: &Service, seller: &Seller, id: BulkJobId) -> BulkJobId {
    bulk_job::undo(service, &seller.actor, id, &new_id().to_string()).await.unwrap().id
}

async fn expiry(service: &Service, seller: &Seller, id: LicenseId) -> Timestamp {
    show(service, &seller.actor, id).await.unwrap().expires_at.expect("an expiry")
}

async fn verification(service: &Service, key: &LicenseKey) -> Option<Verification> {
    match verify(service, key, &host("a.com"), None).await.unwrap() {
        VerifyResult::Evaluated { verification, .. } => Some(verification),
        VerifyResult::InvalidKey => None,
    }
}

async fn standings(service: &Service, seller: &Seller, ids: &[LicenseId]) -> Vec<Standing> {
    let mut standings = Vec::new();
    for id in ids {
        standings.push(show(service, &seller.actor, *id).await.unwrap().standing);
    }
    standings
}

on_both_databases! {
    async fn a_job_changes_each_license_records_it_and_names_what_it_skips(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 7, 10).await;
        let (id, key) = license(&service, &seller, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        assert_eq!(verification(&service, &key).await, Some(Verification::Valid));
        suspend(&service, &seller.actor, ids[2], None).await.unwrap();
        revoke(&service, &seller.actor, ids[5], None).await.unwrap();
        let job = start(&service, &seller, SUSPEND, everything()).await;
        run(&service, job, 3).await;
        let view = result(&service, &seller, job).await;
        assert_eq!((view.job.state, view.job.done, view.job.total), (JobState::Done, 6, Some(8)));
        assert_eq!(view.job.skipped, [(SkipReason::AlreadySuspended, 1), (SkipReason::Revoked, 1)]);
        let skipped: Vec<_> = view.skipped.iter().map(|one| (one.id, one.reason)).collect();
        assert_eq!(skipped, [(ids[2], SkipReason::AlreadySuspended), (ids[5], SkipReason::Revoked)]);
        assert_eq!(verification(&service, &key).await, Some(Verification::Suspended), "at once");
        let last = timeline(&service, &seller.actor, id).await.unwrap().entries.remove(0);
        assert_eq!((last.event, last.actor.as_str()), (Some(Event::LicenseSuspended), "ada"));
        assert_eq!(timeline(&service, &seller.actor, ids[5]).await.unwrap().entries.len(), 2, "a skipped license");
        let page = bulk_job::list(&service, &seller.actor, None).await.unwrap();
        assert_eq!((page.jobs.len(), page.jobs[0].id, page.older), (1, job, None));
    }

    async fn named_licenses_are_changed_and_missing_ones_skipped(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let ids = issue_many(&service, &ada, 3, 10).await;
        let theirs = issue_many(&service, &eve, 1, 10).await;
        let before = expiry(&service, &eve, theirs[0]).await;
        let named = Selection::of_licenses(vec![ids[0], ids[2], theirs[0], LicenseId(new_id())]).unwrap();
        let job = start(&service, &ada, year(), named).await;
        run(&service, job, 2).await;
        let view = result(&service, &ada, job).await;
        assert_eq!((view.job.done, view.job.skipped.as_slice()), (2, [(SkipReason::Missing, 2)].as_slice()));
        assert!(view.skipped.iter().all(|one| one.last_four.is_none()), "no tail of another seller’s key");
        assert_eq!(expiry(&service, &eve, theirs[0]).await, before);
        for of_eve in [
            bulk_job::show(&service, &eve.actor, job).await.map(drop),
            bulk_job::stop(&service, &eve.actor, job).await,
            bulk_job::undo(&service, &eve.actor, job, "t").await.map(drop),
        ] {
            assert!(matches!(of_eve, Err(Error::NotFound)));
        }
        assert!(bulk_job::list(&service, &eve.actor, None).await.unwrap().jobs.is_empty());
    }

    /// The extended licenses move ahead in the order of expiry, and are found again.
    async fn an_extension_is_applied_once_to_licenses_that_stay_in_the_list(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut ids = Vec::new();
        for days in 1..=6 {
            ids.extend(issue_many(&service, &seller, 1, days).await);
        }
        let later = issue_many(&service, &seller, 1, 40).await[0];
        let mut before = Vec::new();
        for id in &ids {
            before.push(expiry(&service, &seller, *id).await);
        }
        let query = LicenseQuery { condition: Some(Condition::Expiring), ..LicenseQuery::default() };
        assert_eq!(service::license::count(&service, &seller.actor, &query).await.unwrap(), SelectedCount::Exactly(6));
        let change = Change::Extend { period: "P2D".parse().unwrap() };
        let later_before = expiry(&service, &seller, later).await;
        let job = start(&service, &seller, change, Selection::Query(query)).await;
        run(&service, job, 2).await;
        assert_eq!(result(&service, &seller, job).await.job.done, 6);
        for (id, before) in ids.iter().zip(before) {
            assert_eq!(expiry(&service, &seller, *id).await, before.plus_days(2));
        }
        assert_eq!(expiry(&service, &seller, later).await, later_before);
    }

    async fn licenses_issued_after_the_start_are_not_selected(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        issue_many(&service, &seller, 3, 10).await;
        for sort in [Sort::Newest, Sort::Expiry] {
            let query = LicenseQuery { sort, ..LicenseQuery::default() };
            let job = start(&service, &seller, year(), Selection::Query(query)).await;
            let earlier = bulk_job::show(&service, &seller.actor, job).await.unwrap().job.started_at;
            clock.set(earlier.plus_seconds(5));
            let late = issue_many(&service, &seller, 2, 10).await;
            let before = expiry(&service, &seller, late[0]).await;
            run(&service, job, 2).await;
            assert_eq!(expiry(&service, &seller, late[0]).await, before, "{sort:?}");
            let done = result(&service, &seller, job).await.job.done;
            assert_eq!(done, if sort == Sort::Newest { 3 } else { 5 });
            clock.set(service.now().plus_seconds(5));
        }
    }

    async fn a_search_selects_the_licenses_that_it_finds(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        issue_many(&service, &seller, 2, 10).await;
        let name = Name::parse("name", "Grace Hopper").unwrap();
        let new = NewLicense { customer_name: Some(name), count: 3, ..NewLicense::for_product(seller.product.id) };
        let theirs: Vec<_> = issue(&service, &seller.actor, new).await.unwrap().iter().map(|one| one.id).collect();
        let query = LicenseQuery { search: "hopper".into(), ..LicenseQuery::default() };
        let job = start(&service, &seller, SUSPEND, Selection::Query(query)).await;
        run(&service, job, 2).await;
        assert_eq!(result(&service, &seller, job).await.job.done, 3);
        assert_eq!(standings(&service, &seller, &theirs).await, [Standing::Suspended; 3]);
        let nothing = LicenseQuery { search: "nothing".into(), ..LicenseQuery::default() };
        let new = NewBulkJob {
            change: NewChange::Change(SUSPEND), selection: Selection::Query(nothing), form_token: "t".into(),
        };
        assert!(matches!(bulk_job::start(&service, &seller.actor, new).await, Err(Error::Invalid(_))));
    }

    async fn an_undo_restores_only_what_was_not_changed_since(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 4, 10).await;
        suspend(&service, &seller.actor, ids[3], None).await.unwrap();
        let job = start(&service, &seller, SUSPEND, everything()).await;
        assert!(matches!(bulk_job::undo(&service, &seller.actor, job, "early").await, Err(Error::Conflict(_))));
        run(&service, job, 500).await;
        reinstate(&service, &seller.actor, ids[1]).await.unwrap();
        revoke(&service, &seller.actor, ids[2], None).await.unwrap();
        let undone = undo(&service, &seller, job).await;
        run(&service, undone, 1).await;
        let expected = [Standing::Active, Standing::Active, Standing::Revoked, Standing::Suspended];
        assert_eq!(standings(&service, &seller, &ids).await, expected);
        let view = result(&service, &seller, undone).await;
        assert_eq!((view.job.done, view.undo_of, view.undo_until), (1, Some(job), None));
        assert_eq!(view.job.skipped, [(SkipReason::Revoked, 1), (SkipReason::ChangedSince, 1)]);
        assert_eq!(result(&service, &seller, job).await.undone_by, Some(undone));
        let again = bulk_job::undo(&service, &seller.actor, job, "again").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }

    async fn expiries_limits_and_customers_return_by_an_undo(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 3, 10).await;
        let before = show(&service, &seller.actor, ids[0]).await.unwrap();
        let limits = Change::ChangeLimits { domains: Some(Limit::new(9)), machines: Some(Limit::UNLIMITED) };
        let email = Email::parse("grace@example.com").unwrap();
        let move_to = NewChange::MoveTo { name: None, email: Some(email) };
        let mut jobs = Vec::new();
        for change in [NewChange::Change(year()), NewChange::Change(limits), move_to] {
            let new = NewBulkJob { change, selection: everything(), form_token: new_id().to_string() };
            let job = bulk_job::start(&service, &seller.actor, new).await.unwrap().id;
            run(&service, job, 2).await;
            assert_eq!(result(&service, &seller, job).await.job.done, 3);
            jobs.push(job);
        }
        let changed = show(&service, &seller.actor, ids[0]).await.unwrap();
        assert_eq!((changed.domain_limit, changed.machine_limit), (Limit::new(9), Limit::UNLIMITED));
        assert_eq!(changed.customer_email.as_deref(), Some("grace@example.com"));
        assert!(changed.expires_at > before.expires_at);
        for job in &jobs {
            let undone = undo(&service, &seller, *job).await;
            run(&service, undone, 2).await;
            assert_eq!(result(&service, &seller, undone).await.job.done, 3);
        }
        let after = show(&service, &seller.actor, ids[0]).await.unwrap();
        assert_eq!(domain::view::LicenseView { form_token: before.form_token.clone(), ..after }, before);
        let last = start(&service, &seller, year(), everything()).await;
        run(&service, last, 500).await;
        clock.set(service.now().plus_seconds(3_601));
        assert_eq!(result(&service, &seller, last).await.undo_until, None);
        let late = bulk_job::undo(&service, &seller.actor, last, "late").await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    }

    async fn a_repeated_form_starts_one_job(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 2, 10).await;
        let before = expiry(&service, &seller, ids[0]).await;
        let forms = (0..6).map(|_| {
            let (service, actor) = (service.clone(), seller.actor.clone());
            let new = NewBulkJob {
                change: NewChange::Change(year()), selection: everything(), form_token: "form".into(),
            };
            tokio::spawn(async move { bulk_job::start(&service, &actor, new).await.unwrap().id })
        });
        let mut started = Vec::new();
        for form in forms.collect::<Vec<_>>() {
            started.push(form.await.unwrap());
        }
        started.dedup();
        assert_eq!(started.len(), 1);
        while run_pending(&service).await.unwrap() {}
        assert_eq!(expiry(&service, &seller, ids[0]).await, before.plus_period("P1Y".parse().unwrap()));
        let first = bulk_job::undo(&service, &seller.actor, started[0], "undo").await.unwrap();
        let second = bulk_job::undo(&service, &seller.actor, started[0], "undo").await.unwrap();
        assert_eq!((first.id, second.is_repeated), (second.id, true));
    }

    async fn a_stopped_job_keeps_what_it_has_changed(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 5, 10).await;
        let job = start(&service, &seller, SUSPEND, everything()).await;
        assert!(run_batch(&service, job, 2).await.unwrap());
        bulk_job::stop(&service, &seller.actor, job).await.unwrap();
        assert!(!run_batch(&service, job, 2).await.unwrap());
        let view = result(&service, &seller, job).await;
        assert_eq!((view.job.state, view.job.done, view.job.total), (JobState::Stopped, 2, Some(5)));
        let suspended = standings(&service, &seller, &ids).await;
        assert_eq!(suspended.iter().filter(|standing| **standing == Standing::Suspended).count(), 2);
        let ended = bulk_job::stop(&service, &seller.actor, job).await;
        assert!(matches!(ended, Err(Error::Conflict(_))));
        let undone = undo(&service, &seller, job).await;
        run(&service, undone, 500).await;
        assert_eq!(standings(&service, &seller, &ids).await, [Standing::Active; 5]);
    }

    /// Workers are dropped at any point of a batch, and two of them run at once.
    async fn licenses_are_neither_repeated_nor_lost_when_workers_end(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 60, 10).await;
        let before = expiry(&service, &seller, ids[0]).await;
        let query = LicenseQuery { sort: Sort::Expiry, ..LicenseQuery::default() };
        let by_expiry = start(&service, &seller, year(), Selection::Query(query)).await;
        let by_id = start(&service, &seller, year(), everything()).await;
        for ms in 0..25 {
            let worker = service.clone();
            let job = if ms % 2 == 0 { by_expiry } else { by_id };
            let task = tokio::spawn(async move { run(&worker, job, 3).await });
            tokio::time::sleep(Duration::from_millis(ms)).await;
            task.abort();
            let _ = task.await;
        }
        let other = db.open().await;
        let workers = [service.clone(), other.clone(), service.clone()].map(|worker| {
            tokio::spawn(async move {
                run(&worker, by_expiry, 4).await;
                run(&worker, by_id, 4).await;
            })
        });
        for worker in workers {
            worker.await.unwrap();
        }
        let after = before.plus_period("P1Y".parse().unwrap()).plus_period("P1Y".parse().unwrap());
        for id in &ids {
            let shown = show(&other, &seller.actor, *id).await.unwrap();
            assert_eq!(shown.expires_at, Some(after));
            let entries = timeline(&other, &seller.actor, *id).await.unwrap().entries;
            assert_eq!(entries.iter().filter(|entry| entry.event == Some(Event::LicenseRenewed)).count(), 2);
        }
        for job in [by_expiry, by_id] {
            assert_eq!(result(&other, &seller, job).await.job.done, 60);
        }
    }

    async fn limits_hold_while_a_job_changes_them(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let mut keys = Vec::new();
        for _ in 0..6 {
            keys.push(license(&service, &seller, 2).await);
        }
        let activations = keys.iter().flat_map(|(_, key)| (0..8).map(move |n| (key.clone(), n))).map(|(key, n)| {
            let service = service.clone();
            tokio::spawn(async move { activate(&service, &key, &host(&format!("d{n}.com")), None).await.unwrap() })
        });
        let activations: Vec<_> = activations.collect();
        let limits = Change::ChangeLimits { domains: Some(Limit::new(5)), machines: None };
        let job = start(&service, &seller, limits, everything()).await;
        let changing = tokio::spawn({
            let service = service.clone();
            async move { run(&service, job, 2).await }
        });
        for (id, _) in &keys {
            suspend(&service, &seller.actor, *id, None).await.unwrap();
            reinstate(&service, &seller.actor, *id).await.unwrap();
        }
        changing.await.unwrap();
        for activation in activations {
            activation.await.unwrap();
        }
        for (id, _) in &keys {
            let shown = show(&service, &seller.actor, *id).await.unwrap();
            assert!(shown.domains_used <= 5 && shown.domain_limit == Limit::new(5), "{shown:?}");
        }
        assert_eq!(service::consistency_check::check(&service).await.unwrap(), []);
    }

    async fn a_job_needs_the_permission_with_each_batch(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 3, 10).await;
        let viewer = member(seller.account, seller.user, "v", Role::Viewer);
        let new = NewBulkJob { change: NewChange::Change(SUSPEND), selection: everything(), form_token: "t".into() };
        assert!(matches!(bulk_job::start(&service, &viewer, new).await, Err(Error::Forbidden)));
        let job = start(&service, &seller, SUSPEND, everything()).await;
        assert!(run_batch(&service, job, 1).await.unwrap());
        assert!(matches!(bulk_job::stop(&service, &viewer, job).await, Err(Error::Forbidden)));
        assert!(matches!(bulk_job::undo(&service, &viewer, job, "u").await, Err(Error::Forbidden)));
        let raw = Database::connect(&db.url).await.unwrap();
        raw.execute_unprepared("UPDATE memberships SET role = 'viewer'").await.unwrap();
        assert!(!run_batch(&service, job, 1).await.unwrap());
        let view = result(&service, &seller, job).await;
        assert_eq!((view.job.state, view.job.done), (JobState::Failed, 1));
        assert!(view.failure.unwrap().contains("may not change licenses"));
        let suspended = standings(&service, &seller, &ids).await;
        assert_eq!(suspended.iter().filter(|standing| **standing == Standing::Suspended).count(), 1);
    }

    async fn items_are_deleted_after_thirty_days_and_the_counts_are_kept(db: TestDatabase) {
        let clock = Clock::manual(Clock::System.now());
        let service = db.open_at(clock.clone()).await;
        let seller = seller(&service, "ada").await;
        let ids = issue_many(&service, &seller, 3, 10).await;
        revoke(&service, &seller.actor, ids[0], None).await.unwrap();
        let job = start(&service, &seller, SUSPEND, everything()).await;
        run(&service, job, 500).await;
        clock.set(service.now().plus_days(29));
        assert_eq!(bulk_job::prune_items(&service).await.unwrap(), 0);
        clock.set(service.now().plus_days(2));
        assert_eq!(bulk_job::prune_items(&service).await.unwrap(), 3);
        assert_eq!(bulk_job::prune_items(&service).await.unwrap(), 0);
        let view = result(&service, &seller, job).await;
        assert_eq!((view.job.done, view.skipped.len()), (2, 0));
        assert_eq!(view.job.skipped, [(SkipReason::Revoked, 1)]);
    }
}
