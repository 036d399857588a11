//! One RSA key: made, parsed, and put to use.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::PublicKey;
use crate::{Error, Result};

/// A key that signs. Deliberately without `Debug`.
pub struct SigningKey {
    /// What every token begins with: its header, encoded, and the dot.
    encoded_header: String,
    pair: KeyPair,
}

/// A key that was just made.
pub struct GeneratedKey {
    pub kid: String,
    /// PKCS #8.
    pub private: Zeroizing<Vec<u8>>,
    /// X.509 `SubjectPublicKeyInfo`.
    pub public: Vec<u8>,
}

fn failed(what: &str) -> Error {
    Error::Internal(format!("signing key could not be {what}"))
}

/// Makes a key of 2048 bits: some 100 ms of work.
pub fn generate() -> Result<GeneratedKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| failed("made"))?;
    let private = pair.as_der().map_err(|_| failed("written"))?;
    let public = pair.public_key().as_der().map_err(|_| failed("written"))?.as_ref().to_vec();
    Ok(GeneratedKey {
        kid: PublicKey::parse(&public)?.kid,
        private: Zeroizing::new(private.as_ref().to_vec()),
        public,
    })
}

impl SigningKey {
    pub fn parse(kid: &str, pkcs8: &[u8]) -> Result<Self> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| failed("read"))?;
        let header = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
        let head = format!("{}.", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
        Ok(Self { encoded_header: head, pair })
    }

    /// A JWT in compact form (RFC 7515, 3.1).
    pub fn jwt(&self, claims: &[u8]) -> Result<String> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let encoded = |length| BASE64URL_NOPAD.encode_len(length);
        let length = self.encoded_header.len() + encoded(claims.len()) + 1 + encoded(signature.len());
        let mut token = String::with_capacity(length);
        token.push_str(&self.encoded_header);
        BASE64URL_NOPAD.encode_append(claims, &mut token);
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| failed("put to use"))?;
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        Ok(token)
    }
}
