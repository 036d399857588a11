//! Public documentation: the API reference from the OpenAPI document, a page for each of its groups, their search,
//! and pages about the conventions and about tokens. Static HTML but for the search, each page rendered once.

mod code_spans;
mod common;
mod conventions;
mod curl;
mod entrance;
mod examples;
mod fields;
mod filters;
mod group;
mod kind;
mod layout;
mod not_found;
mod objects;
mod openapi;
mod search;
mod search_page;
mod verify_tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};

/// The policy of these pages: the style sheet, the script of the copy buttons, and the search.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The name of the entrance among the pages.
const ENTRANCE: &str = "";

/// The pages, each rendered at its first request.
#[derive(Clone)]
struct Pages {
    /// The address of this instance, in the commands.
    origin: Arc<str>,
    /// By the last part of the path.
    rendered: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Pages {
    /// Returns a page by its name, or nothing if there is none.
    fn get(&self, name: &str) -> Option<Bytes> {
        let rendered = self.rendered().get(name).cloned();
        if rendered.is_some() {
            return rendered;
        }
        // Not under the lock: another request of the same page renders it too.
        let page = Bytes::from(render(&self.origin, name)?);
        self.rendered().insert(name.to_owned(), page.clone());
        Some(page)
    }

    fn rendered(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.rendered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the routes at `/docs`. `origin` is the public address of this instance.
pub fn routes<S: Clone + Send + Sync + 'static>(origin: &str) -> Router<S> {
    let pages = Pages { origin: origin.into(), rendered: Arc::default() };
    Router::new()
        .route("/docs", get(entrance_page))
        .route(search_page::PATH, get(search_results))
        .route("/docs/{page}", get(named_page))
        .with_state(pages)
}

fn render(origin: &str, name: &str) -> Option<String> {
    match name {
        ENTRANCE => Some(entrance::page(origin)),
        "conventions" => Some(conventions::page(origin)),
        "tokens" => Some(verify_tokens::page()),
        _ => {
            let groups = openapi::groups(openapi::document());
            let group = groups.iter().find(|group| group.anchor() == name)?;
            Some(group::page(openapi::document(), origin, group))
        }
    }
}

async fn entrance_page(State(pages): State<Pages>) -> Response {
    page_response(&pages, ENTRANCE)
}

async fn named_page(State(pages): State<Pages>, Path(name): Path<String>) -> Response {
    page_response(&pages, &name)
}

async fn search_results(RawQuery(query): RawQuery) -> Response {
    let (status, page) = search_page::page(&query.unwrap_or_default());
    html(status, page.into())
}

fn page_response(pages: &Pages, name: &str) -> Response {
    match pages.get(name) {
        Some(page) => html(StatusCode::OK, page),
        None => html(StatusCode::NOT_FOUND, not_found::page().into()),
    }
}

fn html(status: StatusCode, page: Bytes) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
