//! Card: a titled part of a page.

use leptos::prelude::*;

/// A section with a title. `flush` lets a table reach the edges, and `note` stands at the right of the title.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    #[prop(optional)] flush: bool,
    #[prop(optional)] id: Option<&'static str>,
    #[prop(optional, into)] note: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let class = if flush { "card card-flush" } else { "card" };
    let note = note.map(|note| view! { <span class="muted small">{note.run()}</span> });
    view! {
        <section class=class id=id>
            <div class="card-header"><h2>{title}</h2> {note}</div>
            {children()}
        </section>
    }
}
