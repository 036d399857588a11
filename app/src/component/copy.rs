//! A button that copies a text. Without JavaScript there is none: the text
//! beside it can be selected. So it is where the browser gives no page a clipboard.

use std::time::Duration;

use leptos::prelude::*;

use crate::ctx;

/// How long it says that it did.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies `text` when it is pressed.
#[component]
pub fn Copy(#[prop(into)] text: String) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let (possible, set_possible) = signal(false);
    Effect::new(move |_| set_possible.set(ctx::has_clipboard()));
    let text = StoredValue::new(text);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            set_copied.set(ctx::copy(text.get_value()).await);
            // The button may be gone by then.
            set_timeout(move || _ = set_copied.try_set(false), SHOWN);
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
