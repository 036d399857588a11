//! What imported licenses are like.

use domain::license::{Limit, Standing};
use domain::view::LicenseQuery;
use domain::{LicenseId, LicenseKey};
use service::activation::{ActivateOutcome, activate, with_resolved_key};
use service::license::{find_by_key, list, reveal_key, show, timeline};
use service::{Service, consistency_check};

use super::support::{import, upload, upload_as, verified};
use test_support::{Seller, host, on_both_databases, seller, texts};

async fn found(service: &Service, key: &str) -> LicenseId {
    find_by_key(service, &LicenseKey::parse(key).unwrap()).await.unwrap().1
}

async fn search(service: &Service, seller: &Seller, text: &str) -> usize {
    let query = LicenseQuery { search: text.to_owned(), ..LicenseQuery::default() };
    list(service, &seller.actor, &query).await.unwrap().items.len()
}

on_both_databases! {
    async fn keys_of_other_systems_are_kept_and_found_in_any_case(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        // Apps may have asked before the import.
        assert_eq!(verified(&service, "user 1_key").await, None);
        let id = upload(&service, &seller, "license\nuser 1_KEY\nABCD-1234\nключ-1234").await;
        let view = import(&service, &seller, id, true).await;
        assert_eq!((view.import.imported, view.import.skipped), (3, 0));
        for key in ["user 1_key", "USER 1_KEY", " User 1_Key ", "abcd-1234", "КЛЮЧ-1234"] {
            assert!(verified(&service, key).await.is_some(), "{key}");
        }
        let license = found(&service, "USER 1_KEY").await;
        assert_eq!(reveal_key(&service, &seller.actor, license).await.unwrap().expose(), "user 1_KEY");
        assert_eq!(show(&service, &seller.actor, license).await.unwrap().masked_key, "••••••_KEY");
        // A mail adds quotes, and writes a dash.
        let pasted = LicenseKey::parse("“abcd–1234”.").unwrap();
        let (outcome, key) =
            with_resolved_key(&service, pasted, |key| {
                let service = service.clone();
                async move { activate(&service, &key, &host("a.com"), None).await }
            })
            .await
            .unwrap();
        assert_eq!((outcome, key.expose()), (ActivateOutcome::Active, "ABCD-1234"));
        assert_eq!(search(&service, &seller, "Hello, my key ABCD-1234 fails").await, 1);
    }

    async fn terms_of_the_file_are_kept_and_missing_columns_take_the_products_defaults(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, "key,email,name,status,reason,sites,expires,created,notes,Order ID\n\
            KEY-00000001,Ada@Example.com,Ada,active,,5,2099-01-31,2020-05-01,prefers mail,1803\n\
            KEY-00000002,ada@example.com,,suspended,unpaid,unlimited,,,,1804\n\
            KEY-00000003,,Jean,refunded,,,,,,\n\
            KEY-00000004,bob@example.com,Bob,expired,,1,2021-01-01,,,").await;
        let view = import(&service, &seller, id, true).await;
        assert_eq!(view.import.imported, 4);
        let ada = show(&service, &seller.actor, found(&service, "KEY-00000001").await).await.unwrap();
        assert_eq!((ada.standing, ada.domain_limit, ada.machine_limit), (Standing::Active, Limit::new(5), seller.product.settings().unwrap().machine_limit));
        assert_eq!(ada.expires_at.unwrap().rfc3339(), "2099-01-31T23:59:59Z");
        assert_eq!(ada.created_at.rfc3339(), "2020-05-01T00:00:00Z");
        assert_eq!((ada.customer_name.as_deref(), ada.customer_email.as_deref()), (Some("Ada"), Some("ada@example.com")));
        assert_eq!((ada.notes.as_deref(), ada.metadata.clone()), (Some("prefers mail"), vec![("Order ID".to_owned(), "1803".to_owned())]));
        let suspended = show(&service, &seller.actor, found(&service, "KEY-00000002").await).await.unwrap();
        assert_eq!((suspended.standing, suspended.standing_reason.as_deref()), (Standing::Suspended, Some("unpaid")));
        assert_eq!((suspended.customer_id, suspended.expires_at, suspended.domain_limit), (ada.customer_id, None, Limit::UNLIMITED));
        let standing = async |key| show(&service, &seller.actor, found(&service, key).await).await.unwrap().standing;
        assert_eq!((standing("KEY-00000003").await, standing("KEY-00000004").await), (Standing::Revoked, Standing::Expired));
        for (text, n) in [("1803", 1), ("ada", 2), ("jean", 1), ("bob@example.com", 1)] {
            assert_eq!(search(&service, &seller, text).await, n, "{text}");
        }
        let query = LicenseQuery { standing: Some(Standing::Expired), ..LicenseQuery::default() };
        service::license::mark_expired(&service).await.unwrap();
        assert_eq!(list(&service, &seller.actor, &query).await.unwrap().items.len(), 1);
        let history = timeline(&service, &seller.actor, ada.id).await.unwrap();
        assert!(history.entries.iter().any(|entry| entry.detail.as_deref().is_some_and(|text| text.ends_with(", imported"))));
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let events = texts(&raw, "SELECT kind AS text FROM outbox_events WHERE kind IN ('license.issued', 'customer.created') ORDER BY kind").await;
        assert_eq!(events.len(), 7, "{events:?}");
        assert!(consistency_check::check(&service).await.unwrap().is_empty());
    }

    async fn rows_without_a_key_get_one_of_the_product(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let id = upload(&service, &seller, "email,product\nada@example.com,\nbob@example.com,\n").await;
        let view = import(&service, &seller, id, true).await;
        assert_eq!((view.import.imported, view.summary.generated_keys), (2, 2));
        let page = list(&service, &seller.actor, &LicenseQuery::default()).await.unwrap();
        let key = reveal_key(&service, &seller.actor, page.items[0].id).await.unwrap();
        assert!(key.expose().starts_with("LIC-"), "the product's pattern");
    }

    async fn rows_of_an_export_with_keys_are_read(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let slug = seller.product.settings().unwrap().slug.to_string();
        let text = format!("license_key,license_id,product,customer_name,customer_email,standing,reason,domain_limit,domains_used,machine_limit,machines_used,expires_at,issued_at,last_verified_at,verifications\n\
            LIC-A3F9-K2M7-P8X1-Q4R6,01890000-0000-7000-8000-000000000000,{slug},Ada,ada@example.com,suspended,'=1+1,3,0,unlimited,0,2027-01-31T23:59:59Z,2026-01-31T10:00:00Z,,17\n");
        let id = upload_as(&service, &seller.actor, None, &text).await.unwrap();
        assert_eq!(import(&service, &seller, id, true).await.import.imported, 1);
        let license = found(&service, "LIC-A3F9-K2M7-P8X1-Q4R6").await;
        let license = show(&service, &seller.actor, license).await.unwrap();
        assert_eq!(license.standing_reason.as_deref(), Some("=1+1"));
        assert_eq!(license.metadata, []);
    }
}
