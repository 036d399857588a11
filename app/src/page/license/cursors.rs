//! The choices of a license's URL: positions in its lists, and the subject to answer for.

use domain::LicenseId;
use domain::view::{ActivationCursors, TimelineFilter};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::server_fn::license_page::LicenseParams;

/// Parses the choices of a URL. Invalid ids are ignored.
pub fn from_url(id: String, query: &ParamsMap) -> LicenseParams {
    LicenseParams {
        id,
        reveal: query.get("reveal").is_some(),
        activations: ActivationCursors { domains: query.get("domains"), machines: query.get("machines") },
        filter: TimelineFilter::parse(&query.get("history").unwrap_or_default()),
        timeline: query.get("timeline").and_then(|id| id.parse().ok()),
        check: query.get("check"),
    }
}

/// Returns the URL of the choices, with a section of the page as fragment. A key is never revealed by it.
pub fn url(license: LicenseId, params: &LicenseParams, section: &str) -> String {
    format!("{}#{section}", path(license, params))
}

/// Returns the path and the query of the choices. A key is never revealed by it.
pub fn path(license: LicenseId, params: &LicenseParams) -> String {
    let mut query = ParamsMap::new();
    let optional = [
        ("domains", params.activations.domains.clone()),
        ("machines", params.activations.machines.clone()),
        ("history", (params.filter != TimelineFilter::All).then(|| params.filter.as_str().to_owned())),
        ("timeline", params.timeline.map(|id| id.to_string())),
        ("check", params.check.clone()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            query.insert(name, value);
        }
    }
    format!("/licenses/{license}{}", query.to_query_string())
}

/// Links to the newest and to older entries of a list.
#[component]
pub fn OlderLinks(what: &'static str, latest: Option<String>, more: Option<String>) -> impl IntoView {
    let link = |to: Option<String>, which| {
        to.map(|to| view! { <a class="button button-small" href=to>{format!("{which} {what}")}</a> " " })
    };
    (latest.is_some() || more.is_some())
        .then(|| view! { <p class="older">{link(latest, "Latest")} {link(more, "Older")}</p> })
}
