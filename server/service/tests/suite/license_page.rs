//! The use cases of a license's page: the answer to an app, allow, move and restore domains, notes, metadata
//! and the replacement of the key.

use domain::bounded_text::Notes;
use domain::event::Event;
use domain::license::{Limit, Metadata, NewLicense};
use domain::refusal::RefusalReason;
use domain::view::{AppAnswer, LicenseView, TimelineFilter};
use domain::{AppSubject, KeyGrace, LicenseId};
use service::activation::{
    ActivateOutcome, VerifyResult, activate, allow, free, move_domain, restore, verify,
};
use service::license::{
    check, issue, replace_key, reveal_key, revoke, set_metadata, set_notes, show, suspend, timeline_from,
};
use service::{Error, Service, license as licenses, machine};
use tokio::task::JoinSet;

use test_support::{Seller, host, license, on_both_databases, seller};

use crate::machine::support::request;

async fn answer(service: &Service, seller: &Seller, id: LicenseId, text: &str) -> AppAnswer {
    let subject = AppSubject::parse(text).unwrap();
    check(service, &seller.actor, id, &subject).await.unwrap()
}

async fn view(service: &Service, seller: &Seller, id: LicenseId) -> LicenseView {
    show(service, &seller.actor, id).await.unwrap()
}

fn domains(view: &LicenseView) -> Vec<&str> {
    let mut domains: Vec<_> = view.domains.rows.iter().map(|row| row.subject.as_str()).collect();
    domains.sort_unstable();
    domains
}

on_both_databases! {
    async fn answer_is_that_of_the_api_and_counts_nothing(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let free = answer(&service, &seller, id, "https://a.com/shop").await;
        assert_eq!((free.subject.as_str(), free.is_active), ("a.com", false));
        assert_eq!((free.verification, free.activation), (Some(RefusalReason::InvalidDomain), None));
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        let active = answer(&service, &seller, id, "a.com").await;
        assert_eq!((active.is_active, active.verification, active.activation), (true, None, None));
        let refused = answer(&service, &seller, id, "b.com").await;
        assert_eq!(refused.activation, Some(RefusalReason::LimitReached));
        assert_eq!(refused.movable.map(|movable| movable.domain), Some("a.com".to_owned()));
        suspend(&service, &seller.actor, id, None).await.unwrap();
        let suspended = answer(&service, &seller, id, "a.com").await;
        assert_eq!(suspended.verification, Some(RefusalReason::Suspended));
        service.flush_all().await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!((shown.verification_count, shown.refused.len()), (0, 0));
    }

    async fn machine_is_found_by_fingerprint_and_by_name(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let asked = request(&seller, &key, "fingerprint-1");
        machine::activate(&service, asked.clone(), None).await.unwrap();
        let name = asked.machine.hostname.to_uppercase();
        for text in ["fingerprint-1", name.as_str()] {
            let found = answer(&service, &seller, id, text).await;
            assert_eq!((found.is_active, found.activation), (true, None), "{text}");
        }
        assert!(!answer(&service, &seller, id, "fingerprint-2").await.is_active);
        revoke(&service, &seller.actor, id, None).await.unwrap();
        let revoked = answer(&service, &seller, id, "fingerprint-1").await;
        assert_eq!(revoked.activation, Some(RefusalReason::Revoked));
    }

    async fn allowed_domain_raises_the_limit_only_if_no_slot_is_free(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = license(&service, &seller, 1).await;
        allow(&service, &seller.actor, id, &host("a.com")).await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!((shown.domains_used, shown.domain_limit), (1, Limit::new(1)));
        allow(&service, &seller.actor, id, &host("b.com")).await.unwrap();
        allow(&service, &seller.actor, id, &host("b.com")).await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!((shown.domains_used, shown.domain_limit), (2, Limit::new(2)));
        let entries = timeline_from(&service, &seller.actor, id, TimelineFilter::All, None).await.unwrap().entries;
        let created: Vec<_> = entries.iter().filter(|e| e.event == Some(Event::ActivationCreated)).collect();
        assert_eq!(created.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), ["ada", "ada"]);
        suspend(&service, &seller.actor, id, None).await.unwrap();
        let refused = allow(&service, &seller.actor, id, &host("c.com")).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(view(&service, &seller, id).await.domain_limit, Limit::new(2), "nothing was changed");
    }

    async fn freed_domain_returns_unless_another_took_its_slot(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let free_first = async || {
            let activation = view(&service, &seller, id).await.domains.rows[0].id.unwrap();
            free(&service, &seller.actor, id, activation).await.unwrap();
        };
        activate(&service, &key, &host("a.com"), None).await.unwrap();
        free_first().await;
        restore(&service, &seller.actor, id, &host("a.com")).await.unwrap();
        restore(&service, &seller.actor, id, &host("a.com")).await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!((domains(&shown), shown.domains_used, shown.domain_limit), (vec!["a.com"], 1, Limit::new(1)));
        let result = verify(&service, &key, &host("a.com"), None).await.unwrap();
        let valid = domain::activation::Verification::Valid;
        assert_eq!(result, VerifyResult::Evaluated { verification: valid, expires_at: None });
        free_first().await;
        activate(&service, &key, &host("b.com"), None).await.unwrap();
        let refused = restore(&service, &seller.actor, id, &host("a.com")).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let shown = view(&service, &seller, id).await;
        assert_eq!((domains(&shown), shown.domain_limit), (vec!["b.com"], Limit::new(1)), "no slot was granted");
        free_first().await;
        suspend(&service, &seller.actor, id, None).await.unwrap();
        let refused = restore(&service, &seller.actor, id, &host("b.com")).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }

    async fn moved_domain_takes_the_slot_of_the_former_one(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 2).await;
        for domain in ["a.com", "b.com"] {
            activate(&service, &key, &host(domain), None).await.unwrap();
        }
        let from = view(&service, &seller, id).await.domains.rows.into_iter().find(|row| row.subject == "a.com");
        let from = from.unwrap().id.unwrap();
        let taken = move_domain(&service, &seller.actor, id, from, &host("b.com")).await;
        assert!(matches!(taken, Err(Error::Invalid(_))), "{taken:?}");
        move_domain(&service, &seller.actor, id, from, &host("c.com")).await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!((domains(&shown), shown.domains_used), (vec!["b.com", "c.com"], 2));
        let result = verify(&service, &key, &host("a.com"), None).await.unwrap();
        let refused = domain::activation::Verification::InvalidDomain;
        assert_eq!(result, VerifyResult::Evaluated { verification: refused, expires_at: None });
        let again = move_domain(&service, &seller.actor, id, from, &host("d.com")).await;
        assert!(matches!(again, Err(Error::NotFound)), "the activation is gone");
    }

    async fn moves_beside_activations_never_exceed_the_limit(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 3).await;
        for n in 0..3 {
            activate(&service, &key, &host(&format!("start{n}.com")), None).await.unwrap();
        }
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let (service, seller, key) = (service.clone(), seller.clone(), key.clone());
            tasks.spawn(async move {
                let shown = show(&service, &seller.actor, id).await.unwrap();
                if let Some(from) = shown.domains.rows.first().and_then(|row| row.id) {
                    // Another task may have moved it.
                    drop(move_domain(&service, &seller.actor, id, from, &host(&format!("m{n}.com"))).await);
                }
                activate(&service, &key, &host(&format!("n{n}.com")), None).await.unwrap();
            });
        }
        tasks.join_all().await;
        let shown = view(&service, &seller, id).await;
        assert_eq!((shown.domains_used, shown.domains.rows.len()), (3, 3));
    }

    async fn notes_and_metadata_are_not_overwritten_unseen(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, _) = license(&service, &seller, 1).await;
        let notes = |text: &str| Notes::optional("notes", text).unwrap();
        let (first, second) = (notes("Reseller since 2024."), notes("Ask Jon first."));
        set_notes(&service, &seller.actor, id, first.as_ref(), None).await.unwrap();
        let conflict = set_notes(&service, &seller.actor, id, second.as_ref(), None).await;
        assert!(matches!(conflict, Err(Error::Changed(_))), "{conflict:?}");
        set_notes(&service, &seller.actor, id, second.as_ref(), first.as_ref()).await.unwrap();
        let fields = |text: &str| Metadata::parse(text).unwrap();
        let (none, order) = (Metadata::default(), fields("order = in_1803\nplan = team"));
        set_metadata(&service, &seller.actor, id, &order, &none).await.unwrap();
        let conflict = set_metadata(&service, &seller.actor, id, &fields("order = 2"), &none).await;
        assert!(matches!(conflict, Err(Error::Changed(_))), "{conflict:?}");
        set_metadata(&service, &seller.actor, id, &fields("order = in_1803\nplan = solo"), &order).await.unwrap();
        let shown = view(&service, &seller, id).await;
        assert_eq!(shown.notes.as_deref(), Some("Ask Jon first."));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(shown.metadata, [pair("order", "in_1803"), pair("plan", "solo")]);
        set_notes(&service, &seller.actor, id, None, second.as_ref()).await.unwrap();
        assert_eq!(view(&service, &seller, id).await.notes, None);
        let changes = timeline_from(&service, &seller.actor, id, TimelineFilter::Changes, None).await.unwrap();
        let details: Vec<_> = changes.entries.iter().filter_map(|entry| entry.detail.as_deref()).collect();
        assert!(details.contains(&"plan") && !details.iter().any(|detail| detail.contains("solo")), "{details:?}");
    }

    async fn replaced_key_keeps_activations_and_ends_the_former_key(db: TestDatabase) {
        let (service, other_node) = (db.open().await, db.open().await);
        let seller = seller(&service, "ada").await;
        let (id, former) = license(&service, &seller, 1).await;
        activate(&service, &former, &host("a.com"), None).await.unwrap();
        verify(&service, &former, &host("a.com"), None).await.unwrap();
        let key = replace_key(&service, &seller.actor, id, KeyGrace::NONE).await.unwrap();
        assert_ne!(key.expose(), former.expose());
        assert_eq!(verify(&service, &former, &host("a.com"), None).await.unwrap(), VerifyResult::InvalidKey);
        let outcome = activate(&service, &former, &host("a.com"), None).await.unwrap();
        assert_eq!(outcome, ActivateOutcome::InvalidKey);
        for service in [&service, &other_node] {
            let result = verify(service, &key, &host("a.com"), None).await.unwrap();
            assert!(matches!(result, VerifyResult::Evaluated { verification, .. } if verification.refusal().is_none()));
        }
        let revealed = reveal_key(&service, &seller.actor, id).await.unwrap();
        assert_eq!(revealed.expose(), key.expose());
        assert_eq!(licenses::find_by_key(&service, &key).await.unwrap().1, id);
        revoke(&service, &seller.actor, id, None).await.unwrap();
        assert!(replace_key(&service, &seller.actor, id, KeyGrace::NONE).await.is_err());
    }

    async fn history_can_be_restricted_to_changes(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let new = NewLicense { domain_limit: Some(Limit::UNLIMITED), ..NewLicense::for_product(seller.product.id) };
        let issued = issue(&service, &seller.actor, new).await.unwrap().pop().unwrap();
        for n in 0..20 {
            activate(&service, &issued.key, &host(&format!("{n}.com")), None).await.unwrap();
        }
        let history = async |filter| {
            timeline_from(&service, &seller.actor, issued.id, filter, None).await.unwrap()
        };
        let changes = history(TimelineFilter::Changes).await;
        assert_eq!((changes.entries.len(), changes.more), (1, None));
        assert!(history(TimelineFilter::All).await.more.is_some());
    }
}
