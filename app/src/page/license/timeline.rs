//! What happened to a license, and who did it.

use domain::LicenseId;
use domain::view::Timeline as Told;
use leptos::prelude::*;

use super::place::{Others, Place};
use crate::component::Time;

/// The timeline, the latest first.
#[component]
pub fn Timeline(license: LicenseId, timeline: Told, place: Place) -> impl IntoView {
    let Told { entries, more } = timeline;
    let to = |timeline| Place { timeline, ..place }.address(license, "timeline");
    let latest = place.timeline.map(|_| to(None));
    let more = more.map(|last| to(Some(last)));
    let none = entries.is_empty().then(|| view! { <p class="muted">"There are no older ones."</p> });
    let entries: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let says = entry.event.map_or(entry.action, |event| event.says().to_owned());
            let detail = entry.detail.map(|detail| view! { " " <span class="detail">{detail}</span> });
            view! {
                <li>
                    <strong>{says}</strong> {detail}
                    <span class="muted">"by " {entry.actor} ", " <Time at=entry.at/></span>
                </li>
            }
        })
        .collect();
    view! {
        <section id="timeline">
            <h2>"Timeline"</h2>
            <ol class="timeline">{entries}</ol>
            {none}
            <Others what="entries" latest more/>
        </section>
    }
}
