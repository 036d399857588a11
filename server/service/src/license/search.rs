//! License search: ids of matching licenses, by the look-ups of every search.

use domain::search::SearchText;
use domain::view::MAX_SEARCH_RESULTS;
use sea_orm::sea_query::SelectStatement;

use crate::search::lookups::Lookups;
pub(super) use crate::search::lookups::{MAX_MATCHES, in_matches};
use crate::{Actor, Service};

/// Selects the ids of matching licenses, each path by an index.
pub(super) fn matching_ids(service: &Service, actor: &Actor, search: &str) -> SelectStatement {
    let text = SearchText::parse(search);
    Lookups::new(service, actor, &text, MAX_SEARCH_RESULTS).license_ids()
}
