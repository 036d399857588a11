//! Meter: how much of a limit is used.

use std::cmp::Ordering;

use domain::license::Limit;
use leptos::prelude::*;

/// "2 of 3" with a bar. The words and the color of the bar differ if the limit is reached or exceeded.
#[component]
pub fn Meter(used: u32, limit: Limit) -> impl IntoView {
    let Some(slots) = limit.slots() else {
        return view! { <span class="meter">{used} " of unlimited"</span> }.into_any();
    };
    let class = match used.cmp(&slots) {
        Ordering::Equal if slots > 0 => "meter meter-full",
        Ordering::Greater => "meter meter-over",
        _ => "meter",
    };
    // `max` must be positive.
    let max = slots.max(1);
    view! {
        <span class=class>
            <span class="meter-word">{used} " of " {slots}</span>
            <progress value=used.min(max) max=max aria-hidden="true"></progress>
        </span>
    }
    .into_any()
}
