//! What a form that failed without JavaScript carries across its redirect: the
//! error, and what was typed, so that nothing is lost.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use crate::{UiError, context};

/// One failed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The server function that was called, by its path.
    pub path: String,
    /// What went wrong.
    pub error: UiError,
    /// What was typed, without passwords and codes.
    pub values: BTreeMap<String, String>,
}

/// The flash of this page load, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct CurrentFlash(RwSignal<Option<Flash>>);

impl CurrentFlash {
    /// Takes the flash that came with the request; forgets it at the next page.
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

    /// The flash of the form that posts to `path`.
    pub fn for_path(path: &str) -> Option<Flash> {
        use_context::<Self>().and_then(|flash| flash.0.get_untracked()).filter(|flash| flash.path == path)
    }
}
