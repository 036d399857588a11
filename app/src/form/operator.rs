//! Forms of the operator's pages, and the URLs of the list of sellers.

use domain::field_error::FieldErrors;
use domain::license::Reason;
use domain::view::SellerQuery;
use domain::{AccountId, FieldError};
use leptos_router::params::ParamsMap;

/// Maximum length of a search, in characters.
const MAX_SEARCH: usize = 120;

/// Parses the form that suspends a seller. Returns the reason, and whether apps are stopped.
///
/// # Errors
/// Returns every invalid field.
pub fn parse_suspension(reason: &str, apps: &str) -> Result<(Reason, bool), Vec<FieldError>> {
    let mut faults = FieldErrors::default();
    let reason = faults.check(Reason::parse("reason", reason));
    let stop_apps = faults.check(match apps {
        "verify" => Ok(false),
        "stop" => Ok(true),
        _ => Err(FieldError::new("apps", "Choose whether apps go on verifying.")),
    });
    reason.zip(stop_apps).ok_or_else(|| faults.into_inner())
}

/// Parses the query of the list's URL. Invalid parameters are ignored.
#[must_use]
pub fn seller_query_from_url(params: &ParamsMap) -> SellerQuery {
    SellerQuery {
        search: params.get("q").unwrap_or_default().trim().chars().take(MAX_SEARCH).collect(),
        cursor: params.get("page").and_then(|page| page.parse().ok()),
    }
}

/// Returns the URL of a query of the list. `suspend` is the seller whose form the page shows.
#[must_use]
pub fn url_of_seller_query(query: &SellerQuery, suspend: Option<AccountId>) -> String {
    let mut params = ParamsMap::new();
    if !query.search.is_empty() {
        params.insert("q", query.search.clone());
    }
    if let Some(cursor) = &query.cursor {
        params.insert("page", cursor.to_string());
    }
    if let Some(account) = suspend {
        params.insert("suspend", account.to_string());
    }
    format!("/operator/sellers{}", params.to_query_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_field_of_a_suspension_is_reported() {
        let faults = parse_suspension(" ", "maybe").expect_err("both fields are invalid");
        assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), ["reason", "apps"]);
        let (reason, stop_apps) = parse_suspension(" Not paid ", "stop").expect("both fields are valid");
        assert_eq!((reason.as_str(), stop_apps), ("Not paid", true));
    }

    #[test]
    fn queries_of_sellers_round_trip_through_the_url() {
        let params: ParamsMap = [("q", " maple "), ("page", "f.maple")]
            .into_iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let query = seller_query_from_url(&params);
        assert_eq!(url_of_seller_query(&query, None), "/operator/sellers?q=maple&page=f%2Emaple");
        assert_eq!(url_of_seller_query(&SellerQuery::default(), None), "/operator/sellers");
    }
}
