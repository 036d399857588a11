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
    condition: String,
    customer: String,
    organization: String,
    tag: String,
    sort: String,
}

impl SearchForm {
    /// Creates a form of the fields search, product, standing, condition, customer, organization, tag and order.
    pub(super) fn of_fields(fields: [&String; 8]) -> Self {
        let [q, product, standing, condition, customer, organization, tag, sort] = fields.map(Clone::clone);
        Self { q, product, standing, condition, customer, organization, tag, sort }
    }

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
            condition: self.condition.parse().ok(),
            customer: self.customer.parse().ok(),
            organization: self.organization.parse().ok(),
            tag: self.tag.parse().ok(),
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
        condition: get("condition").parse().ok(),
        customer: get("customer").parse().ok(),
        organization: get("organization").parse().ok(),
        tag: get("tag").parse().ok(),
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

/// Parses the query of the parameters of a URL. Invalid parameters are ignored.
#[must_use]
pub fn query_from_pairs(pairs: Vec<(String, String)>) -> LicenseQuery {
    query_from_url(&pairs.into_iter().collect())
}

/// Returns the URL of the list's export, with keys in clear if `keys`.
#[must_use]
pub fn export_url(query: &LicenseQuery, keys: bool) -> String {
    let mut params: ParamsMap = query_fields(query).into_iter().collect();
    if keys {
        params.insert("keys", "1".to_owned());
    }
    format!("/licenses/export.csv{}", params.to_query_string())
}

/// Returns the URL of a query, with the choices that differ from the default.
#[must_use]
pub fn url_of_query(query: &LicenseQuery) -> String {
    let mut params = ParamsMap::new();
    for (name, value) in query_fields(query) {
        params.insert(name, value);
    }
    if let Some(cursor) = query.cursor {
        params.insert("page", cursor.to_string());
    }
    format!("/licenses{}", params.to_query_string())
}

/// Returns the choices of a query that differ from the default, as form fields.
#[must_use]
pub fn query_fields(query: &LicenseQuery) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if !query.search.is_empty() {
        fields.push(("q", query.search.clone()));
    }
    fields.extend(query.product.map(|product| ("product", product.to_string())));
    fields.extend(query.standing.map(|standing| ("standing", standing.to_string())));
    fields.extend(query.condition.map(|condition| ("condition", condition.as_str().to_owned())));
    fields.extend(query.customer.map(|customer| ("customer", customer.to_string())));
    fields.extend(query.organization.map(|organization| ("organization", organization.to_string())));
    fields.extend(query.tag.map(|tag| ("tag", tag.to_string())));
    if query.sort != Sort::default() {
        fields.push(("sort", query.sort.as_str().to_owned()));
    }
    fields
}
