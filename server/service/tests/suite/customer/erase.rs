//! Erasures of a customer's name and address.

use domain::bounded_text::Notes;
use domain::license::{Metadata, Reason, Standing};
use service::activation::{VerifyResult, activate, verify};
use service::customer::{erase, merge, show, update};
use service::license::{self, reinstate, suspend, transfer};

use super::{email, found, holder, identity, name, to};
use test_support::{host, on_both_databases, seller, texts};

on_both_databases! {
    async fn name_and_address_are_gone_and_the_licenses_stay(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let request = to(&seller, &identity("Grace Hopper", "grace@navy.example"));
        let issued = license::issue(&service, &seller.actor, request).await.unwrap().pop().unwrap();
        activate(&service, &issued.key, &host("a.com"), None).await.unwrap();
        let (id, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        let reason = Reason::parse("reason", "GRACE HOPPER <grace@navy.example> asked for it").unwrap();
        suspend(&service, &seller.actor, issued.id, Some(reason)).await.unwrap();
        // Another customer whose texts stay.
        let (jean, of_jean) = holder(&service, &seller, "Jean Bartik", "jean@eniac.example", 1).await;
        let reason = Reason::parse("reason", "Jean Bartik asked for it").unwrap();
        suspend(&service, &seller.actor, of_jean[0], Some(reason)).await.unwrap();
        update(&service, &seller.actor, id, identity("Grace B. Hopper", "hopper@navy.example"), None).await.unwrap();
        let other_name = Reason::parse("reason", "Grace B. Hopper wrote again").unwrap();
        reinstate(&service, &seller.actor, issued.id).await.unwrap();
        suspend(&service, &seller.actor, issued.id, Some(other_name)).await.unwrap();

        let notes = Notes::optional("notes", "Ms. Grace Hopper prefers grace@navy.example.").unwrap();
        license::set_notes(&service, &seller.actor, issued.id, notes.as_ref(), None).await.unwrap();
        let fields = Metadata::parse("buyer = Grace Hopper\norder = in_1803").unwrap();
        license::set_metadata(&service, &seller.actor, issued.id, &fields, &Metadata::default()).await.unwrap();

        erase(&service, &seller.actor, id).await.unwrap();
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!((view.name, view.email, view.license_count), (None, None, 2));
        for search in ["grace", "hopper", "navy.example"] {
            assert_eq!(found(&service, &seller, search).await, [], "{search}");
        }
        let shown = license::show(&service, &seller.actor, issued.id).await.unwrap();
        assert_eq!(shown.standing, Standing::Suspended);
        assert_eq!(shown.standing_reason.as_deref(), Some("(erased) wrote again"));
        assert_eq!(shown.notes.as_deref(), Some("Ms. (erased) prefers (erased)."));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(shown.metadata, [pair("buyer", "(erased)"), pair("order", "in_1803")]);
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let details = texts(&raw, "SELECT action || ': ' || COALESCE(detail, '') AS text FROM audit_entries ORDER BY id").await;
        assert!(!details.iter().any(|text| ["hopper", "grace@"].iter().any(|name| text.to_lowercase().contains(name))), "{details:?}");
        assert!(details.contains(&"license.suspended: (erased) wrote again".to_owned()), "{details:?}");
        assert!(details.contains(&"license.suspended: (erased) <(erased)> asked for it".to_owned()), "{details:?}");
        assert!(details.contains(&"customer.updated: (erased)".to_owned()), "{details:?}");
        assert!(details.contains(&"customer.erased: ".to_owned()), "{details:?}");
        assert!(details.contains(&"license.suspended: Jean Bartik asked for it".to_owned()), "{details:?}");
        let events = texts(&raw, "SELECT kind || payload AS text FROM outbox_events WHERE kind LIKE 'customer.%'").await;
        assert!(!events.iter().any(|event| event.contains("Hopper") || event.contains('@')), "{events:?}");
        reinstate(&service, &seller.actor, issued.id).await.unwrap();
        let verified = verify(&service, &issued.key, &host("a.com"), None).await.unwrap();
        assert!(matches!(verified, VerifyResult::Evaluated { .. }));
        // Again: nothing to do, and no entry.
        erase(&service, &seller.actor, id).await.unwrap();
        let erasures = texts(&raw, "SELECT action AS text FROM audit_entries WHERE action = 'customer.erased'").await;
        assert_eq!(erasures.len(), 1);
        assert!(show(&service, &seller.actor, jean, None).await.unwrap().name.is_some());
        // The address is free for a new customer.
        let (new, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        assert_ne!(new, id);
    }

    async fn entries_of_licenses_that_left_the_customer_are_erased_too(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (_, licenses) = holder(&service, &seller, "Jean", "jean@eniac.example", 2).await;
        let (grace, grace_email) = (name("Grace Hopper"), email("grace@navy.example"));
        for id in &licenses {
            transfer(&service, &seller.actor, *id, Some(&grace), Some(&grace_email)).await.unwrap();
        }
        let jean_email = email("jean@eniac.example");
        transfer(&service, &seller.actor, licenses[0], None, Some(&jean_email)).await.unwrap();
        // The customer was merged into another one, which is erased.
        let (old, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        let (keep, _) = holder(&service, &seller, "Commodore", "commodore@navy.example", 1).await;
        merge(&service, &seller.actor, keep, old).await.unwrap();
        erase(&service, &seller.actor, keep).await.unwrap();
        let raw = sea_orm::Database::connect(&db.url).await.unwrap();
        let details = texts(&raw, "SELECT detail AS text FROM audit_entries WHERE detail IS NOT NULL").await;
        let holds_name = |text: &String| ["Grace", "grace@", "Commodore", "commodore@"].iter().any(|name| text.contains(name));
        assert!(!details.iter().any(holds_name), "{details:?}");
        assert!(details.contains(&"Jean".to_owned()), "{details:?}");
    }
}
