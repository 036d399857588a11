//! Signing key rotation and API tokens.

use domain::Timestamp;
use domain::bounded_text::Name;
use domain::permission::Role;
use service::machine::{ActivationOutcome, activate};
use service::{Actor, Clock, Error, Principal, api_token, signing};

use super::support::{request, verified};
use test_support::{license, member, on_both_databases, seller};

fn name(text: &str) -> Name {
    Name::parse("name", text).unwrap()
}

on_both_databases! {
    async fn an_old_key_verifies_until_it_is_retired(db: TestDatabase) {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let service = db.open_at(clock.clone()).await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (_, key) = license(&service, &ada, 1).await;
        let sign = async || match activate(&service, request(&ada, &key, "a"), None).await.unwrap() {
            ActivationOutcome::Token(token) => token,
            other => panic!("{other:?}"),
        };
        let old = sign().await;
        let kid = jsonwebtoken::decode_header(&old).unwrap().kid.unwrap();
        assert!(matches!(signing::rotate(&service, &eve.actor, ada.product.id).await, Err(Error::NotFound)));
        let early = signing::retire(&service, &ada.actor, ada.product.id, &kid).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "it signs");
        signing::rotate(&service, &ada.actor, ada.product.id).await.unwrap();
        let new = sign().await;
        assert_ne!(jsonwebtoken::decode_header(&new).unwrap().kid.unwrap(), kid);
        assert!(verified(&service, &old).await.is_some() && verified(&service, &new).await.is_some());
        let early = signing::retire(&service, &ada.actor, ada.product.id, &kid).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "another node might still sign with it");
        clock.set(Timestamp::from_millis(120_000));
        assert!(matches!(signing::retire(&service, &eve.actor, ada.product.id, &kid).await, Err(Error::NotFound)));
        signing::retire(&service, &ada.actor, ada.product.id, &kid).await.unwrap();
        assert!(verified(&service, &old).await.is_none() && verified(&service, &new).await.is_some());
        let keys = signing::keys(&service, &ada.actor, ada.product.id).await.unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys.iter().filter(|k| k.rotated_at.is_none()).count(), 1);
        signing::generate_missing_keys(&service).await.unwrap();
        assert_eq!(signing::keys(&service, &ada.actor, ada.product.id).await.unwrap().len(), 2);
    }

    async fn the_current_public_key_exists_before_the_first_token(db: TestDatabase) {
        let service = db.open().await;
        let ada = seller(&service, "ada").await;
        let current = async || signing::current_public_key(&service, &ada.actor, ada.product.id).await.unwrap();
        let first = current().await;
        assert_eq!(current().await, first);
        signing::rotate(&service, &ada.actor, ada.product.id).await.unwrap();
        let second = current().await;
        let keys = signing::keys(&service, &ada.actor, ada.product.id).await.unwrap();
        let find = |kid: &str| keys.iter().find(|key| key.kid == kid).unwrap();
        assert_eq!(keys.len(), 2);
        assert!(find(&first.kid).rotated_at.is_some());
        assert!(find(&second.kid).rotated_at.is_none());
        assert_eq!(find(&second.kid).pem, second.pem());
    }

    async fn an_api_token_authenticates_until_it_is_revoked(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let created = api_token::create(&service, &ada.actor, name("shop"), Role::Support).await.unwrap();
        let actor = api_token::authenticate(&service, &created.token).await.unwrap().unwrap();
        let expected = Actor {
            account: ada.account,
            principal: Principal::Token { id: created.id, name: "shop".into(), role: Role::Support, ip: None },
        };
        assert_eq!(actor, expected);
        license(&service, &test_support::Seller { actor: actor.clone(), ..ada }, 1).await;
        assert!(api_token::create(&service, &actor, name("more"), Role::Owner).await.is_err(), "no token makes tokens");
        for wrong in ["", "cs_", "cs_AAAAAAAAAAAAAAAAAAAAAAAA", &created.token.to_uppercase(), &created.token[1..]] {
            assert!(api_token::authenticate(&service, wrong).await.unwrap().is_none(), "{wrong}");
        }
        assert!(matches!(api_token::revoke(&service, &eve.actor, created.id).await, Err(Error::NotFound)));
        assert!(api_token::list(&service, &eve.actor).await.unwrap().is_empty());
        let owner = member(actor.account, domain::UserId(service::new_id()), "ada", Role::Owner);
        api_token::revoke(&service, &owner, created.id).await.unwrap();
        assert!(api_token::authenticate(&service, &created.token).await.unwrap().is_none());
        assert!(api_token::list(&service, &owner).await.unwrap()[0].revoked_at.is_some());
    }
}
