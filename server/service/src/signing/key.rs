//! One RSA key: generation, parsing and signing.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::PublicKey;
use crate::{Error, Result};

/// A private key that signs. Has no `Debug`, because it is secret.
pub struct SigningKey {
    /// The encoded JWT header and a dot, with which every token begins.
    encoded_header: String,
    pair: KeyPair,
}

/// A generated key pair.
pub struct GeneratedKey {
    pub kid: String,
    /// The private key as PKCS #8.
    pub private: Zeroizing<Vec<u8>>,
    /// The public key as X.509 `SubjectPublicKeyInfo`.
    pub public: Vec<u8>,
}

fn failed(what: &str) -> Error {
    Error::Internal(format!("signing key could not be {what}"))
}

/// Generates a key of 2048 bits. Takes about 100 ms of CPU time.
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

    /// Returns a signed JWT in compact form (RFC 7515, section 3.1).
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
