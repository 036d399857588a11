//! Leptos context that holds the [`Flash`] of the current page load.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{Flash, context};

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
