//! Flash message of a form that failed without JavaScript: the error and the submitted values survive the
//! redirect, so that the user need not type them again.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use crate::{UiError, context};

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

/// The flash of this page load, if any.
#[derive(Clone, Copy)]
pub(crate) struct CurrentFlash(RwSignal<Option<Flash>>);

impl CurrentFlash {
    /// Provides the flash of the request as a context. It is cleared when the path changes.
    pub fn provide() {
        let flash = Self(RwSignal::new(SharedValue::new(context::flash).into_inner()));
        let location = use_location();
        Effect::new(move |before: Option<String>| {
            let path = location.pathname.get();
            if before.is_some_and(|before| before != path) {
                flash.0.set(None);
            }
            path
        });
        provide_context(flash);
    }

    /// Returns the flash of the form that posts to `path`.
    pub fn for_path(path: &str) -> Option<Flash> {
        use_context::<Self>().and_then(|flash| flash.0.get_untracked()).filter(|flash| flash.path == path)
    }
}
