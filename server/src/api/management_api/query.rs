//! Query strings as name and value pairs, in their order.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::{ManagementError, Result};

/// Maximum length of a query string in bytes.
const MAX_QUERY_BYTES: usize = 32 * 1024;

/// The parameters of a request, decoded, in the order of the query string. An extractor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryParameters(Vec<(String, String)>);

impl QueryParameters {
    /// Parses a query string.
    ///
    /// # Errors
    /// Returns a validation error if it is longer than 32 KiB.
    pub fn parse(query: &str) -> Result<Self> {
        if query.len() > MAX_QUERY_BYTES {
            let message = format!("The query string must not exceed {} KiB.", MAX_QUERY_BYTES / 1024);
            return Err(ManagementError::Validation(message));
        }
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }

    /// Returns the last value of a parameter that is not empty, trimmed. The name matches in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().rev().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// Returns whether a switch is on, such as `import=true`.
    ///
    /// # Errors
    /// Returns a validation error if the value is no switch.
    pub fn switch(&self, name: &str) -> Result<bool> {
        let Some(text) = self.get(name) else { return Ok(false) };
        domain::filter::parse_boolean(text).ok_or_else(|| {
            ManagementError::Validation(format!("The {name} parameter must be true or false."))
        })
    }

    /// Returns all names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::parse(parts.uri.query().unwrap_or_default())
    }
}
