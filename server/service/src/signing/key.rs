//! Generation, parsing and use of one RSA signing key.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::PublicKey;
use crate::{Error, Result};

/// A private signing key. Deliberately without `Debug`, so that the key cannot reach a log.
pub struct SigningKey {
    /// The encoded JWT header of each kind and the following dot: the prefix of every token.
    encoded_headers: [String; 2],
    pair: KeyPair,
}

/// The kind of a signed answer, stated in the header's `typ` (RFC 8725, section 3.11), so that no kind
/// passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An activation token: `JWT`, which existing clients expect.
    Activation,
    /// The receipt of an offline deactivation.
    DeactivationReceipt,
}

impl TokenKind {
    fn typ(self) -> &'static str {
        match self {
            Self::Activation => "JWT",
            Self::DeactivationReceipt => "deactivation+jwt",
        }
    }
}

/// A newly generated key.
pub struct GeneratedKey {
    pub kid: String,
    /// The private key, as PKCS #8.
    pub private: Zeroizing<Vec<u8>>,
    /// The public key, as X.509 `SubjectPublicKeyInfo`.
    pub public: Vec<u8>,
}

fn failed(reason: &str) -> Error {
    Error::Internal(format!("signing key: {reason}"))
}

/// Generates a key of 2048 bits, which takes about 100 ms of CPU time.
pub fn generate() -> Result<GeneratedKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| failed("generation failed"))?;
    let private = pair.as_der().map_err(|_| failed("encoding failed"))?;
    let public = pair.public_key().as_der().map_err(|_| failed("encoding failed"))?.as_ref().to_vec();
    Ok(GeneratedKey {
        kid: PublicKey::parse(&public)?.kid,
        private: Zeroizing::new(private.as_ref().to_vec()),
        public,
    })
}

impl SigningKey {
    pub fn parse(kid: &str, pkcs8: &[u8]) -> Result<Self> {
        let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| failed("stored key could not be parsed"))?;
        let encoded_headers = [TokenKind::Activation, TokenKind::DeactivationReceipt].map(|kind| {
            let header = serde_json::json!({ "alg": "RS256", "typ": kind.typ(), "kid": kid });
            format!("{}.", BASE64URL_NOPAD.encode(header.to_string().as_bytes()))
        });
        Ok(Self { encoded_headers, pair })
    }

    /// Signs the claims and returns a JWT in compact form (RFC 7515, section 3.1).
    pub fn jwt(&self, kind: TokenKind, claims: &[u8]) -> Result<String> {
        let encoded_header = &self.encoded_headers[kind as usize];
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let encoded_len = |length| BASE64URL_NOPAD.encode_len(length);
        let length = encoded_header.len() + encoded_len(claims.len()) + 1 + encoded_len(signature.len());
        let mut token = String::with_capacity(length);
        token.push_str(encoded_header);
        BASE64URL_NOPAD.encode_append(claims, &mut token);
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| failed("signing failed"))?;
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        Ok(token)
    }
}
