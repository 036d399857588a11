//! Issues to known customers, issues of many licenses, and their keys.

use domain::customer::NameChoice;
use domain::license::NewLicense;
use service::Error;
use service::customer::show;
use service::license::{self, NewHolder, issue, reveal_keys, timeline, transfer_to};

use super::{email, found, holder, identity, name, to};
use test_support::{on_both_databases, seller};

on_both_databases! {
    async fn another_name_of_a_known_address_is_asked_about(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        let request = |choice| NewLicense { name_choice: choice, ..to(&seller, &identity("Grace Murray", "grace@navy.example")) };
        let Err(Error::OtherName { known, given }) = issue(&service, &seller.actor, request(NameChoice::Ask)).await else {
            panic!("the name was not asked about")
        };
        assert_eq!((known.as_str(), given.as_str()), ("Grace Hopper", "Grace Murray"));
        assert_eq!(show(&service, &seller.actor, id, None).await.unwrap().license_count, 1, "no license was issued");
        issue(&service, &seller.actor, request(NameChoice::Keep)).await.unwrap();
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!((view.license_count, view.name.as_deref()), (2, Some("Grace Hopper")));
        issue(&service, &seller.actor, request(NameChoice::Change)).await.unwrap();
        let view = show(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!((view.license_count, view.name.as_deref()), (3, Some("Grace Murray")));
        assert_eq!((found(&service, &seller, "murray").await.len(), found(&service, &seller, "hopper").await.len()), (1, 0));
    }

    async fn a_transfer_asks_about_another_name_too(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        holder(&service, &seller, "Grace Hopper", "grace@navy.example", 1).await;
        let (jean, licenses) = holder(&service, &seller, "Jean", "jean@eniac.example", 1).await;
        let to = |name_choice| NewHolder { name: Some(name("G. H.")), email: Some(email("grace@navy.example")), name_choice };
        let asked = transfer_to(&service, &seller.actor, licenses[0], &to(NameChoice::Ask)).await;
        assert!(matches!(asked, Err(Error::OtherName { .. })), "{asked:?}");
        assert_eq!(show(&service, &seller.actor, jean, None).await.unwrap().license_count, 1, "the license stays");
        transfer_to(&service, &seller.actor, licenses[0], &to(NameChoice::Keep)).await.unwrap();
        let view = license::show(&service, &seller.actor, licenses[0]).await.unwrap();
        assert_eq!(view.customer_name.as_deref(), Some("Grace Hopper"));
    }

    async fn a_form_that_is_submitted_twice_issues_once(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let submit = || {
            let (service, seller) = (service.clone(), seller.clone());
            tokio::spawn(async move {
                let request = to(&seller, &identity("Grace", "grace@navy.example"));
                let request = NewLicense { count: 20, form_token: Some("form".into()), ..request };
                issue(&service, &seller.actor, request).await.unwrap().len()
            })
        };
        let submissions: Vec<_> = (0..6).map(|_| submit()).collect();
        let mut counts = Vec::new();
        for submission in submissions {
            counts.push(submission.await.unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 0, 0, 0, 20]);
        assert_eq!(found(&service, &seller, "grace").await[0].licenses, 20);
    }

    async fn keys_of_many_licenses_are_revealed_with_an_entry_each(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let request = NewLicense { count: 500, ..to(&ada, &identity("Grace", "grace@navy.example")) };
        let issued = issue(&service, &ada.actor, request).await.unwrap();
        let ids: Vec<_> = issued.iter().map(|license| license.id).collect();
        let revealed = reveal_keys(&service, &ada.actor, &ids).await.unwrap();
        let revealed_keys: Vec<_> = revealed.iter().map(|license| license.key.expose()).collect();
        let issued_keys: Vec<_> = issued.iter().map(|license| license.key.expose()).collect();
        assert_eq!(revealed_keys, issued_keys);
        assert_eq!(revealed[0].customer_email.as_deref(), Some("grace@navy.example"));
        for id in [ids[0], ids[499]] {
            let entries = timeline(&service, &ada.actor, id).await.unwrap().entries;
            assert_eq!(entries.iter().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["license.key_revealed", "license.issued"]);
        }
        assert!(reveal_keys(&service, &eve.actor, &ids).await.unwrap().is_empty(), "keys of another seller");
        let viewer = test_support::member(ada.account, ada.user, "x", domain::permission::Role::Viewer);
        assert!(matches!(reveal_keys(&service, &viewer, &ids).await, Err(Error::Forbidden)));
    }
}
