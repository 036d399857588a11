//! Public keys as JWK (RFC 7517) and as PEM (RFC 7468).

use aws_lc_rs::encoding::AsDer as _;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// A public key; serializes as a JWK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    /// The key id: the JWK thumbprint (RFC 7638).
    pub kid: String,
    n: String,
    e: String,
    #[serde(skip)]
    der: Vec<u8>,
}

impl PublicKey {
    /// Parses an X.509 `SubjectPublicKeyInfo` in DER.
    pub(crate) fn parse(der: &[u8]) -> Result<Self> {
        let key = aws_lc_rs::rsa::PublicKey::from_der(der)
            .map_err(|_| Error::Internal("public key could not be parsed".into()))?;
        let n = BASE64URL_NOPAD.encode(key.modulus().big_endian_without_leading_zero());
        let e = BASE64URL_NOPAD.encode(key.exponent().big_endian_without_leading_zero());
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = BASE64URL_NOPAD.encode(&Sha256::digest(canonical.as_bytes()));
        let der = key.as_der().map_or_else(|_| der.to_vec(), |der| der.as_ref().to_vec());
        Ok(Self { kty: "RSA", usage: "sig", alg: "RS256", kid, n, e, der })
    }

    /// Returns the key as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        let text = BASE64.encode(&self.der);
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|i| &text[i..text.len().min(i + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}
