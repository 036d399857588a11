//! Forms of organizations and tags, and the URL of the list of organizations.

use domain::field_error::FieldErrors;
use domain::tag::{TagDescription, TagName};
use domain::view::OrganizationQuery;
use domain::{FieldError, OrganizationId};
use leptos_router::params::ParamsMap;

/// Maximum length of a search, in characters.
const MAX_SEARCH: usize = 200;

/// Parses the query of the list's URL. Invalid parameters are ignored.
#[must_use]
pub fn organization_query_from_url(params: &ParamsMap) -> OrganizationQuery {
    OrganizationQuery {
        search: params.get("q").unwrap_or_default().trim().chars().take(MAX_SEARCH).collect(),
        after: params.get("after").and_then(|id| id.parse::<OrganizationId>().ok()),
    }
}

/// Returns the URL of a query of the list.
#[must_use]
pub fn url_of_organization_query(query: &OrganizationQuery) -> String {
    let mut params = ParamsMap::new();
    if !query.search.is_empty() {
        params.insert("q", query.search.chars().take(MAX_SEARCH).collect::<String>());
    }
    if let Some(after) = query.after {
        params.insert("after", after.to_string());
    }
    format!("/organizations{}", params.to_query_string())
}

/// Parses the name and the description of a tag.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_tag(
    name: &str,
    description: &str,
) -> Result<(TagName, Option<TagDescription>), Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let name = faults.check(TagName::parse("name", name));
    let description = faults.check(TagDescription::optional("description", description));
    name.zip(description).ok_or_else(|| faults.into_inner())
}

/// Returns the error of a name that another organization has.
#[must_use]
pub fn name_in_use() -> FieldError {
    FieldError::new("name", "Another organization has this name. Enter another one.")
}

/// Returns the error of a name that another tag has.
#[must_use]
pub fn tag_in_use() -> FieldError {
    FieldError::new("name", "Another tag has this name. Enter another one.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_round_trip_through_urls() {
        let query = OrganizationQuery {
            search: "initech & sons".into(),
            after: Some("00000000-0000-0000-0000-000000000001".parse().expect("an id")),
        };
        let url = url_of_organization_query(&query);
        let (_, text) = url.split_once('?').expect("a query");
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let decoded = |text: &str| text.replace("%20", " ").replace("%26", "&").replace('+', " ");
        let params: ParamsMap = pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
        assert_eq!(organization_query_from_url(&params), query);
    }

    #[test]
    fn a_tag_has_a_name() {
        assert_eq!(parse_tag(" ", "x").expect_err("no name")[0].field, "name");
        let (name, description) = parse_tag(" vip ", "").expect("a tag");
        assert_eq!((name.as_str(), description), ("vip", None));
    }
}
