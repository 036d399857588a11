//! Badges and tags: a state in a word.

use leptos::prelude::*;

use super::Tone;

/// A state as a word with a mark. Each tone has its own shape, so that color is not the only distinction.
#[component]
pub fn Badge(tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("badge badge-{}", tone.as_str())>{children()}</span> }
}

/// A word in a frame, such as the kind of a search result.
#[component]
pub fn Tag(#[prop(default = Tone::Neutral)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class=format!("tag tag-{}", tone.as_str())>{children()}</span> }
}
