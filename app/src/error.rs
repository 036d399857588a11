//! The error type of all server functions.

use std::collections::BTreeMap;
use std::fmt;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// An error shown on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiError {
    /// Machine-readable error code: `invalid`, `not_found`, `forbidden`, `conflict`, `signed_out`,
    /// `suspended`, `throttled`, `too_large`, `unavailable`, `internal`, `network`.
    pub code: String,
    /// The message shown to the user.
    pub message: String,
    /// The error messages by field name.
    pub fields: BTreeMap<String, String>,
    /// The reference id under which the failure was logged.
    pub reference: Option<String>,
}

impl UiError {
    /// Creates an error without fields.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), fields: BTreeMap::new(), reference: None }
    }
}

impl fmt::Display for UiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UiError {}

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => {
                Self::new("network", "The server could not be reached. Please try again.")
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::new("invalid", "The form was not complete. Please reload the page and try again.")
            }
            _ => Self::new("internal", "Something went wrong. Please reload the page and try again."),
        }
    }
}
