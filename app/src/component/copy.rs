//! A button that copies a text. Without JavaScript there is none: the text
//! beside it can be selected.

use leptos::prelude::*;

use crate::ctx;

/// Copies `text` when it is pressed.
#[component]
pub fn Copy(#[prop(into)] text: String) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let (hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    let text = StoredValue::new(text);
    view! {
        <button
            type="button"
            class="button button-small"
            hidden=move || !hydrated.get()
            on:click=move |_| {
                text.with_value(|t| ctx::copy(t));
                set_copied.set(true);
            }
        >
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
