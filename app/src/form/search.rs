//! The search form of the list of licenses, and the URLs of the list.

use domain::view::{LicenseQuery, Sort};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// Maximum length of a search, in characters.
const MAX_SEARCH: usize = 200;

/// The submitted form. Browsers may omit any field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    q: String,
    product: String,
    standing: String,
    sort: String,
}

impl SearchForm {
    /// Returns the search text.
    #[must_use]
    pub fn search(&self) -> &str {
        &self.q
    }

    /// Returns the query of the form's choices. Invalid choices are ignored.
    #[must_use]
    pub fn query(&self) -> LicenseQuery {
        LicenseQuery {
            search: self.q.trim().chars().take(MAX_SEARCH).collect(),
            product: self.product.parse().ok(),
            standing: self.standing.parse().ok(),
            sort: self.sort.parse().unwrap_or_default(),
            cursor: None,
        }
    }
}

/// Parses the query of the list's URL. Invalid parameters are ignored.
#[must_use]
pub fn query_from_url(params: &ParamsMap) -> LicenseQuery {
    let get = |name: &str| params.get(name).unwrap_or_default();
    LicenseQuery {
        search: get("q").chars().take(MAX_SEARCH).collect(),
        product: get("product").parse().ok(),
        standing: get("standing").parse().ok(),
        sort: get("sort").parse().unwrap_or_default(),
        cursor: get("page").parse().ok(),
    }
}

/// Returns the URL of the results of a search. `unknown_key` tells that the text held a license key that no
/// license has. The text must hold none.
#[must_use]
pub fn url_of_search(text: &str, unknown_key: bool) -> String {
    let mut params = ParamsMap::new();
    params.insert("q", text.to_owned());
    if unknown_key {
        params.insert("key", "unknown".to_owned());
    }
    format!("/search{}", params.to_query_string())
}

/// Returns the URL of a query, with the choices that differ from the default.
#[must_use]
pub fn url_of_query(query: &LicenseQuery) -> String {
    let mut params = ParamsMap::new();
    if !query.search.is_empty() {
        params.insert("q", query.search.clone());
    }
    if let Some(product) = query.product {
        params.insert("product", product.to_string());
    }
    if let Some(standing) = query.standing {
        params.insert("standing", standing.to_string());
    }
    if query.sort != Sort::default() {
        params.insert("sort", query.sort.as_str().to_owned());
    }
    if let Some(cursor) = query.cursor {
        params.insert("page", cursor.to_string());
    }
    format!("/licenses{}", params.to_query_string())
}
