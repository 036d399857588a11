//! The language of the customer's page.

use std::sync::Arc;

use domain::locale::Texts;
use http::{HeaderMap, header};

use super::cookie;
use super::state::WebState;

/// Returns the texts of the customer's page in the language of the browser.
pub fn texts(web: &WebState, headers: &HeaderMap) -> Arc<Texts> {
    web.service.locales().choose(
        cookie::get(headers, app::context::LANGUAGE_COOKIE).as_deref(),
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()),
    )
}
