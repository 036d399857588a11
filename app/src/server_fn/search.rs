//! Server functions of the search.

use domain::license::Standing;
use domain::search::SearchText;
use domain::view::{HitTarget, SearchHit, SearchResults};
use leptos::prelude::*;

use crate::UiError;
use crate::context;
use crate::form::url_of_search;
use crate::island::PaletteItem;

/// Returns the URL of the page that a hit leads to.
#[must_use]
pub fn url_of_hit(target: HitTarget) -> String {
    match target {
        HitTarget::License(id) => format!("/licenses/{id}"),
        HitTarget::Customer(id) => format!("/customers/{id}"),
        HitTarget::Product(id) => format!("/products/{id}"),
    }
}

/// Searches everything. Leads to the only object that the text finds, else to the results. The form is
/// posted, so that no license key gets into a URL.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search")]
pub async fn search_all(#[server(default)] q: String) -> Result<(), UiError> {
    let text = SearchText::parse(&q);
    let found = find(&text).await?;
    match found.single_target() {
        Some(target) => context::redirect(&url_of_hit(target)),
        None => context::redirect(&url_of_search(&text.without_keys(), found.unknown_key.is_some())),
    }
    Ok(())
}

/// Returns the results of a search.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search_results")]
pub async fn search_page(#[server(default)] q: String) -> Result<SearchResults, UiError> {
    find(&SearchText::parse(&q)).await
}

/// Returns the results of a search for the palette.
///
/// # Errors
/// Returns an error if no user is signed in or the database fails.
#[server(prefix = "/_fn", endpoint = "search_hits")]
pub async fn search_hits(#[server(default)] q: String) -> Result<Vec<PaletteItem>, UiError> {
    let found = find(&SearchText::parse(&q)).await?;
    Ok(found.hits.into_iter().map(palette_item).collect())
}

async fn find(text: &SearchText) -> Result<SearchResults, UiError> {
    let (service, actor) = (context::service()?, context::actor()?);
    service::search::find(&service, &actor, text).await.map_err(context::to_ui_error)
}

fn palette_item(hit: SearchHit) -> PaletteItem {
    let standing = hit.standing.filter(|standing| *standing != Standing::Active);
    let details = standing.map(|standing| standing.as_str().to_owned()).into_iter().chain([hit.detail]);
    PaletteItem {
        kind: hit.kind.label().to_owned(),
        title: hit.title,
        detail: details.filter(|detail| !detail.is_empty()).collect::<Vec<_>>().join(" · "),
        href: url_of_hit(hit.target),
    }
}
