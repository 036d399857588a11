//! Imports of all or nothing, and the removal of imported licenses.

use domain::bounded_text::Notes;
use domain::import::ImportState;
use domain::{KeyGrace, LicenseKey};
use service::activation::activate;
use service::license::{find_by_key, replace_key, set_notes, suspend};
use service::license_import::{confirm, remove, run_batch, stop};
use service::{Error, consistency_check};

use super::support::{import, run, upload, verified, view};
use test_support::{host, on_both_databases, seller, texts};

/// Rows with keys from `KEY-00000000` on.
fn many(count: u32) -> String {
    let keys = (0..count).map(|n| format!("KEY-{n:08},c{n}@example.com\n"));
    "key,email\n".to_owned() + &keys.collect::<String>()
}

on_both_databases! {
    async fn key_that_is_taken_meanwhile_ends_an_import_of_all_or_nothing(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let all = upload(&service, &seller, &many(1200)).await;
        let other = upload(&service, &seller, "key\nkey-00000700").await;
        import(&service, &seller, other, true).await;
        let view = import(&service, &seller, all, true).await;
        assert_eq!((view.import.state, view.import.imported, view.import.removed), (ImportState::Removed, 500, 500));
        assert_eq!(view.failure.as_deref(), Some("Line 702: A license with this key exists already. Nothing is imported."));
        assert_eq!(verified(&service, "KEY-00000001").await, None);
        assert!(verified(&service, "KEY-00000700").await.is_some());
        // The good ones alone.
        let all = upload(&service, &seller, &many(1200)).await;
        let view = import(&service, &seller, all, false).await;
        assert_eq!((view.import.state, view.import.imported), (ImportState::Done, 1199));
        assert!(consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn removal_keeps_licenses_that_were_used_or_changed(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, &many(1100)).await;
        import(&service, &seller, id, true).await;
        let key = |n: u32| LicenseKey::parse(&format!("KEY-{n:08}")).unwrap();
        activate(&service, &key(3), &host("a.com"), None).await.unwrap();
        activate(&service, &key(4), &host("localhost"), None).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let suspended = find_by_key(&service, &key(900)).await.unwrap().1;
        suspend(&service, &seller.actor, suspended, None).await.unwrap();
        let noted = find_by_key(&service, &key(901)).await.unwrap().1;
        let notes = Notes::optional("notes", "Removed with its license.").unwrap();
        set_notes(&service, &seller.actor, noted, notes.as_ref(), None).await.unwrap();
        remove(&service, &seller.actor, id).await.unwrap();
        remove(&service, &seller.actor, id).await.unwrap();
        let view = run(&service, &seller, id).await;
        assert_eq!((view.import.state, view.import.removed), (ImportState::Removed, 1097));
        assert!(verified(&service, "KEY-00000003").await.is_some());
        assert_eq!(verified(&service, "KEY-00000005").await, None);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let removed = texts(&raw, "SELECT kind AS text FROM outbox_events WHERE kind = 'license.removed'").await;
        assert_eq!(removed.len(), 1097);
        assert!(consistency_check::check(&service).await.unwrap().is_empty());
        // The keys are free again.
        let again = upload(&service, &seller, "key\nKEY-00000005").await;
        assert_eq!(import(&service, &seller, again, true).await.import.imported, 1);
    }

    async fn removal_of_a_failed_import_takes_licenses_whose_key_was_replaced(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, &many(700)).await;
        confirm(&service, &seller.actor, id, true).await.unwrap();
        assert!(run_batch(&service, id, 1).await.unwrap());
        let key = LicenseKey::parse("KEY-00000007").unwrap();
        let license = find_by_key(&service, &key).await.unwrap().1;
        replace_key(&service, &seller.actor, license, KeyGrace::NONE).await.unwrap();
        stop(&service, &seller.actor, id).await.unwrap();
        let view = run(&service, &seller, id).await;
        assert_eq!((view.import.state, view.import.removed, view.failure), (ImportState::Removed, 500, None));
        assert!(consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn removal_ends_an_hour_after_the_import(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, "key\nKEY-00000005").await;
        assert!(matches!(remove(&service, &seller.actor, id).await, Err(Error::Conflict(_))), "not imported yet");
        import(&service, &seller, id, true).await;
        assert!(view(&service, &seller, id).await.removable_until.is_some());
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let old = format!("UPDATE license_imports SET finished_at = finished_at - {}", domain::bulk::UNDO_MS + 1);
        sea_orm::ConnectionTrait::execute_unprepared(&raw, &old).await.unwrap();
        assert!(matches!(remove(&service, &seller.actor, id).await, Err(Error::Conflict(_))));
        assert!(view(&service, &seller, id).await.removable_until.is_none());
    }

    async fn stopped_import_keeps_its_licenses_unless_it_is_of_all_or_nothing(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        for (all_or_nothing, state, left) in [(true, ImportState::Removed, false), (false, ImportState::Done, true)] {
            let id = upload(&service, &seller, &many(1200)).await;
            confirm(&service, &seller.actor, id, all_or_nothing).await.unwrap();
            assert!(run_batch(&service, id, 1).await.unwrap());
            stop(&service, &seller.actor, id).await.unwrap();
            let view = run(&service, &seller, id).await;
            assert_eq!((view.import.state, view.import.imported), (state, 500));
            assert_eq!(verified(&service, "KEY-00000001").await.is_some(), left);
        }
    }
}
