//! Lists: pages, order, search, count and filters of a query string, and the answer (contract, 1.4).

use axum::extract::FromRequestParts;
use axum::response::Response;
use domain::filter::{FilterField, ListPage, ListRequest, ListSort};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use uuid::Uuid;

use super::answer;
use super::error::{ManagementError, Result};
use super::filter::FilterParser;
use super::query::QueryParameters;

/// Rows per page, unless the client says otherwise. High, because some clients act on all rows of a customer
/// and ask for no page.
const DEFAULT_LIMIT: u64 = 100;
/// Most rows per page.
pub(super) const MAX_LIMIT: u64 = 100;
/// The last page that can be asked for. Beyond it `after` continues.
pub(super) const MAX_PAGE: u64 = 1_000_000_000;
/// Longest text of a search, in characters.
pub(super) const MAX_SEARCH_CHARS: usize = 256;

const PAGE: &str = "page";
const AFTER: &str = "after";

/// What a list can be filtered and sorted by. `id`, `createdAt` and `updatedAt` are added to each.
#[derive(Debug)]
pub struct ListTable {
    /// The fields beside the common ones.
    pub fields: &'static [FilterField],
    /// The fields of orders beside `createdAt` and `updatedAt`.
    pub sorts: &'static [&'static str],
    /// Other parameters of the list, which are no filters, such as `include`.
    pub parameters: &'static [&'static str],
}

impl ListTable {
    /// Returns all filters.
    pub fn filter_fields(&self) -> impl Iterator<Item = &'static FilterField> {
        self.fields.iter().chain(&COMMON_FIELDS)
    }

    /// Returns the names of all orders.
    pub fn orders(&self) -> impl Iterator<Item = &'static str> {
        COMMON_SORTS.into_iter().chain(self.sorts.iter().copied())
    }
}

static COMMON_FIELDS: [FilterField; 3] =
    [FilterField::id("id"), FilterField::time("createdAt"), FilterField::time("updatedAt")];
const COMMON_SORTS: [&str; 2] = ["createdAt", "updatedAt"];
/// Parameters of every list.
const LIST_PARAMETERS: [&str; 7] = [PAGE, "limit", "sort", AFTER, "search", "query", "count"];

/// The query string of a list: an extractor. [`ListQuery::parse`] reads it by the list's table.
#[derive(Debug, Clone)]
pub struct ListQuery {
    path: String,
    parameters: QueryParameters,
}

/// A parsed query string: the request of the use case, and what the answer repeats.
#[derive(Debug, Clone)]
pub struct List {
    /// The page that the client asks for.
    pub request: ListRequest,
    /// Path and parameters of links, without `page` and `after`.
    path: String,
    repeated: Vec<(String, String)>,
    unknown: Vec<String>,
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = ManagementError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let parameters = QueryParameters::from_request_parts(parts, state).await?;
        // Routes are nested under `/v3`, which their paths lack.
        Ok(Self { path: format!("/v3{}", parts.uri.path()), parameters })
    }
}

impl ListQuery {
    /// Returns the parameters, for those that are no filters.
    #[must_use]
    pub fn parameters(&self) -> &QueryParameters {
        &self.parameters
    }

    /// Reads the query string.
    ///
    /// # Errors
    /// Returns a validation error that names the parameter.
    pub fn parse(&self, table: &'static ListTable) -> Result<List> {
        let fields: Vec<&'static FilterField> = table.filter_fields().collect();
        let mut filters = FilterParser::default();
        let mut unknown = Vec::new();
        for (name, value) in self.parameters.iter() {
            let is = |known: &&str| known.eq_ignore_ascii_case(name);
            if LIST_PARAMETERS.iter().any(is) || table.parameters.iter().any(is) {
                continue;
            }
            if !filters.add(&fields, name, value)? {
                unknown.push(name.to_owned());
            }
        }
        let get = |name: &str| self.parameters.get(name);
        let request = ListRequest {
            page: number(PAGE, get(PAGE), 1, MAX_PAGE)?,
            limit: number("limit", get("limit"), DEFAULT_LIMIT, MAX_LIMIT)?,
            sort: parse_sort(table, get("sort"))?,
            after: parse_after(get(AFTER))?,
            search: parse_search(get("search").or(get("query")))?,
            count: self.parameters.switch("count")?,
            filters: filters.finish()?,
        };
        let is_place = |name: &str| [PAGE, AFTER].iter().any(|place| place.eq_ignore_ascii_case(name));
        let repeated = self.parameters.iter().filter(|(name, _)| !is_place(name));
        let repeated = repeated.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(List { request, path: self.path.clone(), repeated, unknown })
    }
}

fn number(name: &str, text: Option<&str>, default: u64, max: u64) -> Result<u64> {
    let Some(text) = text else { return Ok(default) };
    let number = domain::filter::parse_integer(text).and_then(|number| u64::try_from(number).ok());
    number.filter(|number| (1..=max).contains(number)).ok_or_else(|| {
        ManagementError::Validation(format!("The {name} parameter must be a whole number from 1 to {max}."))
    })
}

fn parse_sort(table: &'static ListTable, text: Option<&str>) -> Result<ListSort> {
    let text = text.unwrap_or(COMMON_SORTS[0]);
    let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
    let field = table.orders().find(|field| field.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let known: Vec<&str> = table.orders().collect();
        ManagementError::Validation(format!(
            "The sort parameter must be one of {}, with - before it for descending.",
            known.join(", ")
        ))
    })?;
    Ok(ListSort { field, descending })
}

fn parse_after(text: Option<&str>) -> Result<Option<Uuid>> {
    let no_id = |_| ManagementError::Validation("The after parameter must be an id (a UUID).".to_owned());
    text.map(Uuid::parse_str).transpose().map_err(no_id)
}

fn parse_search(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > MAX_SEARCH_CHARS || !domain::filter::is_safe_text(text) {
        let message = format!("The search parameter must have at most {MAX_SEARCH_CHARS} characters.");
        return Err(ManagementError::Validation(message));
    }
    Ok(Some(text.to_owned()))
}

/// A row of a list, whose id the link to the next page names.
pub trait ListItem: Serialize {
    /// Returns the row's id.
    fn id(&self) -> Uuid;
}

impl List {
    /// Answers with a page: a bare array and the headers of lists.
    ///
    /// # Errors
    /// Returns an error if a row cannot be written as JSON.
    pub fn answer<T: ListItem>(&self, page: &ListPage<T>) -> Result<Response> {
        let mut response = answer::ok(&page.items)?;
        let headers = response.headers_mut();
        if let Some(last) = page.items.last().filter(|_| page.has_more)
            && let Ok(link) = HeaderValue::from_str(&self.next_link(last.id()))
        {
            headers.insert(http::header::LINK, link);
        }
        if let Some(total) = page.total {
            for name in ["x-total-count", "pagination-count"] {
                headers.insert(HeaderName::from_static(name), HeaderValue::from(total.rows));
            }
            if total.is_capped {
                headers.insert("x-total-count-capped", HeaderValue::from_static("true"));
            }
        }
        if !self.unknown.is_empty()
            && let Ok(warning) = HeaderValue::from_str(&self.warning())
        {
            headers.insert(http::header::WARNING, warning);
        }
        Ok(response)
    }

    /// Returns the link to the next page: by page, if the client counts pages, and else by the last row, which
    /// costs the same at any depth.
    fn next_link(&self, last: Uuid) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.repeated);
        if self.request.after.is_none() && self.request.page > 1 {
            query.append_pair(PAGE, &(self.request.page + 1).to_string());
        } else {
            query.append_pair(AFTER, &last.to_string());
        }
        format!("<{}?{}>; rel=\"next\"", self.path, query.finish())
    }

    /// Returns the warning of parameters that are ignored (RFC 9111, section 5.5).
    fn warning(&self) -> String {
        let names: Vec<String> = self.unknown.iter().take(10).map(|name| header_text(name)).collect();
        format!("299 - \"ignored parameters: {}\"", names.join(", "))
    }
}

/// Returns a text as it may stand in a quoted header: ASCII without quotes, and short.
fn header_text(text: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
    text.chars().filter(is_plain).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: ListTable =
        ListTable { fields: &[FilterField::text("name")], sorts: &["name"], parameters: &["include"] };

    fn list(query: &str) -> Result<List> {
        let parameters = QueryParameters::parse(query)?;
        ListQuery { path: "/v3/tags".to_owned(), parameters }.parse(&TABLE)
    }

    #[derive(Serialize)]
    struct Row {
        id: Uuid,
    }

    impl ListItem for Row {
        fn id(&self) -> Uuid {
            self.id
        }
    }

    #[test]
    fn defaults_are_the_first_100_rows_by_creation() {
        let request = list("").expect("a list").request;
        assert_eq!((request.page, request.limit, request.offset()), (1, 100, 0));
        assert_eq!(request.sort, ListSort { field: "createdAt", descending: false });
        assert_eq!((request.after, request.search, request.count), (None, None, false));
    }

    #[test]
    fn pages_and_limits_out_of_range_are_refused() {
        for query in
            ["page=0", "page=x", "limit=0", "limit=101", "limit=-1", "sort=price", "after=x", "count=maybe"]
        {
            assert!(list(query).is_err(), "{query}");
        }
        let request = list("page=3&limit=10&sort=-NAME&query=ada&count=true").expect("a list").request;
        assert_eq!((request.offset(), request.sort.descending, request.sort.field), (20, true, "name"));
        assert_eq!((request.search.as_deref(), request.count), (Some("ada"), true));
    }

    #[test]
    fn unknown_parameters_are_ignored_with_a_warning() {
        let list = list("colour=red%22&include=user&name=a").expect("a list");
        assert_eq!((list.unknown.len(), list.request.filters.len()), (1, 1));
        assert_eq!(list.warning(), "299 - \"ignored parameters: colour\"");
    }

    #[test]
    fn links_repeat_the_query_and_name_the_next_page() {
        let last = Uuid::nil();
        assert_eq!(
            list("name=a+b&limit=2").expect("a list").next_link(last),
            format!("</v3/tags?name=a+b&limit=2&after={last}>; rel=\"next\"")
        );
        assert_eq!(list("page=2").expect("a list").next_link(last), "</v3/tags?page=3>; rel=\"next\"");
    }

    #[test]
    fn answers_have_the_headers_of_lists() {
        let list = list("count=true&limit=1").expect("a list");
        let page = ListPage::of_all(vec![Row { id: Uuid::nil() }, Row { id: Uuid::nil() }], &list.request);
        let response = list.answer(&page).expect("a response");
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((header("x-total-count"), header("pagination-count")), (Some("2"), Some("2")));
        assert!(header("link").is_some_and(|link| link.ends_with("rel=\"next\"")));
        assert_eq!(header("warning"), None);
    }
}
