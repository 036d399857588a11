//! Changes of a customer's name and address.

use domain::permission::Role;
use service::Error;
use service::customer::{show, update};
use service::machine;

use super::{email, found, holder, identity, name};
use crate::machine::support::{claims, request};
use test_support::{license, member, on_both_databases, seller};

on_both_databases! {
    async fn a_changed_customer_is_found_by_the_new_words_alone(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        update(&service, &seller.actor, id, identity("Grace Murray", "grace@yale.example"), None).await.unwrap();
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!((view.name.as_deref(), view.email.as_deref()), (Some("Grace Murray"), Some("grace@yale.example")));
        for (search, count) in [("murray", 1), ("yale.ex", 1), ("grace", 1), ("hopper", 0), ("navy.ex", 0), ("grace@navy", 0)] {
            assert_eq!(found(&service, &seller, search).await.len(), count, "{search}");
        }
    }

    async fn an_address_of_another_customer_is_refused_with_the_remedy(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace", "grace@example.com", 1).await;
        holder(&service, &seller, "Jean", "jean@example.com", 1).await;
        let refused = update(&service, &seller.actor, id, identity("Grace", "jean@example.com"), None).await;
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(faults[0].field, "email");
        assert!(faults[0].message.contains("Merge the two"), "{}", faults[0].message);
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(view.email.as_deref(), Some("grace@example.com"));
        assert_eq!(found(&service, &seller, "grace@ex").await.len(), 1, "the terms are unchanged");
    }

    async fn the_second_of_two_edits_names_what_changed(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace", "grace@example.com", 1).await;
        let shown = identity("Grace", "grace@example.com");
        update(&service, &seller.actor, id, identity("Grace Hopper", "grace@example.com"), Some(&shown)).await.unwrap();
        // Another field: both edits count.
        update(&service, &seller.actor, id, identity("Grace", "grace@navy.example"), Some(&shown)).await.unwrap();
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!((view.name.as_deref(), view.email.as_deref()), (Some("Grace Hopper"), Some("grace@navy.example")));
        // The same field.
        let second = update(&service, &seller.actor, id, identity("G. Hopper", "grace@navy.example"), Some(&shown)).await;
        let Err(Error::Changed(faults)) = second else { panic!("{second:?}") };
        assert_eq!(faults[0].field, "name_was");
        assert!(faults[0].message.contains("“Grace Hopper”"), "{}", faults[0].message);
        // Again, with the value that the message reported.
        let shown = identity("Grace Hopper", "grace@navy.example");
        update(&service, &seller.actor, id, identity("G. Hopper", "grace@navy.example"), Some(&shown)).await.unwrap();
        let empty = update(&service, &seller.actor, id, identity("", ""), None).await;
        assert!(matches!(empty, Err(Error::Invalid(_))));
    }

    async fn tokens_of_machines_hold_the_changed_name(db: TestDatabase) {
        let (service, other) = (db.open().await, db.open().await);
        let listener = tokio::spawn(service::cache_invalidation::listen(other.clone()));
        let seller = seller(&service, "ada").await;
        let (license_id, key) = license(&service, &seller, 1).await;
        let grace = (name("Grace"), email("grace@example.com"));
        service::license::transfer(&service, &seller.actor, license_id, Some(&grace.0), Some(&grace.1)).await.unwrap();
        let id = service::customer::find(&service, &seller.actor, &domain::customer::CustomerRef::Email(grace.1)).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        for node in [&service, &other] {
            let answer = machine::activate(node, request(&seller, &key, "f"), None).await.unwrap();
            assert_eq!(claims(node, answer).await["name"], "Grace");
        }
        update(&service, &seller.actor, id, identity("Grace Hopper", "grace@navy.example"), None).await.unwrap();
        let answer = machine::activate(&service, request(&seller, &key, "f"), None).await.unwrap();
        let token = claims(&service, answer).await;
        assert_eq!((&token["name"], &token["email"]), (&"Grace Hopper".into(), &"grace@navy.example".into()));
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let answer = machine::activate(&other, request(&seller, &key, "f"), None).await.unwrap();
        assert_eq!(claims(&other, answer).await["name"], "Grace Hopper", "on another node");
        listener.abort();
    }

    async fn roles_restrict_the_changes(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace", "grace@example.com", 1).await;
        let (other, _) = holder(&service, &seller, "Jean", "jean@example.com", 1).await;
        let as_role = |role| member(seller.account, seller.user, "x", role);
        let viewer = as_role(Role::Viewer);
        assert!(show(&service, &viewer, id, None).await.is_ok());
        let changed = update(&service, &viewer, id, identity("X", ""), None).await;
        assert!(matches!(changed, Err(Error::Forbidden)));
        assert!(matches!(service::customer::merge(&service, &viewer, id, other).await, Err(Error::Forbidden)));
        assert!(matches!(service::customer::export(&service, &viewer, id).await, Err(Error::Forbidden)));
        let support = as_role(Role::Support);
        assert!(update(&service, &support, id, identity("Grace H.", "grace@example.com"), None).await.is_ok());
        assert!(matches!(service::customer::erase(&service, &support, id).await, Err(Error::Forbidden)));
        assert!(service::customer::merge(&service, &support, id, other).await.is_ok());
        assert!(service::customer::erase(&service, &as_role(Role::Admin), id).await.is_ok());
    }
}
