//! Flash message of a form that failed without JavaScript: the error and the submitted values survive the
//! redirect, so that the user need not type them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UiError;

/// A failed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the server function.
    pub path: String,
    /// The error of the server function.
    pub error: UiError,
    /// The submitted values, without passwords and codes.
    pub values: BTreeMap<String, String>,
}
