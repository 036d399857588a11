//! Placeholder for a list whose filters match nothing.

use leptos::prelude::*;

use super::EmptyState;

/// Why nothing is shown, and the way back to the whole list.
#[component]
pub fn NoMatchState(
    #[prop(into)] text: String,
    /// The URL of the whole list.
    #[prop(into)]
    all: String,
) -> impl IntoView {
    view! {
        <EmptyState title="Nothing found">
            <p>{text}</p>
            <a class="button" href=all>"Show all"</a>
        </EmptyState>
    }
}
