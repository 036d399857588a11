//! Offline activation and deactivation with request files.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::license::Limit;
use domain::machine::{MachineRules, Seconds};
use domain::{LicenseKey, Timestamp};
use serde_json::{Value, json};
use service::machine::{ActivationOutcome, offline};
use service::{Clock, Error};

use super::support::{claims, set_rules, verified};
use test_support::{Seller, license, member, on_both_databases, seller};

const START: i64 = 1_800_000_000;

fn file(seller: &Seller, key: &LicenseKey) -> Value {
    json!({
        "Key": key.expose(), "ProductId": seller.product.id, "Fingerprint": "fp", "HostName": "lab", "os": "linux",
        "appVersion": "1", "userHash": "u",
    })
}

on_both_databases! {
    async fn a_request_file_yields_a_signed_response(db: TestDatabase) {
        let service = db.open_at(Clock::manual(Timestamp::from_millis(START * 1000))).await;
        let seller = seller(&service, "ada").await;
        let (id, key) = license(&service, &seller, 1).await;
        set_rules(&service, &seller, MachineRules { lease: Some(Seconds::new(60)), deactivations: Limit::new(1), ..MachineRules::default() }, "").await;
        let plain = file(&seller, &key).to_string();
        let mut wrapped = BASE64.encode(plain.as_bytes());
        wrapped.insert(20, '\n');
        let mut activation_ids = std::collections::HashSet::new();
        for text in [&plain, &wrapped] {
            let answer = offline::activate(&service, &seller.actor, id, text, Some(Seconds::new(600))).await.unwrap();
            let token_claims = claims(&service, answer).await;
            let times = (&token_claims["orv"], &token_claims["ssi"], &token_claims["ssgpeat"], &token_claims["leat"]);
            assert_eq!(times, (&(START + 600).into(), &0.into(), &0.into(), &0.into()), "no network, no lease");
            activation_ids.insert(token_claims["aid"].as_str().unwrap().to_owned());
        }
        assert_eq!(activation_ids.len(), 1, "the same machine is the same seat");
        let activation_id = activation_ids.into_iter().next().unwrap();

        let mut back = file(&seller, &key);
        back["activationId"] = activation_id.as_str().into();
        let mut other = back.clone();
        other["fingerprint"] = "another".into();
        other.as_object_mut().unwrap().remove("Fingerprint");
        let refused = offline::deactivate(&service, &seller.actor, id, &other.to_string()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let receipt = offline::deactivate(&service, &seller.actor, id, &back.to_string()).await.unwrap();
        let token_claims = verified(&service, &receipt).await.unwrap();
        assert_eq!((&token_claims["aid"], &token_claims["deactivated"]), (&activation_id.as_str().into(), &true.into()));
        let header = receipt.split('.').next().unwrap();
        let header: serde_json::Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
        assert_eq!(header["typ"], "deactivation+jwt", "a receipt is no activation token");
        assert_eq!(token_claims["suspended"], true);
        assert!(token_claims["eat"].as_i64() < token_claims["iat"].as_i64());
        let again = offline::activate(&service, &seller.actor, id, &plain, None).await.unwrap();
        let token_claims = claims(&service, again).await;
        assert_eq!(token_claims["orv"], 0);
        back["activationId"] = token_claims["aid"].clone();
        let full = offline::deactivate(&service, &seller.actor, id, &back.to_string()).await;
        assert!(matches!(full, Err(Error::Conflict(_))), "once is what the product allows");
    }

    async fn an_invalid_request_file_is_refused(db: TestDatabase) {
        let service = db.open().await;
        let (ada, eve) = (seller(&service, "ada").await, seller(&service, "eve").await);
        let (id, _) = license(&service, &ada, 1).await;
        let (_, other) = license(&service, &ada, 1).await;
        for bad in ["", " ", "{", "[]", "====", "bm90IGpzb24=", "{}", "\u{1f600}"] {
            let refused = offline::activate(&service, &ada.actor, id, bad, None).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
        }
        let text = file(&ada, &other).to_string();
        assert_eq!(offline::activate(&service, &ada.actor, id, &text, None).await.unwrap(), ActivationOutcome::InvalidKey);
        assert!(matches!(offline::activate(&service, &eve.actor, id, &text, None).await, Err(Error::NotFound)));
        let viewer = member(ada.account, ada.user, "ada", domain::permission::Role::Viewer);
        assert!(matches!(offline::activate(&service, &viewer, id, &text, None).await, Err(Error::Forbidden)));
        assert!(matches!(offline::deactivate(&service, &viewer, id, &text).await, Err(Error::Forbidden)));
    }
}
