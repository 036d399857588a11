//! The one error that leaves a server function.

use std::collections::BTreeMap;
use std::fmt;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What a page is told when something did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UiError {
    /// A word for programs: `invalid`, `not_found`, `forbidden`, `conflict`,
    /// `signed_out`, `throttled`, `unavailable`, `internal`, `network`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// What is wrong with which field.
    pub fields: BTreeMap<String, String>,
    /// The id under which the failure was logged.
    pub reference: Option<String>,
}

impl UiError {
    /// An error without fields.
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
