//! Key figures, each with its change to the period before.

use leptos::prelude::*;

use super::Number;

/// A row of figures.
#[component]
pub fn Figures(children: Children) -> impl IntoView {
    view! { <dl class="figures">{children()}</dl> }
}

/// A figure: its name, a count, and a note below it.
#[component]
pub fn Figure(
    #[prop(into)] name: String,
    value: i64,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let note = children.map(|children| view! { <dd class="figure-note">{children()}</dd> });
    view! {
        <div>
            <dt>{name}</dt>
            <dd class="figure"><Number of=value/></dd>
            {note}
        </div>
    }
}

/// A change to the period before, with its sign: "+12 %". The color says whether it is for the better.
#[component]
pub fn Change(#[prop(into)] text: String, is_better: bool) -> impl IntoView {
    view! { <span class=if is_better { "up" } else { "down" }>{text}</span> }
}
