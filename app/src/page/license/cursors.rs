//! Cursors of the two lists on a license's page.

use domain::{AuditEntryId, LicenseId};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// The cursors. `None` starts a list at its newest entry.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ListCursors {
    /// The list of activations continues after this one.
    pub activations: Option<String>,
    /// The timeline continues after this entry.
    pub timeline: Option<AuditEntryId>,
}

impl ListCursors {
    /// Parses the cursors of a URL's query. Invalid ids are ignored.
    pub fn from_query(query: &ParamsMap) -> Self {
        Self {
            activations: query.get("activations"),
            timeline: query.get("timeline").and_then(|id| id.parse().ok()),
        }
    }

    /// Returns the URL with these cursors, with a section of the page as fragment.
    pub fn url(&self, license: LicenseId, section: &str) -> String {
        let activations = self.activations.as_ref().map(|cursor| format!("activations={cursor}"));
        let timeline = self.timeline.map(|id| format!("timeline={id}"));
        let query: Vec<_> = activations.into_iter().chain(timeline).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/licenses/{license}{mark}{}#{section}", query.join("&"))
    }
}

/// Links to the newest and to older entries of a list.
#[component]
pub fn OlderLinks(what: &'static str, latest: Option<String>, more: Option<String>) -> impl IntoView {
    let link = |to: Option<String>, which| {
        to.map(|to| view! { <a class="button" href=to>{format!("{which} {what}")}</a> " " })
    };
    (latest.is_some() || more.is_some())
        .then(|| view! { <p>{link(latest, "Latest")} {link(more, "Older")}</p> })
}
