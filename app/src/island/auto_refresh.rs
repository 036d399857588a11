//! Refreshes a page while it has a link with `data-refresh` to itself. Turbo then morphs the page; without
//! Turbo it is loaded again.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;

/// Interval of refreshes.
const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// Refreshes the page at `path`.
#[island]
pub fn AutoRefresh(path: String) -> impl IntoView {
    let path = StoredValue::new(path);
    Effect::new(move |_| browser::refresh_every(REFRESH_INTERVAL, path.get_value()));
    view! { <span hidden=true></span> }
}
