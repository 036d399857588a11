//! Live pages: the changes that a page watches, and its parts that are replaced then. The script is
//! `frontend/js/live.js`; without it a page is as new as its last load.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use leptos::prelude::*;

/// The changes that the script watches: a `topic` of the server's event stream, the `version` of the page's
/// data, and the `path` that renders the page again. Also announces updates to screen readers.
#[component]
pub fn LiveUpdates(#[prop(into)] topic: String, version: String, path: String) -> impl IntoView {
    view! {
        <p
            class="visually-hidden"
            id="live-updates"
            aria-live="polite"
            data-live-topic=topic
            data-live-version=version
            data-live-path=path
        ></p>
    }
}

/// Returns an id for a row of a live part, from its key of any characters. By this id an update finds the row
/// again. Without an id the focused button would become that of another row.
#[must_use]
pub fn row_id(prefix: &str, key: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("{prefix}-{:016x}", hasher.finish())
}

/// A part of a page that is replaced after a change. `id` is unique on the page. Its rows have ids.
#[component]
pub fn LivePart(id: &'static str, children: Children) -> impl IntoView {
    view! { <div id=id data-live-part="">{children()}</div> }
}
