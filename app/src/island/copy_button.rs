//! A button that copies a text to the clipboard.
//!
//! Hidden without JavaScript and where the clipboard is unavailable. The text next to it can be selected.

use std::time::Duration;

use leptos::prelude::*;

use super::browser;

/// How long the button shows "Copied".
const CONFIRMATION_DURATION: Duration = Duration::from_secs(2);

/// The button that copies `text`.
#[island]
pub fn CopyButton(text: String) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let (possible, set_possible) = signal(false);
    Effect::new(move |_| set_possible.set(browser::has_clipboard()));
    let text = StoredValue::new(text);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            set_copied.set(browser::copy(text.get_value()).await);
            // The button may have been disposed by then.
            set_timeout(move || _ = set_copied.try_set(false), CONFIRMATION_DURATION);
        });
    };
    view! {
        <button
            type="button"
            class="button button-small"
            hidden=move || !possible.get()
            on:click=copy
        >
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
