//! What an upload refuses, and who may import.

use domain::customer::CustomerRef;
use domain::import::ImportState;
use domain::permission::Role;
use service::Error;
use service::customer::{find, show};
use service::license::issue;
use service::license_import::{self, Upload, confirm, discard, prune};

use super::support::{faults, file, import, rows, upload, upload_as, verified, view};
use test_support::{member, on_both_databases, seller, texts};

on_both_databases! {
    async fn faults_are_named_by_line_and_column_and_good_rows_are_imported_alone(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let new = domain::license::NewLicense::for_product(seller.product.id);
        let issued = issue(&service, &seller.actor, new).await.unwrap().pop().unwrap();
        let text = format!("key,product,email\nKEY-00000001,,\nkey-00000001,,\n{},,\nKEY-00000002,Nothing,ada\nKEY-00000003,,b@c.example\n", issued.key.expose().to_lowercase());
        let id = upload(&service, &seller, &text).await;
        let checked = view(&service, &seller, id).await;
        assert_eq!((checked.import.state, checked.import.good_rows, checked.import.faulty_rows), (ImportState::Checked, 2, 3));
        assert_eq!(faults(&checked), [
            "5 email: This must be an e-mail address, such as ada@example.com.",
            "3 key: Line 2 has this key too.",
            "4 key: A license with this key exists already.",
        ]);
        let refused = confirm(&service, &seller.actor, id, true).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let done = import(&service, &seller, id, false).await;
        assert_eq!((done.import.state, done.import.imported), (ImportState::Done, 2));
        // Confirmed twice: nothing more.
        confirm(&service, &seller.actor, id, false).await.unwrap();
        assert_eq!(view(&service, &seller, id).await.import.imported, 2);
        assert!(verified(&service, "KEY-00000003").await.is_some());
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        assert_eq!(texts(&raw, "SELECT 'x' AS text FROM license_import_chunks").await.len(), 0);
    }

    async fn rows_need_a_product_that_is_not_archived(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let slug = seller.product.settings().unwrap().slug.as_str().to_uppercase();
        let text = format!("key,product\nKEY-00000001,\nKEY-00000002,{slug}\nKEY-00000003,Other\n");
        let id = upload_as(&service, &seller.actor, None, &text).await.unwrap();
        assert_eq!(faults(&view(&service, &seller, id).await), [
            "2 product: The row has no product. Choose one for such rows.",
            "4 product: No product has this name. Make it first, or correct the cell.",
        ]);
        service::product::archive(&service, &seller.actor, seller.product.id).await.unwrap();
        let done = import(&service, &seller, id, false).await;
        assert_eq!((done.import.imported, done.import.skipped), (0, 1));
    }

    async fn known_customers_keep_their_name_and_are_named(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let first = upload(&service, &seller, "email,name\nada@example.com,Ada King").await;
        import(&service, &seller, first, true).await;
        let second = upload(&service, &seller, "email,name\nada@example.com,Ada Lovelace\nx@y.example,X").await;
        let checked = view(&service, &seller, second).await;
        assert_eq!(faults(&checked), ["2 name: The customer with this address keeps the name “Ada King”."]);
        assert!(checked.faults[0].is_notice && checked.import.faulty_rows == 0);
        import(&service, &seller, second, true).await;
        let found = find(&service, &seller.actor, &CustomerRef::parse("customer", "ada@example.com").unwrap()).await.unwrap();
        let customer = show(&service, &seller.actor, found, None).await.unwrap();
        assert_eq!((customer.name.as_deref(), customer.license_count), (Some("Ada King"), 2));
    }

    async fn files_without_rows_and_forms_sent_twice_are_refused(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let empty = upload_as(&service, &seller.actor, None, "key\n , \n").await;
        assert!(matches!(&empty, Err(Error::Invalid(faults)) if faults[0].field == "file"), "{empty:?}");
        let new = file("key", None);
        Upload::begin(&service, &seller.actor, new.clone()).await.unwrap();
        let again = Upload::begin(&service, &seller.actor, new).await.err();
        assert!(matches!(again, Some(Error::Conflict(_))), "{again:?}");
    }

    async fn only_admins_import_and_only_in_their_account(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let support = member(ada.account, ada.user, "Sam", Role::Support);
        let refused = upload_as(&service, &support, Some(ada.product.id), "key\nKEY-00000001").await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        let id = upload(&service, &ada, "key\nKEY-00000001").await;
        assert!(matches!(confirm(&service, &support, id, true).await, Err(Error::Forbidden)));
        assert!(matches!(confirm(&service, &eve.actor, id, true).await, Err(Error::NotFound)));
        assert!(matches!(license_import::show(&service, &eve.actor, id).await, Err(Error::NotFound)));
        let foreign = upload_as(&service, &eve.actor, Some(ada.product.id), "key\nKEY-00000001").await;
        assert!(matches!(foreign, Err(Error::Invalid(_))), "{foreign:?}");
        assert!(license_import::list(&service, &eve.actor).await.unwrap().is_empty());
    }

    async fn discarded_and_abandoned_files_leave_no_rows(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, "key\nKEY-00000001").await;
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let sealed = texts(&raw, "SELECT CAST(number AS TEXT) AS text FROM license_import_chunks").await;
        assert_eq!(sealed.len(), 1);
        discard(&service, &seller.actor, id).await.unwrap();
        assert!(matches!(confirm(&service, &seller.actor, id, true).await, Err(Error::Conflict(_))));
        let mut abandoned = Upload::begin(&service, &seller.actor, file("key", Some(seller.product.id))).await.unwrap();
        let many = (0..600).map(|n| format!("KEY-{n:08}")).collect::<Vec<_>>().join("\n");
        abandoned.add_rows(rows(&many)).await.unwrap();
        drop(abandoned);
        let old = format!("UPDATE license_imports SET created_at = created_at - {}", domain::time::DAY_MS + 1);
        sea_orm::ConnectionTrait::execute_unprepared(&raw, &old).await.unwrap();
        prune(&service).await.unwrap();
        assert_eq!(texts(&raw, "SELECT 'x' AS text FROM license_import_chunks").await.len(), 0);
        assert_eq!(verified(&service, "KEY-00000001").await, None);
    }
}
