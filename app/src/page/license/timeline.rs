//! What happened to a license, and who did it.

use domain::view::TimelineEntry;
use leptos::prelude::*;

use crate::component::Time;

/// The timeline, the latest first.
#[component]
pub fn Timeline(entries: Vec<TimelineEntry>) -> impl IntoView {
    let full = entries.len() >= 100;
    let entries: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let says = entry.event.map_or(entry.action, |event| event.says().to_owned());
            let detail = entry.detail.map(|detail| view! { " " <span class="detail">{detail}</span> });
            view! {
                <li>
                    <strong>{says}</strong> {detail}
                    <span class="dim">"by " {entry.actor} ", " <Time at=entry.at/></span>
                </li>
            }
        })
        .collect();
    view! {
        <section>
            <h2>"Timeline"</h2>
            <ol class="timeline">{entries}</ol>
            {full.then(|| view! { <p class="dim">"The latest 100 entries are shown."</p> })}
        </section>
    }
}
