//! Helpers of the machine tests. Tokens are verified with a different library than the signer uses.

use std::collections::HashSet;

use domain::LicenseKey;
use domain::bounded_text::Name;
use domain::machine::{Fingerprint, Machine, MachineRules, MetadataEntry};
use domain::meter::Meters;
use domain::product::ProductSettings;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use service::machine::{ActivationOutcome, ActivationRequest};
use service::{Service, product, signing};

use test_support::Seller;

/// Returns the activation request of a machine with this fingerprint.
pub fn request(seller: &Seller, key: &LicenseKey, fingerprint: &str) -> ActivationRequest {
    ActivationRequest {
        key: key.clone(),
        raw_key: format!(" {} ", key.expose().to_lowercase()),
        raw_product_id: seller.product.id.to_string().to_uppercase(),
        fingerprint: Fingerprint::parse(fingerprint).expect("a fingerprint"),
        machine: Machine {
            hostname: "build-7".into(),
            os: "linux".into(),
            app_version: "1.2.3".into(),
            user_hash: "u".into(),
            metadata: vec![MetadataEntry { key: "room".into(), value: "12".into() }],
            ..Machine::default()
        },
        lease: None,
        meters: Vec::new(),
        address: None,
    }
}

/// Sets the rules and meters of the seller's product.
pub async fn set_rules(service: &Service, seller: &Seller, rules: MachineRules, meters: &str) {
    let settings = ProductSettings {
        machines: rules,
        meters: Meters::parse(meters).expect("meters"),
        ..ProductSettings::with_name(Name::parse("name", &seller.product.name).expect("a name"))
    };
    product::update(service, &seller.actor, seller.product.id, settings).await.expect("an update");
}

/// Returns the claims of a token after verification with the published key set.
pub async fn claims(service: &Service, answer: ActivationOutcome) -> Value {
    let ActivationOutcome::Token(token) = answer else { panic!("{answer:?}") };
    verified(service, &token).await.expect("a token that verifies")
}

/// Returns the claims of a token if its signature is valid.
pub async fn verified(service: &Service, token: &str) -> Option<Value> {
    let header = jsonwebtoken::decode_header(token).expect("a header");
    assert_eq!(header.alg, Algorithm::RS256);
    let keys = signing::public_keys(service).await.expect("keys");
    let key = keys.iter().find(|key| Some(&key.kid) == header.kid.as_ref())?;
    let jwk: Value = serde_json::to_value(key).expect("a JWK");
    let (n, e) = (jwk["n"].as_str()?, jwk["e"].as_str()?);
    let key = DecodingKey::from_rsa_components(n, e).expect("a key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    Some(jsonwebtoken::decode::<Value>(token, &key, &validation).ok()?.claims)
}
