//! Timeline of a license: its audit entries and their actors.

use domain::LicenseId;
use domain::view::Timeline as TimelineView;
use leptos::prelude::*;

use super::cursors::{ListCursors, OlderLinks};
use crate::component::RelativeTime;

/// The timeline, newest entry first.
#[component]
pub fn Timeline(license: LicenseId, timeline: TimelineView, cursors: ListCursors) -> impl IntoView {
    let TimelineView { entries, more } = timeline;
    let ListCursors { activations, timeline: current } = cursors;
    let to = |timeline| ListCursors { activations: activations.clone(), timeline }.url(license, "timeline");
    let latest = current.map(|_| to(None));
    let more = more.map(|last| to(Some(last)));
    let none = entries.is_empty().then(|| view! { <p class="muted">"There are no older ones."</p> });
    let entries: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let title = entry.event.map_or(entry.action, |event| event.label().to_owned());
            let detail = entry.detail.map(|detail| view! { " " <span class="detail">{detail}</span> });
            view! {
                <li>
                    <strong>{title}</strong> {detail}
                    <span class="muted">"by " {entry.actor} ", " <RelativeTime at=entry.at/></span>
                </li>
            }
        })
        .collect();
    view! {
        <section id="timeline">
            <h2>"Timeline"</h2>
            <ol class="timeline">{entries}</ol>
            {none}
            <OlderLinks what="entries" latest more/>
        </section>
    }
}
