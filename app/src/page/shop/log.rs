//! The log of a connection: the events that came, and what was done.

use domain::purchase::ShopOutcome;
use domain::view::ShopEventRow;
use leptos::prelude::*;

use crate::component::{Badge, EmptyState, FilterChip, FilterChips, OlderLink, RelativeTime, Tag, Tone};

/// What was done with an event.
#[component]
pub fn OutcomeBadge(outcome: ShopOutcome) -> impl IntoView {
    let tone = match outcome {
        ShopOutcome::Issued | ShopOutcome::Renewed | ShopOutcome::Reinstated => Tone::Success,
        ShopOutcome::Suspended | ShopOutcome::Revoked | ShopOutcome::Waiting | ShopOutcome::Deferred => {
            Tone::Warning
        }
        ShopOutcome::Failed => Tone::Danger,
        ShopOutcome::Linked | ShopOutcome::Unchanged | ShopOutcome::Ignored => Tone::Neutral,
    };
    view! { <Badge tone>{outcome.label()}</Badge> }
}

/// The outcomes that have a filter: those that a member looks for.
const FILTERS: [ShopOutcome; 4] =
    [ShopOutcome::Issued, ShopOutcome::Failed, ShopOutcome::Waiting, ShopOutcome::Ignored];

/// The list.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "components own their props")]
pub fn Log(
    connection: String,
    events: Vec<ShopEventRow>,
    older: Option<String>,
    outcome: Option<ShopOutcome>,
) -> impl IntoView {
    let path = format!("/settings/shops/{connection}");
    let chip = |label: &'static str, of: Option<ShopOutcome>| {
        let href = of.map_or_else(|| path.clone(), |of| format!("{path}?outcome={of}"));
        view! { <FilterChip href label is_chosen=of == outcome/> }
    };
    let chips: Vec<_> = [("All", None)]
        .into_iter()
        .chain(FILTERS.map(|outcome| (outcome.label(), Some(outcome))))
        .map(|(label, of)| chip(label, of))
        .collect();
    let older = older.map(|id| {
        let of_outcome = outcome.map(|outcome| format!("&outcome={outcome}")).unwrap_or_default();
        format!("{path}?before={id}{of_outcome}")
    });
    let list = if events.is_empty() {
        view! {
            <EmptyState title="No event">
                <p>"Events are listed here for 90 days, the newest 10,000, with what was done."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <EventTable events/> }.into_any()
    };
    view! {
        <h2>"Events"</h2>
        <FilterChips label="Outcome">{chips}</FilterChips>
        {list}
        <OlderLink href=older/>
    }
}

#[component]
fn EventTable(events: Vec<ShopEventRow>) -> impl IntoView {
    let rows: Vec<_> = events.into_iter().map(row).collect();
    view! {
        <div class="card card-flush">
            <table class="card-table">
                <caption class="visually-hidden">"Events"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        <th scope="col">"What was done"</th>
                        <th scope="col">"When"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(event: ShopEventRow) -> impl IntoView {
    let ShopEventRow { id, name, outcome, detail, is_test, received_at, .. } = event;
    let detail = detail.map(|detail| view! { <span class="cell-note text-break">{detail}</span> });
    let test = is_test.then(|| view! { <Tag>"Test"</Tag> });
    view! {
        <tr>
            <th scope="row" class="name"><a href=format!("/settings/shops/events/{id}")>{name}</a> {test}</th>
            <td data-label="What was done"><OutcomeBadge outcome/> {detail}</td>
            <td data-label="When"><RelativeTime at=received_at/></td>
        </tr>
    }
}
