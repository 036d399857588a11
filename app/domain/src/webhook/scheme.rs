//! Signature schemes of webhooks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// How the header `Webhook-Signature` is made. Header names have no case, so that one request can't carry both
/// schemes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureScheme {
    /// Base64 of the HMAC-SHA256 of the body, keyed by the token.
    #[default]
    V3,
    /// Standard Webhooks: `v1,` and base64 of the HMAC-SHA256 of id, time and body.
    Standard,
}

impl SignatureScheme {
    /// All schemes.
    pub const ALL: [Self; 2] = [Self::V3, Self::Standard];

    /// Returns the stored word, which is also that of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::Standard => "standard",
        }
    }

    /// Returns the label of pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::V3 => "HMAC of the body",
            Self::Standard => "Standard Webhooks",
        }
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignatureScheme {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scheme| scheme.as_str().eq_ignore_ascii_case(word));
        found.ok_or_else(|| FieldError::new("signatureScheme", "The scheme must be v3 or standard."))
    }
}
