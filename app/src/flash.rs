//! Flash of a submitted form: its error and the submitted values survive the redirect, so that the user need
//! not type them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UiError;

/// The outcome of a submitted form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the server function.
    pub path: String,
    /// The error of the server function; `None` if it succeeded.
    pub error: Option<UiError>,
    /// The submitted values, without passwords and codes. Of a form that succeeded, only those with which the next
    /// page offers to undo or to continue.
    pub values: BTreeMap<String, String>,
}
