//! A button that copies the text of an element of the page, so that the page holds a long text once.
//!
//! Hidden without JavaScript and where the clipboard is unavailable.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;

/// How long the button shows that the text is copied.
const CONFIRMATION_DURATION: Duration = Duration::from_secs(2);

/// The button that copies the text of the element `id`, and shows `done` then.
#[island]
pub fn CopyTextOf(id: String, label: String, done: String) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let (possible, set_possible) = signal(false);
    Effect::new(move |_| set_possible.set(browser::has_clipboard()));
    let id = StoredValue::new(id);
    let copy = move |_| {
        let Some(text) = browser::text_of(&id.get_value()) else { return };
        leptos::task::spawn_local(async move {
            set_copied.set(browser::copy(text).await);
            // The button may have been disposed by then.
            set_timeout(move || _ = set_copied.try_set(false), CONFIRMATION_DURATION);
        });
    };
    view! {
        <button type="button" class="button button-primary" hidden=move || !possible.get() on:click=copy>
            <span aria-live="polite">{move || if copied.get() { done.clone() } else { label.clone() }}</span>
        </button>
    }
}
