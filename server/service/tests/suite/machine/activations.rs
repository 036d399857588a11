//! Machine activations: tokens, limits, standings and races.

use std::sync::Arc;

use domain::license::{Limit, Reason};
use domain::machine::Fingerprint;
use domain::{ActivationId, LicenseKey, Timestamp};
use jsonwebtoken::DecodingKey;
use serde_json::Value;
use service::license::{NewLimits, change_limit, renew, revoke, show, suspend};
use service::machine::{
    ActivationOutcome, ActivationRequest, DeactivateOutcome, DeactivationProof, activate, deactivate, sync,
};
use service::{new_id, signing};
use tokio::sync::Barrier;

use super::support::{claims, request};
use test_support::{license, on_both_databases, seller};

on_both_databases! {
    async fn a_token_has_the_claims_that_clients_expect(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let asked = request(&seller, &key, "fp-One");
        let token_claims = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        // Echoed exactly as sent.
        assert_eq!(token_claims["key"], asked.raw_key.as_str());
        assert_eq!(token_claims["pid"], asked.raw_product_id.as_str());
        assert_eq!(token_claims["fp"], "fp-One");
        assert_eq!(token_claims["lid"], id.to_string());
        for text in ["name", "email", "company", "os", "fms", "type", "ls"] {
            assert!(token_claims[text].is_string(), "{text}: {token_claims}");
        }
        for time in ["iat", "eat", "orv", "fc", "ld", "leat", "ssi", "ssgpeat", "aco", "lcat", "laat"] {
            assert!(token_claims[time].is_i64(), "{time}: {token_claims}");
        }
        for list in ["pmd", "lmd", "umd", "amd", "lma", "ama"] {
            assert!(token_claims[list].is_array(), "{list}: {token_claims}");
        }
        assert_eq!(token_claims["amd"][0]["value"], "12");
        assert_eq!((&token_claims["suspended"], &token_claims["eat"]), (&Value::Bool(false), &Value::from(0)));
        assert!(token_claims.get("exp").is_none(), "known clients fail on exp and eat together");
        let pem = signing::keys(&service, &seller.actor, seller.product.id).await.unwrap().remove(0).pem;
        assert!(DecodingKey::from_rsa_pem(pem.as_bytes()).is_ok(), "{pem}");
    }

    async fn the_same_fingerprint_reuses_its_activation(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let first = claims(&service, activate(&service, request(&seller, &key, "a"), None).await.unwrap()).await;
        let again = claims(&service, activate(&service, request(&seller, &key, "a"), None).await.unwrap()).await;
        assert_eq!(first["aid"], again["aid"]);
        assert_eq!(activate(&service, request(&seller, &key, "A"), None).await.unwrap(), ActivationOutcome::LimitReached);
        let view = show(&service, &seller.actor, id).await.unwrap();
        assert_eq!((view.machines_used, view.domains_used), (1, 0));
        let activation: ActivationId = first["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(activation.0.get_version_num(), 4, "a random id, because it is a credential");
        assert_eq!(deactivate(&service, activation, None, None).await.unwrap(), DeactivateOutcome::Freed);
        assert_eq!(deactivate(&service, activation, None, None).await.unwrap(), DeactivateOutcome::NotFound);
        assert_eq!(sync(&service, activation, &request(&seller, &key, "a")).await.unwrap(), ActivationOutcome::NotFound);
        assert!(matches!(activate(&service, request(&seller, &key, "A"), None).await.unwrap(), ActivationOutcome::Token(_)));
    }

    async fn tokens_report_suspension_and_expiry_and_revoked_licenses_are_refused(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let asked = request(&seller, &key, "a");
        let token_claims = claims(&service, activate(&service, asked.clone(), None).await.unwrap()).await;
        let activation: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        let reason = Reason::parse("reason", "late").unwrap();
        suspend(&service, &seller.actor, id, Some(reason)).await.unwrap();
        renew(&service, &seller.actor, id, domain::license::Renewal::Until(Timestamp::from_millis(86_400_000)), None).await.unwrap();
        for answer in [activate(&service, asked.clone(), None).await.unwrap(), sync(&service, activation, &asked).await.unwrap()] {
            let token_claims = claims(&service, answer).await;
            assert_eq!((&token_claims["suspended"], &token_claims["eat"]), (&Value::Bool(true), &Value::from(86_400)));
        }
        revoke(&service, &seller.actor, id, None).await.unwrap();
        assert_eq!(activate(&service, asked.clone(), None).await.unwrap(), ActivationOutcome::Revoked);
        assert_eq!(sync(&service, activation, &asked).await.unwrap(), ActivationOutcome::Revoked);
    }

    async fn mismatched_keys_products_and_fingerprints_are_refused(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (_, key) = license(&service, &ada, 1).await;
        let (_, other) = license(&service, &eve, 1).await;
        let wrong = ActivationRequest { raw_product_id: eve.product.id.to_string(), ..request(&ada, &key, "a") };
        assert_eq!(activate(&service, wrong.clone(), None).await.unwrap(), ActivationOutcome::InvalidProduct);
        let unknown = LicenseKey::parse("LIC-0000-0000-0000-0000").unwrap();
        assert_eq!(activate(&service, request(&ada, &unknown, "a"), None).await.unwrap(), ActivationOutcome::InvalidKey);
        let by_number = ActivationRequest { raw_product_id: ada.product.number.to_string(), ..request(&ada, &key, "a") };
        let token_claims = claims(&service, activate(&service, by_number.clone(), None).await.unwrap()).await;
        let activation: ActivationId = token_claims["aid"].as_str().unwrap().parse().unwrap();
        assert_eq!(sync(&service, activation, &request(&ada, &key, "b")).await.unwrap(), ActivationOutcome::InvalidFingerprint);
        assert_eq!(sync(&service, activation, &request(&eve, &other, "a")).await.unwrap(), ActivationOutcome::InvalidKey);
        assert_eq!(sync(&service, ActivationId(new_id()), &by_number).await.unwrap(), ActivationOutcome::NotFound);
        let proof = |key: &LicenseKey, fingerprint: &str| DeactivationProof {
            key: key.clone(),
            raw_product_id: ada.product.id.to_string(),
            fingerprint: Fingerprint::parse(fingerprint).unwrap(),
        };
        for wrong in [proof(&other, "a"), proof(&key, "b")] {
            assert_eq!(deactivate(&service, activation, Some(&wrong), None).await.unwrap(), DeactivateOutcome::NotFound);
        }
        assert_eq!(deactivate(&service, activation, Some(&proof(&key, "a")), None).await.unwrap(), DeactivateOutcome::Freed);
    }

    async fn concurrent_machine_activations_stop_at_the_limit(db: TestDatabase) {
        let services = [db.open().await, db.open().await];
        let seller = Arc::new(seller(&services[0], "ada").await);
        let (id, key) = license(&services[0], &seller, 1).await;
        let three = NewLimits { domains: None, machines: Some(Limit::new(3)) };
        change_limit(&services[0], &seller.actor, id, three).await.unwrap();
        let start = Arc::new(Barrier::new(200));
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let (service, start, seller) = (services[n % 2].clone(), Arc::clone(&start), Arc::clone(&seller));
                let key = key.clone();
                tokio::spawn(async move {
                    start.wait().await;
                    activate(&service, request(&seller, &key, &format!("fp-{n}")), None).await.expect("an answer")
                })
            })
            .collect();
        let (mut tokens, mut refused) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                ActivationOutcome::Token(_) => tokens += 1,
                ActivationOutcome::LimitReached => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((tokens, refused), (3, 197));
        let view = show(&services[0], &seller.actor, id).await.unwrap();
        assert_eq!((view.machines_used, view.activations().count()), (3, 3));
    }

    async fn concurrent_first_activations_generate_one_signing_key(db: TestDatabase) {
        let service = db.open().await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        let ten = NewLimits { domains: None, machines: Some(Limit::new(10)) };
        change_limit(&service, &seller.actor, id, ten).await.unwrap();
        let other = db.open().await;
        let asks: Vec<_> = (0..6)
            .map(|n| {
                let service = if n % 2 == 0 { service.clone() } else { other.clone() };
                let request = request(&seller, &key, &n.to_string());
                tokio::spawn(async move { activate(&service, request.clone(), None).await.unwrap() })
            })
            .collect();
        for ask in asks {
            claims(&service, ask.await.unwrap()).await;
        }
        signing::generate_missing_keys(&service).await.unwrap();
        assert_eq!(signing::public_keys(&service).await.unwrap().len(), 1);
    }
}
