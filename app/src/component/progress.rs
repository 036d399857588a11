//! Progress of long work.

use leptos::prelude::*;

use super::Number;

/// How much of the work is done. Without a `total` the end is not known.
#[component]
pub fn Progress(
    #[prop(into)] label: String,
    done: i64,
    #[prop(optional_no_strip)] total: Option<i64>,
) -> impl IntoView {
    let bar = match total {
        Some(total) => {
            view! { <progress value=done max=total.max(1) aria-label=label.clone()></progress> }.into_any()
        }
        None => view! { <progress aria-label=label.clone()></progress> }.into_any(),
    };
    let of = total.map(|total| view! { " of " <Number of=total/> });
    view! {
        <div class="progress">
            <div class="progress-header"><span>{label}</span> <span><Number of=done/> {of}</span></div>
            {bar}
        </div>
    }
}
