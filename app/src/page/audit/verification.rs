//! The result of a verification of the audit log.

use domain::view::{AuditBreak, AuditVerification};
use leptos::prelude::*;

/// The result, announced to screen readers.
#[component]
pub fn Verification(found: AuditVerification) -> impl IntoView {
    let class = if found.first_break.is_some() { "alert alert-danger" } else { "alert alert-success" };
    let headline = match (&found.first_break, found.sealed_since, found.next) {
        (Some(found), ..) => format!("The log breaks at position {}.", found.position),
        (None, None, _) => "No entry is sealed yet.".to_owned(),
        (None, Some(_), Some(next)) => format!("No break before position {next}."),
        (None, Some(_), None) if !found.is_whole() => {
            format!("No break in the {} entries that were verified now.", found.verified)
        }
        (None, Some(_), None) => "Nothing was changed or removed.".to_owned(),
    };
    let explanation = found.first_break.as_ref().map(explain);
    let unsealed = match found.unsealed {
        0 => String::new(),
        n => format!(" Not sealed yet: {n}. A worker seals entries half a minute after they are made."),
    };
    let since = found
        .sealed_since
        .map(|at| format!(" Sealed since {}; older entries were sealed as they were then.", at.rfc3339()));
    let newest = (!found.digest.is_empty()).then(|| {
        view! { <p>"Newest seal: position " {found.position} ", digest " <code>{found.digest}</code></p> }
    });
    let more = found.next.map(|next| {
        view! {
            <form method="get" action="/audit">
                <input type="hidden" name="verify" value=next.to_string()/>
                <button class="button">"Verify the next entries"</button>
            </form>
        }
    });
    view! {
        <section class=class role="status">
            <p><strong>{headline}</strong></p>
            {explanation}
            <p>"Entries that match their seals: " {found.verified} "." {unsealed} {since}</p>
            {newest}
            {more}
        </section>
    }
}

/// Names the entry of a break.
fn explain(found: &AuditBreak) -> impl IntoView + use<> {
    let at = found.at.map(|at| view! { " " <time datetime=at.rfc3339()>{at.rfc3339()}</time> });
    let entry = found.entry.map(|id| view! { " Entry " <code>{id.to_string()}</code> {at} "." });
    view! { <p>{found.kind.sentence()} {entry}</p> }
}
