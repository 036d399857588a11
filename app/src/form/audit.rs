//! The URLs of the audit log.

use domain::Timestamp;
use domain::view::AuditQuery;
use leptos_router::params::ParamsMap;

/// Length of a date such as `2026-01-31`.
const DATE_CHARS: usize = 10;

/// Parses the query of the log's URL. Invalid parameters are ignored.
#[must_use]
pub fn audit_query_from_url(params: &ParamsMap) -> AuditQuery {
    let get = |name: &str| params.get(name).unwrap_or_default();
    AuditQuery {
        actor: get("actor").parse().ok(),
        object: get("object").parse().ok(),
        action: get("event").parse().ok(),
        from_day: parse_day(&get("from")),
        to_day: parse_day(&get("to")),
        before: get("before").parse().ok(),
    }
}

/// Parses a date as days since the epoch.
fn parse_day(text: &str) -> Option<i32> {
    let text = text.trim();
    (text.len() == DATE_CHARS).then(|| Timestamp::parse_expiry(text).ok().map(Timestamp::day)).flatten()
}

/// Returns the date of a day since the epoch, for a date input.
#[must_use]
pub fn date_of_day(day: Option<i32>) -> String {
    day.map(|day| Timestamp::from_day(day).date()).unwrap_or_default()
}

/// Parses the query of the parameters of a URL. Invalid parameters are ignored.
#[must_use]
pub fn audit_query_from_pairs(pairs: Vec<(String, String)>) -> AuditQuery {
    audit_query_from_url(&pairs.into_iter().collect())
}

/// Returns the URL of a query.
#[must_use]
pub fn url_of_audit_query(query: &AuditQuery) -> String {
    let mut params = filters(query);
    if let Some(before) = query.before {
        params.insert("before", before.to_string());
    }
    format!("/audit{}", params.to_query_string())
}

/// Returns the URL of the export of a query.
#[must_use]
pub fn audit_export_url(query: &AuditQuery) -> String {
    format!("/audit/export.csv{}", filters(query).to_query_string())
}

/// Returns the filters of a query, without its position.
fn filters(query: &AuditQuery) -> ParamsMap {
    let mut params = ParamsMap::new();
    let fields = [
        ("actor", query.actor.map(|actor| actor.to_string())),
        ("object", query.object.map(|object| object.to_string())),
        ("event", query.action.map(|action| action.to_string())),
        ("from", query.from_day.map(|day| date_of_day(Some(day)))),
        ("to", query.to_day.map(|day| date_of_day(Some(day)))),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            params.insert(name, value);
        }
    }
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::view::{AuditAction, AuditActor};

    #[test]
    fn filters_round_trip_through_the_url() {
        let pairs = |text: &[(&str, &str)]| {
            audit_query_from_pairs(
                text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            )
        };
        let query =
            pairs(&[("actor", "apps"), ("event", "changes"), ("from", "2026-01-31"), ("to", "2026-02-01")]);
        assert_eq!(query.actor, Some(AuditActor::Apps));
        assert_eq!(query.action, Some(AuditAction::Changes));
        assert_eq!(query.to_day.zip(query.from_day).map(|(to, from)| to - from), Some(1));
        let url = "/audit?actor=apps&event=changes&from=2026%2D01%2D31&to=2026%2D02%2D01";
        assert_eq!(url_of_audit_query(&query), url);
        let wrong = [("actor", "x"), ("object", "x"), ("event", "x"), ("from", "soon"), ("before", "x")];
        assert_eq!(pairs(&wrong), AuditQuery::default());
    }
}
