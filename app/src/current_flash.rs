//! Leptos context that holds the [`Flash`] of the current page load.

use leptos::prelude::*;

use crate::{Flash, context};

/// The flash of this page load, if any.
#[derive(Clone, Copy)]
pub(crate) struct CurrentFlash(StoredValue<Option<Flash>>);

impl CurrentFlash {
    /// Provides the flash of the request as a context.
    pub fn provide() {
        provide_context(Self(StoredValue::new(context::flash())));
    }

    /// Returns the flash of the form that posts to `path`.
    pub fn for_path(path: &str) -> Option<Flash> {
        use_context::<Self>().and_then(|flash| flash.0.get_value()).filter(|flash| flash.path == path)
    }
}
