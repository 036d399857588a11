//! Notice: what a member should know about this page, with an action beside it.

use leptos::prelude::*;

use super::Tone;

/// A notice. The first child is the text; further children, such as a button, stand at its right.
#[component]
pub fn Notice(tone: Tone, children: Children) -> impl IntoView {
    view! { <div class=format!("notice notice-{}", tone.as_str())>{children()}</div> }
}
