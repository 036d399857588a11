//! History of a license: its audit entries and their actors.

use domain::LicenseId;
use domain::view::{Timeline as TimelineView, TimelineFilter};
use leptos::prelude::*;

use super::cursors::{OlderLinks, url};
use crate::component::{RelativeTime, row_id};
use crate::server_fn::license_page::LicenseParams;

/// The history, newest entry first.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Timeline(license: LicenseId, timeline: TimelineView, params: LicenseParams) -> impl IntoView {
    let TimelineView { entries, more } = timeline;
    let to =
        |timeline, filter| url(license, &LicenseParams { filter, timeline, ..params.clone() }, "history");
    let latest = params.timeline.map(|_| to(None, params.filter));
    let more = more.map(|last| to(Some(last), params.filter));
    let nothing = if params.timeline.is_some() { "There are no older ones." } else { "No changes yet." };
    let none = entries.is_empty().then(|| view! { <p class="muted">{nothing}</p> });
    let filter =
        [(TimelineFilter::All, "All"), (TimelineFilter::Changes, "Changes")].map(|(filter, label)| {
            let current = (filter == params.filter).then_some("true");
            view! { <a class="chip" href=to(None, filter) aria-current=current>{label}</a> }
        });
    let entries: Vec<_> = entries
        .into_iter()
        .map(|entry| {
            let title = entry.event.map_or(entry.action, |event| event.label().to_owned());
            let detail = entry.detail.map(|detail| view! { " " <bdi class="detail">{detail}</bdi> });
            view! {
                <li id=row_id("entry", &entry.id)>
                    <strong>{title}</strong> {detail}
                    <span class="muted">{format!("by {}, ", entry.actor)} <RelativeTime at=entry.at/></span>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card" id="history">
            <h2>"History"</h2>
            <nav class="chips" aria-label="Entries">{filter}</nav>
            <ol class="timeline log">{entries}</ol>
            {none}
            <OlderLinks what="entries" latest more/>
        </section>
    }
}
