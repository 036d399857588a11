//! Where somebody is on a license's page.

use domain::{ActivationId, AuditEntryId, LicenseId};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// What the lists begin after; each else begins with the latest.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ListCursors {
    /// Of the activations.
    pub activations: Option<ActivationId>,
    /// Of the history.
    pub timeline: Option<AuditEntryId>,
}

impl ListCursors {
    /// As an address says it. What is no id is passed over.
    pub fn from_query(query: &ParamsMap) -> Self {
        Self {
            activations: query.get("activations").and_then(|id| id.parse().ok()),
            timeline: query.get("timeline").and_then(|id| id.parse().ok()),
        }
    }

    /// The address of such a place, with one of the page's sections in view.
    pub fn url(self, license: LicenseId, section: &str) -> String {
        let activations = self.activations.map(|id| format!("activations={id}"));
        let timeline = self.timeline.map(|id| format!("timeline={id}"));
        let query: Vec<_> = activations.into_iter().chain(timeline).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/licenses/{license}{mark}{}#{section}", query.join("&"))
    }
}

/// The ways from some of a list to the latest, and to older ones.
#[component]
pub fn OlderLinks(what: &'static str, latest: Option<String>, more: Option<String>) -> impl IntoView {
    let link = |to: Option<String>, which| {
        to.map(|to| view! { <a class="button" href=to>{format!("{which} {what}")}</a> " " })
    };
    (latest.is_some() || more.is_some())
        .then(|| view! { <p>{link(latest, "Latest")} {link(more, "Older")}</p> })
}
