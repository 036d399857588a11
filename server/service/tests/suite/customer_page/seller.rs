//! The look of the page, and the page of a suspended seller.

use domain::CustomerRelease;
use domain::brand::Brand;
use domain::license::{Reason, Standing};
use domain::permission::Role;
use domain::view::ActivationCursors;
use sea_orm::Database;
use service::activation::activate;
use service::customer_page::{
    ReleaseOutcome, brand, change_brand, free, move_domain, request_link, show, style_sheet,
};
use service::{Clock, Error, operator};

use super::{issue_to, mailing, open, set_rule, slot_of, texts_of};
use test_support::{host, new_operator, on_both_databases, person, seller, texts};

on_both_databases! {
    async fn a_suspended_seller_frees_only_while_apps_go_on(db: TestDatabase) {
        let (service, _server, ada) = mailing(&db, Clock::System).await;
        let olga = new_operator(&service, "olga").await;
        let by = service::account::member(&service, olga.user, None).await.unwrap();
        set_rule(&service, &ada, CustomerRelease::Always).await;
        let (id, key) = test_support::license(&service, &ada, 3).await;
        for domain in ["a.com", "b.com", "c.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        issue_to(&service, &ada, "grace@x.example").await;
        let reason = Reason::parse("reason", "Fraud").unwrap();
        operator::suspend_seller(&service, &by, ada.account, &reason, false).await.unwrap();
        let session = open(&service, &key).await;
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        assert_eq!(shown.license.standing, Standing::Active);
        assert!(!brand(&service, "ada").await.unwrap().are_apps_stopped);
        let slot = slot_of(&service, &ada, id).await;
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::Done);

        operator::suspend_seller(&service, &by, ada.account, &reason, true).await.unwrap();
        let session = open(&service, &key).await;
        let shown = show(&service, &session, None, &ActivationCursors::default()).await.unwrap();
        let rows = shown.domains.unwrap().rows;
        assert_eq!((shown.license.standing, rows.len()), (Standing::Suspended, 2));
        assert!(rows.iter().all(|row| row.id.is_none()), "no form to free");
        assert!(brand(&service, "ada").await.unwrap().are_apps_stopped);
        let slot = slot_of(&service, &ada, id).await;
        assert_eq!(free(&service, &session, id, slot, None).await.unwrap(), ReleaseOutcome::SellerSuspended);
        let moved = move_domain(&service, &session, id, slot, &host("d.com"), None).await.unwrap();
        assert_eq!(moved, ReleaseOutcome::SellerSuspended);
        request_link(&service, "ada", "grace@x.example", &texts_of("en"), None).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(crate::mail::rows(&db).await, Vec::<String>::new());
    }

    async fn the_brand_is_the_sellers(db: TestDatabase) {
        let service = db.open().await;
        let (ada, _) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let shown = brand(&service, "ada").await.unwrap();
        assert_eq!((shown.name.as_str(), shown.logo.as_str(), shown.color), ("ada", "ada", None));
        change_brand(&service, &ada.actor, Brand::parse("Maple & Co", "MAPLE", "#ffdd00").unwrap().into()).await.unwrap();
        let shown = brand(&service, "ada").await.unwrap();
        assert_eq!((shown.name.as_str(), shown.logo.as_str(), shown.color.as_deref()), ("Maple & Co", "MAPLE", Some("#ffdd00")));
        let (sheet, color) = style_sheet(&service, "ada").await.unwrap();
        assert!(sheet.contains("--accent:light-dark(#") && !sheet.contains("light-dark(#ffdd00"), "too bright for the light theme: {sheet}");
        assert_eq!(color.as_deref(), Some("#ffdd00"));
        assert_eq!(style_sheet(&service, "eve").await.unwrap(), (String::new(), None));
        assert!(matches!(brand(&service, "nobody").await, Err(Error::NotFound)));
        let (_, user, _) = person(&service, "vera", "ada", Role::Support).await;
        let vera = test_support::member(ada.account, user, "vera", Role::Support);
        assert!(matches!(change_brand(&service, &vera, Brand::default().into()).await, Err(Error::Forbidden)));
        change_brand(&service, &ada.actor, Brand::default().into()).await.unwrap();
        let connection = Database::connect(&db.url).await.unwrap();
        let sql = "SELECT detail AS text FROM audit_entries WHERE action = 'account.customer_page_changed' ORDER BY id";
        assert_eq!(texts(&connection, sql).await, [
            "name none → Maple & Co; logo none → MAPLE; color none → #ffdd00",
            "name Maple & Co → none; logo MAPLE → none; color #ffdd00 → none",
        ]);
    }
}
