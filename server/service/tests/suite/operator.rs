//! The operator: sellers, their suspension, and the health of the instance.

use std::time::Duration;

use domain::activation::{Refusal, Verification};
use domain::bounded_text::Name;
use domain::bulk::{Change, Selection};
use domain::import::ImportState;
use domain::license::{Reason, Standing};
use domain::permission::Role;
use domain::product::ProductSettings;
use domain::time::DAY_MS;
use domain::view::{SellerPage, SellerQuery};
use domain::{LicenseKey, Timestamp};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use service::account::{Member, member};
use service::activation::{ActivateOutcome, VerifyResult, activate, status, verify};
use service::member::{accept_invitation, invite};
use service::operator::{health, list_sellers, reinstate_seller, settings, suspend_seller};
use service::{
    Actor, Clock, Error, NoticeKind, Result, Service, api_token, bulk_job, license_import, machine, node,
    product,
};
use tokio::time::sleep;

use crate::license_import::support::{run, upload, view};
use crate::machine::support::{claims, request};
use test_support::{Seller, host, license, new_operator, on_both_databases, seller, texts};

const AT: i64 = 1_800_000_000_000;

/// The seller's owner as signed in.
async fn signed_in(service: &Service, seller: &Seller) -> Member {
    member(service, seller.user, None).await.unwrap()
}

fn reason() -> Reason {
    Reason::parse("reason", "Not paid").unwrap()
}

async fn answer(service: &Service, key: &LicenseKey) -> Verification {
    match verify(service, key, &host("a.com"), None).await.unwrap() {
        VerifyResult::Evaluated { verification, .. } => verification,
        VerifyResult::InvalidKey => panic!("the key is known"),
    }
}

fn is_conflict<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

fn slugs(page: &SellerPage) -> Vec<&str> {
    page.items.iter().map(|seller| seller.slug.as_str()).collect()
}

/// Suspends and reinstates the seller by an operator of another account, who also invites sellers, for the words
/// that this writes.
pub async fn suspend_and_reinstate(service: &Service, seller: &Seller) {
    let olga = new_operator(service, "olga").await;
    let by = signed_in(service, &olga).await;
    suspend_seller(service, &by, seller.account, &reason(), true).await.unwrap();
    reinstate_seller(service, &by, seller.account).await.unwrap();
    crate::sign_up::invite_and_withdraw(service, &olga).await;
}

on_both_databases! {
    async fn other_users_find_nothing(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let owner = signed_in(&service, &ada).await;
        let refused: Vec<(&str, Result<()>)> = vec![
            ("list_sellers", list_sellers(&service, &owner, &SellerQuery::default()).await.map(drop)),
            ("suspend_seller", suspend_seller(&service, &owner, eve.account, &reason(), true).await),
            ("reinstate_seller", reinstate_seller(&service, &owner, eve.account).await),
            ("health", health(&service, &owner).await.map(drop)),
            ("settings", settings(&service, &owner).map(drop)),
        ];
        for (name, done) in refused {
            assert!(matches!(done, Err(Error::NotFound)), "{name}: {done:?}");
        }
        assert_eq!(signed_in(&service, &eve).await.suspension, None);
    }

    async fn a_suspended_seller_has_no_access_and_its_apps_go_on(db: TestDatabase) {
        let service = db.open().await;
        let by = signed_in(&service, &new_operator(&service, "olga").await).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, key) = license(&service, &ada, 1).await;
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let name = Name::parse("name", "shop").unwrap();
        let token = api_token::create(&service, &ada.actor, name, Role::Support).await.unwrap().token;
        let invited = invite(&service, &ada.actor, crate::member::to_role(Role::Viewer)).await.unwrap();
        let job = bulk_job::NewBulkJob {
            change: bulk_job::NewChange::Change(Change::Reinstate),
            selection: Selection::of_licenses(vec![id]).unwrap(),
            form_token: "token".into(),
        };
        bulk_job::start(&service, &ada.actor, job).await.unwrap();

        suspend_seller(&service, &by, ada.account, &reason(), false).await.unwrap();
        let suspension = signed_in(&service, &ada).await.suspension.expect("a suspension");
        assert_eq!((suspension.reason.as_str(), suspension.apps_stopped), ("Not paid", false));
        assert!(api_token::authenticate(&service, &token).await.unwrap().is_none());
        assert!(is_conflict(&accept_invitation(&service, &invited.token, eve.user).await));
        bulk_job::run_pending(&service).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&connection, "SELECT state AS text FROM bulk_jobs").await, ["failed"]);
        assert_eq!(answer(&service, &key).await, Verification::Valid);
        assert_eq!(signed_in(&service, &eve).await.suspension, None, "another seller");
        assert!(is_conflict(&suspend_seller(&service, &by, ada.account, &reason(), false).await));
        let fraud = Reason::parse("reason", "Fraud").unwrap();
        suspend_seller(&service, &by, ada.account, &fraud, true).await.unwrap();
        assert_eq!(answer(&service, &key).await, Verification::Suspended);
        let tightened = signed_in(&service, &ada).await.suspension.expect("a suspension");
        assert_eq!((tightened.reason.as_str(), tightened.apps_stopped), ("Fraud", true));
        assert_eq!(tightened.at, suspension.at);
        suspend_seller(&service, &by, ada.account, &reason(), false).await.unwrap();
        assert_eq!(answer(&service, &key).await, Verification::Valid);

        reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(signed_in(&service, &ada).await.suspension, None);
        assert!(api_token::authenticate(&service, &token).await.unwrap().is_some());
        accept_invitation(&service, &invited.token, eve.user).await.unwrap();
        assert!(is_conflict(&reinstate_seller(&service, &by, ada.account).await));

        let sql = "SELECT actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail AS text FROM audit_entries \
                   WHERE action IN ('account.suspended', 'account.reinstated') ORDER BY id";
        let expected = [
            "shell olga account.suspended Not paid (apps go on)",
            "shell olga account.suspended Fraud (apps stopped)",
            "shell olga account.suspended Not paid (apps go on)",
            "shell olga account.reinstated Not paid",
        ];
        assert_eq!(texts(&connection, sql).await, expected);
    }

    async fn apps_of_a_stopped_seller_are_answered_as_for_a_suspended_license_on_every_node(db: TestDatabase) {
        let (here, there) = (db.open().await, db.open().await);
        let by = signed_in(&here, &new_operator(&here, "olga").await).await;
        let (ada, eve) = (seller(&here, "ada").await, seller(&here, "eve").await);
        let (_, key) = license(&here, &ada, 2).await;
        let (_, key_of_eve) = license(&here, &eve, 1).await;
        for key in [&key, &key_of_eve] {
            activate(&here, key, &host("a.com"), None).await.unwrap();
        }
        let listeners = [
            tokio::spawn(service::cache_invalidation::listen(here.clone())),
            tokio::spawn(service::cache_invalidation::listen(there.clone())),
        ];
        // Both nodes listen, and their caches are current.
        sleep(Duration::from_millis(500)).await;
        for node in [&here, &there] {
            assert_eq!(answer(node, &key).await, Verification::Valid);
        }
        let asked = request(&ada, &key, "f");
        let machine = claims(&here, machine::activate(&here, asked.clone(), None).await.unwrap()).await;
        assert_eq!(machine["suspended"], false);

        suspend_seller(&here, &by, ada.account, &reason(), true).await.unwrap();
        assert_eq!(answer(&here, &key).await, Verification::Suspended);
        sleep(Duration::from_millis(250)).await;
        assert_eq!(answer(&there, &key).await, Verification::Suspended);
        for node in [&here, &there] {
            let refused = activate(node, &key, &host("b.com"), None).await.unwrap();
            assert_eq!(refused, ActivateOutcome::Refused(Refusal::Suspended));
            assert_eq!(status(node, &key).await.unwrap().map(|status| status.standing), Some(Standing::Suspended));
            let machine = claims(node, machine::activate(node, asked.clone(), None).await.unwrap()).await;
            assert_eq!(machine["suspended"], true);
            assert_eq!(answer(node, &key_of_eve).await, Verification::Valid, "another seller");
        }
        // A node to which no changes of others arrive activates by the database.
        let other = db.open().await;
        let refused = activate(&other, &key, &host("c.com"), None).await.unwrap();
        assert_eq!(refused, ActivateOutcome::Refused(Refusal::Suspended));
        // The operator's commands work meanwhile.
        let new = ProductSettings::with_name(Name::parse("name", "New").unwrap());
        product::create(&here, &Actor::operator(ada.account), new).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT slug AS text FROM products WHERE apps_stopped ORDER BY slug";
        assert_eq!(texts(&connection, sql).await, ["ada-plugin", "new"]);

        reinstate_seller(&there, &by, ada.account).await.unwrap();
        assert_eq!(answer(&there, &key).await, Verification::Valid);
        sleep(Duration::from_millis(300)).await;
        assert_eq!(answer(&here, &key).await, Verification::Valid);
        let machine = claims(&here, machine::activate(&here, asked, None).await.unwrap()).await;
        assert_eq!(machine["suspended"], false);
        assert_eq!(texts(&connection, sql).await, Vec::<String>::new());
        for task in listeners {
            task.abort();
        }
    }

    async fn imports_and_their_removals_wait_for_the_reinstatement(db: TestDatabase) {
        let service = db.open().await;
        let by = signed_in(&service, &new_operator(&service, "olga").await).await;
        let ada = seller(&service, "ada").await;
        let id = upload(&service, &ada, "license_key\nOLD-SHOP-0001\nOLD-SHOP-0002").await;
        license_import::confirm(&service, &ada.actor, id, true).await.unwrap();
        suspend_seller(&service, &by, ada.account, &reason(), false).await.unwrap();
        assert!(!license_import::run_pending(&service).await.unwrap());
        assert_eq!(view(&service, &ada, id).await.import.state, ImportState::Importing);
        reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(run(&service, &ada, id).await.import.state, ImportState::Done);

        license_import::remove(&service, &ada.actor, id).await.unwrap();
        suspend_seller(&service, &by, ada.account, &reason(), false).await.unwrap();
        assert!(!license_import::run_pending(&service).await.unwrap());
        let connection = Database::connect(&db.url).await.unwrap();
        let count = "SELECT cast(count(*) AS text) AS text FROM licenses";
        assert_eq!(texts(&connection, count).await, ["2"], "nothing is deleted");
        reinstate_seller(&service, &by, ada.account).await.unwrap();
        assert_eq!(run(&service, &ada, id).await.import.state, ImportState::Removed);
        assert_eq!(texts(&connection, count).await, ["0"]);
    }

    async fn an_account_with_an_operator_is_not_suspended(db: TestDatabase) {
        let service = db.open().await;
        let olga = new_operator(&service, "olga").await;
        let by = signed_in(&service, &olga).await;
        assert!(is_conflict(&suspend_seller(&service, &by, olga.account, &reason(), false).await));
        let unknown = domain::AccountId(service::new_id());
        assert!(matches!(suspend_seller(&service, &by, unknown, &reason(), false).await, Err(Error::NotFound)));
        assert!(matches!(reinstate_seller(&service, &by, unknown).await, Err(Error::NotFound)));
    }

    async fn of_two_concurrent_suspensions_one_is_stored(db: TestDatabase) {
        let service = db.open().await;
        let by = signed_in(&service, &new_operator(&service, "olga").await).await;
        let ada = seller(&service, "ada").await;
        let reason = reason();
        let (first, second) = tokio::join!(
            suspend_seller(&service, &by, ada.account, &reason, false),
            suspend_seller(&service, &by, ada.account, &reason, false)
        );
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
        assert!(is_conflict(&first) || is_conflict(&second));
    }

    async fn sellers_are_paged_by_slug_and_found_by_the_start_of_name_or_slug(db: TestDatabase) {
        let service = db.open().await;
        let by = signed_in(&service, &new_operator(&service, "olga").await).await;
        let ada = seller(&service, "ada").await;
        license(&service, &ada, 1).await;
        suspend_seller(&service, &by, ada.account, &reason(), true).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let insert = "INSERT INTO accounts (id, slug, name, created_at) VALUES ($1, $2, $3, 1)";
        let shops = (0..30).map(|n| (format!("shop-{n:02}"), format!("Shop {n}")));
        for (slug, name) in shops.chain([("rzte".to_owned(), "Ärzte Union".to_owned())]) {
            let values = [service::new_id().into(), slug.into(), name.into()];
            let insert = Statement::from_sql_and_values(connection.get_database_backend(), insert, values);
            connection.execute_raw(insert).await.unwrap();
        }
        let list = async |search: &str, cursor| {
            list_sellers(&service, &by, &SellerQuery { search: search.to_owned(), cursor }).await.unwrap()
        };
        let first = list("", None).await;
        assert_eq!((first.items.len(), first.previous.is_none()), (25, true));
        assert_eq!(slugs(&first)[..4], ["ada", "olga", "rzte", "shop-00"]);
        let row = &first.items[0];
        assert_eq!((row.account, row.name.as_str()), (ada.account, "ada"));
        assert_eq!((row.members, row.products, row.licenses), (1, 1, 1));
        assert_eq!(row.suspension.as_ref().map(|suspension| suspension.apps_stopped), Some(true));
        let second = list("", first.next.clone()).await;
        assert_eq!((second.items.len(), second.next.is_none()), (8, true));
        assert_eq!(slugs(&second).last(), Some(&"shop-29"));
        assert_eq!(list("", second.previous).await, first);

        for (search, found) in [("AD", 1), ("shop 2", 11), ("Shop-1", 10), ("ärz", 1), ("ÄRZTE U", 1), ("hop", 0)] {
            assert_eq!(list(search, None).await.items.len(), found, "{search}");
        }
        let page = list("shop", None).await;
        assert_eq!(list("shop", page.next).await.items.len(), 5);
    }

    async fn nodes_are_listed_until_a_day_after_their_last_heartbeat(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(AT));
        let (here, there) = (db.open_at(clock.clone()).await, db.open_at(clock.clone()).await);
        let by = signed_in(&here, &new_operator(&here, "olga").await).await;
        // Whether this node and the other nodes are alive.
        let nodes = async || {
            let nodes = health(&here, &by).await.unwrap().nodes;
            let mut nodes: Vec<_> = nodes.iter().map(|node| (!node.is_self, node.is_alive)).collect();
            nodes.sort_unstable();
            nodes
        };
        assert_eq!(nodes().await, []);
        node::heartbeat(&here).await.unwrap();
        node::heartbeat(&there).await.unwrap();
        assert_eq!(nodes().await, [(false, true), (true, true)]);
        clock.set(Timestamp::from_millis(AT + 90_000));
        node::heartbeat(&here).await.unwrap();
        assert_eq!(nodes().await, [(false, true), (true, false)]);
        clock.set(Timestamp::from_millis(AT + DAY_MS + 1));
        node::heartbeat(&here).await.unwrap();
        assert_eq!(nodes().await, [(false, true)]);
        node::remove(&here).await.unwrap();
        assert_eq!(nodes().await, []);
    }

    async fn health_and_settings_are_those_of_the_node(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(AT))).await;
        let by = signed_in(&service, &new_operator(&service, "olga").await).await;
        service.notices().add(NoticeKind::PublicUrl, || "another address".into());
        service.set_settings(vec![("listen".into(), "127.0.0.1:3000".into())]);
        service.backups().failed_at(service.now());
        let view = health(&service, &by).await.unwrap();
        assert_eq!(view.notices, ["another address"]);
        let kind = if db.is_sqlite() { "SQLite" } else { "PostgreSQL" };
        assert_eq!(view.database.kind, kind);
        assert!(view.database.version.starts_with(|c: char| c.is_ascii_digit()), "{:?}", view.database);
        assert_eq!(view.database.file_bytes.is_some(), db.is_sqlite());
        assert_eq!(view.database.wal_bytes.is_some(), db.is_sqlite());
        assert!(view.workers_run && !view.cache_is_current && view.backups.has_failed());
        assert!(view.licenses.max_bytes > 0 && view.machines.max_bytes > 0);
        let queues = view.queues;
        assert_eq!((queues.domain_activations, queues.machine_activations, queues.capacity), (0, 0, 4096));
        assert_eq!((queues.bulk_jobs, queues.imports), (0, 0));

        let view = settings(&service, &by).unwrap();
        assert_eq!(view.settings, [("listen".to_owned(), "127.0.0.1:3000".to_owned())]);
        assert_eq!(view.version, node::VERSION);
        assert!(!view.changelog.changes.is_empty());
    }
}
